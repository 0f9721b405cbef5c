import { execFileSync } from 'node:child_process';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { manPage } from '../../src/cli/man-page.ts';
import { createProgram, everyCommand } from '../../src/cli/program.ts';
import { processHost } from '../../src/host.ts';

const added = await everyCommand();

const page = manPage(createProgram({ host: processHost, end: () => undefined }, added), {
  version: '1.2.3',
  date: '2026-11-21',
});

function visible(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help')
    .flatMap((child) => [child].concat(visible(child)));
}

describe('help', () => {
  const headings = ['Account', 'File', 'Sending', 'Speed and limits', 'When to stop', 'Output'];

  it('of apply has every option in a group, in one order; the manual page has the same groups', () => {
    const program = createProgram({ host: processHost, end: () => undefined }, added);
    const apply = program.commands.find((command) => command.name() === 'apply');
    const shown = apply?.helpInformation() ?? '';
    const found = [...shown.matchAll(/^([A-Z][a-z ]+):$/gm)].map(([, heading]) => heading);
    expect(found).toEqual(['Arguments', ...headings]);
    const names = [...shown.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, name]) => name);
    expect(new Set(names)).toEqual(new Set(['--help', ...(apply?.options ?? []).map(({ long }) => long ?? '')]));
    expect(page.match(/(?<=^\.SH COMMON OPTIONS\n)[\s\S]*?(?=^\.SH)/m)?.[0].match(/(?<=^\.SS ).*/gm)).toEqual(headings);
  });

  it('of a command shows first what it has of its own', () => {
    const program = createProgram({ host: processHost, end: () => undefined }, added);
    const retry = program.commands.find((command) => command.name() === 'retry')?.helpInformation() ?? '';
    expect(retry.indexOf('\nOptions:')).toBeLessThan(retry.indexOf('\nAccount:'));
    expect(retry).toMatch(/Options:\n {2}--only-code/);
  });
});

describe('the manual page', () => {
  it('is well formed', () => {
    expect(execFileSync('mandoc', ['-T', 'lint', '-W', 'warning'], { input: page, encoding: 'utf8' })).toBe('');
  });

  it('has every command and every option', () => {
    const text = execFileSync('mandoc', ['-T', 'ascii', '-O', 'width=200'], { input: page, encoding: 'utf8' })
      // Overstruck letters are how a terminal is told of bold and underlined ones.
      .replaceAll(/.[\b]/g, '');
    const commands = visible(createProgram({ host: processHost, end: () => undefined }, added));
    expect(commands.length).toBeGreaterThan(15);
    const names = commands.map((command) => ` ${command.name()}`);
    const flags = commands.flatMap(({ options }) => options.map((option) => option.flags));
    expect(flags.length).toBeGreaterThan(100);
    expect(names.concat(flags).filter((words) => !text.includes(words))).toEqual([]);
  });
});
