import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/cli/fresh-build.js'],
    setupFiles: ['test/each-file.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Files share a worker's modules: nothing in `src` keeps state of its own.
    isolate: false,
    // More than cores: many tests wait for a window of a quota, a deadline or a child.
    maxWorkers: 5,
  },
});
