interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export interface BatcherParts<Item, Result> {
  /** Most items of one call. */
  readonly most: number;
  /** Serves items of one key together; one result for each, in their order. */
  readonly serve: (key: string, items: readonly Item[]) => Promise<readonly Result[]>;
  /** Something was gathered or served: who waits for idle rows may look whether they are idle. */
  readonly onChange: () => void;
}

/** Gathers what many rows ask for, so that one call serves several. A group that is full goes at once, others when they are told to. */
export class Batcher<Item, Result> {
  readonly #parts: BatcherParts<Item, Result>;
  readonly #groups = new Map<string, Waiting<Item, Result>[]>();
  #serving = 0;

  constructor(parts: BatcherParts<Item, Result>) {
    this.#parts = parts;
  }

  /** True while something waits for others to join it. */
  get holds(): boolean {
    return this.#groups.size > 0;
  }

  /** True while a group is being served. */
  get serves(): boolean {
    return this.#serving > 0;
  }

  add(key: string, item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const group = this.#groups.get(key) ?? [];
      group.push({ item, resolve, reject });
      if (group.length < this.#parts.most) this.#groups.set(key, group);
      else {
        this.#groups.delete(key);
        void this.#serve(key, group);
      }
      this.#parts.onChange();
    });
  }

  /** Lets the groups go that are not full. */
  flush(): void {
    const groups = [...this.#groups];
    this.#groups.clear();
    for (const [key, group] of groups) void this.#serve(key, group);
  }

  async #serve(key: string, group: readonly Waiting<Item, Result>[]): Promise<void> {
    this.#serving += 1;
    try {
      const items = group.map(({ item }) => item);
      const results = await this.#parts.serve(key, items);
      if (results.length !== items.length) throw new Error(`${items.length} items, ${results.length} results`);
      for (const [index, { resolve }] of group.entries()) resolve(results[index] as Result);
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      this.#serving -= 1;
      this.#parts.onChange();
    }
  }
}
