import type { RpcClient } from '../rpc/client.js';
import type { BlobRecord, BountyRecord } from '../rpc/records.js';
import { Failure } from '../util/errors.js';
import type { Teller } from './teller.js';

/** The owner's blobs as its node tells them, kept up to date by what the node announces. */
export class Watch {
  readonly blobs = new Map<string, BlobRecord>();
  private readonly waiting = new Set<() => void>();
  private readonly stop = new AbortController();
  private broken: unknown;

  constructor(
    private readonly rpc: RpcClient,
    private readonly teller: Teller,
    private readonly stewardOf: (peer: string) => string,
    private readonly deadline: AbortSignal,
  ) {}

  start(): void {
    this.follow().catch((error) => {
      this.broken = error;
      for (const wake of this.waiting) wake();
    });
  }

  end(): void {
    this.stop.abort();
    for (const wake of this.waiting) wake();
  }

  /** Waits until the owner's blobs are as wanted; what is seen on the way stays seen. */
  async until<T>(
    what: string,
    look: (blobs: readonly BlobRecord[]) => T | undefined | false | Promise<T | undefined | false>,
  ): Promise<T> {
    for (;;) {
      const found = await look([...this.blobs.values()]);
      if (found !== undefined && found !== false) return found;
      if (this.broken) throw this.broken;
      if (this.deadline.aborted) throw new Failure('failure', `the time ran out while waiting for: ${what}`);
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.waiting.delete(wake);
          this.deadline.removeEventListener('abort', wake);
          resolve();
        };
        this.waiting.add(wake);
        this.deadline.addEventListener('abort', wake, { once: true });
      });
    }
  }

  /** The owner's bounties for one blob. */
  async bounties(blob: string): Promise<BountyRecord[]> {
    return collect(this.rpc.records('bounty.ls', { role: 'owner', blob }));
  }

  private async follow(): Promise<void> {
    for await (const _change of this.rpc.records('books.follow', {})) {
      if (this.stop.signal.aborted) return;
      for (const blob of await collect(this.rpc.records('blob.ls', { role: 'owner' }))) this.take(blob);
      for (const wake of this.waiting) wake();
    }
  }

  private take(blob: BlobRecord): void {
    const known = this.blobs.get(blob.uuid);
    this.blobs.set(blob.uuid, blob);
    if (
      known &&
      known.state === blob.state &&
      known.confidence === blob.confidence &&
      known.paid_grains === blob.paid_grains
    )
      return;
    this.teller.blob(blob, blob.peer === null ? '' : this.stewardOf(blob.peer));
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}

/** Asks until the answer is as wanted, each time the node has a new block. */
export async function untilBlock<T>(
  rpc: RpcClient,
  what: string,
  deadline: AbortSignal,
  look: () => Promise<T | undefined | false>,
): Promise<T> {
  for await (const _change of rpc.records('books.follow', {})) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (deadline.aborted) break;
  }
  throw new Failure('failure', `the time ran out while waiting for: ${what}`);
}
