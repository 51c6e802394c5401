const BYTES_A_TURN = 1 << 20;
/** What hashing a few bytes costs beyond the bytes: as much as so many more. */
const HASH_COST_BYTES = 2048;

/**
 * Loops over segments run on the caller's thread, and a source in memory answers without leaving it:
 * this hands the thread back to the event loop about once a megabyte of work.
 */
export class Breath {
  #bytes = 0;

  async after(bytes: number, hashes = 0): Promise<void> {
    this.#bytes += bytes + hashes * HASH_COST_BYTES;
    if (this.#bytes < BYTES_A_TURN) return;
    this.#bytes = 0;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
