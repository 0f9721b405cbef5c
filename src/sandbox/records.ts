export type SandboxRecord = Record<string, unknown>;

/** The opportunities of one vendor. */
export class Records {
  readonly #records = new Map<string, SandboxRecord>();
  /** What a record was before it was last written, and when that was. */
  readonly #former = new Map<string, { readonly record: SandboxRecord; readonly untilMs: number }>();
  readonly #blank: (id: string) => SandboxRecord;
  autoCreate = false;
  keepState = true;

  constructor(blank: (id: string) => SandboxRecord) {
    this.#blank = blank;
  }

  /** The record, made where unknown ids are; undefined for an unknown id. */
  get(id: string): SandboxRecord | undefined {
    const known = this.#records.get(id);
    if (known !== undefined || !this.autoCreate) return known;
    const record = this.#blank(id);
    if (this.keepState) this.#records.set(id, record);
    return record;
  }

  put(id: string, record: SandboxRecord): void {
    if (!this.keepState) return;
    const former = this.#records.get(id);
    if (former !== undefined) this.#former.set(id, { record: former, untilMs: performance.now() });
    this.#records.set(id, record);
  }

  /** The record as a read shows it that follows writes by `lagMs`. */
  shown(id: string, lagMs: number): SandboxRecord | undefined {
    const former = this.#former.get(id);
    return lagMs > 0 && former !== undefined && performance.now() - former.untilMs < lagMs
      ? former.record
      : this.get(id);
  }

  /** A record as it is made new, with these members. */
  make(id: string, members: SandboxRecord): SandboxRecord {
    return { ...this.#blank(id), ...members };
  }

  all(): SandboxRecord[] {
    return [...this.#records.values()];
  }

  clear(): void {
    this.#records.clear();
    this.#former.clear();
  }
}
