/** Works on the items of batches, `most` of them at once, and gives the results in the order of the items. */
export async function* inOrder<Item, Result>(
  batches: AsyncIterable<readonly Item[]>,
  most: number,
  work: (item: Item) => Promise<Result>,
): AsyncIterable<Result> {
  const underWay: Promise<Result>[] = [];
  try {
    for await (const batch of batches) {
      for (const item of batch) {
        underWay.push(work(item));
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
