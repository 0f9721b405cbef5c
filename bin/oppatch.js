#!/usr/bin/env node
import { prepareProcess, processHost } from '../dist/host.js';
import { main } from '../dist/main.js';

prepareProcess();
process.exitCode = await main(processHost);
