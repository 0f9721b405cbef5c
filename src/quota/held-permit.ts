import type { Permit } from '../core/gate.ts';

/** Ends the call `id`. */
export type HandBack = (id: number, how: 'replied' | 'lost' | 'unused') => void;

/** The right to send one call, by the number and the group that the permits know it by. */
export class HeldPermit implements Permit {
  readonly id: number;
  readonly group: string;
  readonly replied = (): void => this.#end('replied');
  readonly lost = (): void => this.#end('lost');
  readonly unused = (): void => this.#end('unused');
  readonly expired: () => boolean;
  #handBack: HandBack | undefined;

  constructor(id: number, group: string, handBack: HandBack, expired: () => boolean) {
    this.id = id;
    this.group = group;
    this.expired = expired;
    this.#handBack = handBack;
  }

  /** The first ending counts. */
  #end(how: 'replied' | 'lost' | 'unused'): void {
    const handBack = this.#handBack;
    this.#handBack = undefined;
    handBack?.(this.id, how);
  }
}
