/** Works on the items of batches, `most` of them at once, and gives the results in the order of the items. */
export async function* inOrder<Item, Result>(
  batches: AsyncIterable<readonly Item[]> | Iterable<readonly Item[]>,
  most: number,
  work: (item: Item) => Promise<Result>,
): AsyncIterable<Result> {
  const underWay: Promise<Result>[] = [];
  try {
    for await (const batch of batches) {
      for (const item of batch) {
        const result = work(item);
        // Its failure is heard when its turn comes; until then it is nobody's.
        result.catch(() => undefined);
        underWay.push(result);
        if (underWay.length < most) continue;
        const first = underWay.shift();
        if (first !== undefined) yield await first;
      }
    }
    while (underWay.length > 0) {
      const first = underWay.shift();
      if (first !== undefined) yield await first;
    }
  } finally {
    // Whoever stops listening early leaves nobody to hear of the rest.
    await Promise.allSettled(underWay);
  }
}

/** The same, `size` at a time: all of a chunk are begun in one turn of the event loop, and the next when they are done. */
export async function* inChunks<In, Out>(
  batches: AsyncIterable<readonly In[]>,
  size: number,
  work: (item: In) => Promise<Out>,
): AsyncIterable<Out> {
  let chunk: In[] = [];
  for await (const batch of batches) {
    for (const item of batch) {
      chunk.push(item);
      if (chunk.length < size) continue;
      yield* await Promise.all(chunk.map(work));
      chunk = [];
    }
  }
  yield* await Promise.all(chunk.map(work));
}
