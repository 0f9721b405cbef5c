#!/usr/bin/env node
'use strict';

const { keepCompiled } = require('../dist/bundle/parts/compile-cache.cjs');

keepCompiled(process.env);
const { main, runProcess } = require('../dist/bundle/parts/start.cjs');

void runProcess(main);
