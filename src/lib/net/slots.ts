import { Failure } from '../util/errors.js';

/**
 * How much is served at once, in all and to one peer: what bounds memory and disk for strangers. A few
 * more may wait their turn, since every peer asks for a new block's body at the same moment.
 */
export class Slots {
  readonly #byPeer = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(
    private readonly max: number,
    /** Running and waiting. */
    private readonly maxPerPeer: number,
    private readonly waitingMax = 0,
  ) {}

  /** Runs the task in a slot, first come first served; a temporary Failure where the queue is full too. */
  async run<T>(peer: string, task: () => Promise<T>): Promise<T> {
    const mine = this.#byPeer.get(peer) ?? 0;
    const full = this.#running >= this.max;
    if (mine >= this.maxPerPeer || (full && this.#waiting.length >= this.waitingMax)) {
      throw new Failure('temporary', 'busy, ask again later');
    }
    this.#byPeer.set(peer, mine + 1);
    try {
      // Whoever leaves hands its slot on, so that nobody slips in between.
      if (full) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      else this.#running += 1;
      try {
        return await task();
      } finally {
        const next = this.#waiting.shift();
        if (next) next();
        else this.#running -= 1;
      }
    } finally {
      const left = this.#byPeer.get(peer)! - 1;
      if (left === 0) this.#byPeer.delete(peer);
      else this.#byPeer.set(peer, left);
    }
  }
}
