import type { LedgerStore } from '../../src/lib/chain/ledger.js';
import type { Change } from '../../src/lib/chain/state.js';

const nameOf = (key: Uint8Array) => Buffer.from(key).toString('latin1');

/** What survives a crash. */
export type Disk = Map<string, Uint8Array>;

/**
 * A process's hold on its disk. When it crashes the batch under way is there as a whole or not at all, and no
 * later one gets there; whoever waits for it waits for ever, as in a process that is gone.
 */
export class CrashStore implements LedgerStore {
  #dead = false;
  /** Batches until it crashes by itself. */
  #fuse = Number.POSITIVE_INFINITY;
  #lost = false;
  #onCrash: () => void = () => undefined;

  constructor(readonly disk: Disk) {}

  get(key: Uint8Array): Uint8Array | undefined {
    return this.disk.get(nameOf(key));
  }

  async write(batch: Change[]): Promise<void> {
    await Promise.resolve();
    if (this.#dead) return new Promise(() => undefined);
    this.#fuse -= 1;
    const crash = this.#fuse <= 0;
    if (!crash || !this.#lost) this.#apply(batch);
    if (!crash) return;
    this.#dead = true;
    this.#onCrash();
    return new Promise(() => undefined);
  }

  /** Crashes at the `batches`-th batch from now on, which is lost or is the last to get there. */
  arm(batches: number, lost: boolean, onCrash: () => void): void {
    this.#fuse = batches;
    this.#lost = lost;
    this.#onCrash = onCrash;
  }

  disarm(): void {
    this.#fuse = Number.POSITIVE_INFINITY;
  }

  crash(): void {
    this.#dead = true;
  }

  #apply(batch: Change[]): void {
    for (const [key, value] of batch) {
      if (value === null) this.disk.delete(nameOf(key));
      else this.disk.set(nameOf(key), value);
    }
  }
}

/** All entries of an area (chain/layout.ts), without its prefix. */
export function* areaOf(disk: Disk, letter: string): Generator<[Uint8Array, Uint8Array]> {
  for (const [name, value] of disk) {
    if (name.startsWith(letter)) yield [new Uint8Array(Buffer.from(name.slice(1), 'latin1')), value];
  }
}
