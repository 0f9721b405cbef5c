import { setFlagsFromString } from 'node:v8';

const flag = '--heap-growing-percent';
let percent = 0;

/**
 * To be called before a file is gone through. What lives then is some 30 MB, whatever the length of the file; V8 would let the heap grow to
 * several times that before it looks. `growthPercent`: by how much of it the heap may grow; less costs a file that nothing waits for some percent of its time.
 */
export function leanHeap(growthPercent = 100): void {
  percent = growthPercent;
  setFlagsFromString(`${flag}=${percent}`);
}

/** V8 takes back what it compiled only under the flags under which it gave it. */
export function underUsualFlags<Result>(work: () => Result): Result {
  if (percent === 0) return work();
  setFlagsFromString(`${flag}=0`);
  try {
    return work();
  } finally {
    setFlagsFromString(`${flag}=${percent}`);
  }
}
