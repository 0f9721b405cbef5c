// Before any test: dist is as new as src, so that tests of the bin judge the present sources.
export { build as setup } from '../setup.js';
