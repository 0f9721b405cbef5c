#!/usr/bin/env node
import { keepCompiled } from '../dist/bundle/parts/compile-cache.js';

keepCompiled(process.env);
const { main, prepareProcess, processHost } = await import('../dist/bundle/parts/start.js');
prepareProcess();
process.exitCode = await main(processHost);
