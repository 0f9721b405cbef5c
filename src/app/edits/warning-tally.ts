import type { Audit } from '../../core/vendor.ts';

/** Warnings of the vendors' audits, each kind once, with the number of rows it is about. */
export class WarningTally {
  readonly #warnings = new Map<string, { readonly code: string; readonly message: string; count: number }>();

  add({ code, message }: Audit): void {
    const known = this.#warnings.get(code);
    if (known === undefined) this.#warnings.set(code, { code, message, count: 1 });
    else known.count += 1;
  }

  get warnings(): readonly { readonly code: string; readonly message: string; readonly count: number }[] {
    return [...this.#warnings.values()];
  }
}
