#!/usr/bin/env node
'use strict';

const path = require('node:path');
const { openParts } = require('../dist/bundle/parts/parts.cjs');

const directory = path.join(__dirname, '..', 'dist', 'bundle', 'parts');
const { argv, env, execArgv } = process;
const parts = openParts(directory, { args: argv.slice(2), nodeFlags: execArgv, env, nodeRequire: require });
process.once('exit', parts.keep);
const { main, runProcess } = parts.require('./start.cjs');

void runProcess(main);
