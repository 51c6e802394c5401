import { Liar } from './liar.js';
import type { Log } from './log.js';
import type { Standing } from './standing.js';
import type { HeaderSummary, SyncLedger, SyncPeers } from './sync-types.js';

export interface Wanted extends HeaderSummary {
  bytes: Uint8Array;
}

/** Brings blocks from a peer into the ledger, and holds the peer to what they turn out to be. */
export class Intake {
  constructor(
    private readonly ledger: SyncLedger,
    private readonly network: SyncPeers,
    private readonly standing: Standing,
    private readonly log: Log,
  ) {}

  /** Throws a Liar for what is no header. */
  read(bytes: Uint8Array): Wanted {
    try {
      return { ...this.ledger.readHeader(bytes), bytes };
    } catch {
      throw new Liar('what is no header');
    }
  }

  /** Whole bodies, one after the other, each added before the next is asked for. */
  async addBodies(peer: string, wanted: Wanted[], signal?: AbortSignal): Promise<void> {
    const ids = wanted.flatMap(({ id, empty }) => (empty ? [] : [id]));
    const bodies = ids.length > 0 ? this.network.requestBodies(peer, ids, signal) : undefined;
    try {
      for (const block of wanted) {
        await this.add(peer, block, block.empty ? [] : await nextBody(bodies!));
        signal?.throwIfAborted();
      }
    } finally {
      await bodies?.return(undefined);
    }
  }

  async body(peer: string, id: Uint8Array): Promise<Uint8Array[]> {
    const bodies = this.network.requestBodies(peer, [id]);
    try {
      return await nextBody(bodies);
    } finally {
      await bodies.return(undefined);
    }
  }

  async add(peer: string, { bytes }: Wanted, body: Uint8Array[]): Promise<void> {
    await this.held(this.ledger.addBlock(bytes, body));
    this.standing.progress(peer);
  }

  /** Runs a check of the ledger's; what it throws is the peer's lie, as bad as the ledger says. */
  async held<T>(check: Promise<T | 'orphan'>): Promise<void> {
    let result: T | 'orphan';
    try {
      result = await check;
    } catch (error) {
      throw new Liar((error as Error).message, this.ledger.blame(error));
    }
    if (result === 'orphan') throw new Error('a block without its parent');
  }

  /** What the network saw wrong it has scored already. */
  judge(peer: string, error: unknown): void {
    const { message } = error as Error;
    if (error instanceof Liar && error.points > 0) this.network.misbehave(peer, error.points, message);
    this.log.debug({ peer, error: message }, 'a sync ended early');
  }
}

async function nextBody(bodies: AsyncGenerator<Uint8Array[] | undefined>): Promise<Uint8Array[]> {
  const { value, done } = await bodies.next();
  if (done) throw new Error('the peer sent fewer bodies');
  if (!value) throw new Error('the peer no longer holds a body');
  return value;
}
