import { Failure } from '../util/errors.js';

/** How much may be served at once, in all and to one peer: what bounds memory and disk for strangers. */
export class Slots {
  readonly #byPeer = new Map<string, number>();
  #used = 0;

  constructor(
    private readonly max: number,
    private readonly maxPerPeer: number,
  ) {}

  /** Runs the task in a slot; a temporary Failure where none is free (nothing waits in a queue). */
  async run<T>(peer: string, task: () => Promise<T>): Promise<T> {
    const mine = this.#byPeer.get(peer) ?? 0;
    if (this.#used >= this.max || mine >= this.maxPerPeer) throw new Failure('temporary', 'busy, ask again later');
    this.#used += 1;
    this.#byPeer.set(peer, mine + 1);
    try {
      return await task();
    } finally {
      this.#used -= 1;
      const left = this.#byPeer.get(peer)! - 1;
      if (left === 0) this.#byPeer.delete(peer);
      else this.#byPeer.set(peer, left);
    }
  }
}
