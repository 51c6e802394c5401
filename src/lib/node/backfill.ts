import { setTimeout as sleep } from 'node:timers/promises';
import { bodyRoot, bodySize, encodeBody } from '../chain/encoding.js';
import { bodyKey } from '../chain/layout.js';
import type { Hash, Header } from '../chain/types.js';
import { LIMITS } from '../net/wire.js';
import { areaKey } from '../store/database.js';
import { equal } from '../util/bytes.js';
import type { Context } from './context.js';
import { readBody, txIndexWrite } from './tx-index.js';

const PAUSE_MS = 2_000;
const LIAR_POINTS = 100;

interface Block {
  id: Hash;
  header: Header;
}

/**
 * Fetches the bodies of the cycle below the block at which a node joined, the latest first, while it does everything
 * else: so that it can serve who was away, and find their transactions.
 */
export class Backfill {
  readonly #stop = new AbortController();
  #done: Promise<void> = Promise.resolve();

  constructor(private readonly context: Context) {}

  start(): void {
    this.#done = this.#run().catch((error: Error) => {
      if (!this.#stop.signal.aborted) this.context.log.error({ error: error.message }, 'fetching old bodies failed');
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { books, log, network } = this.context;
    if (!books.bodiesWanted) return;
    for (let turn = 0; ; turn++) {
      const wanted = this.#wanted();
      if (wanted.length === 0) break;
      const peers = network.peers();
      const peer = peers[turn % Math.max(1, peers.length)];
      if (!peer || !(await this.#fetch(peer, wanted))) {
        await sleep(PAUSE_MS, undefined, { signal: this.#stop.signal });
      }
    }
    await books.commit([books.setBodiesWanted(undefined)]);
    log.info({}, 'the bodies of the last cycle are here');
  }

  /** Downwards from where it stands; those older than a cycle are no longer wanted, nor held by anybody. */
  #wanted(): Block[] {
    const { ledger, params, books } = this.context;
    const { next, low } = books.bodiesWanted!;
    const floor = Math.max(low, ledger.tip.height - params.cycleBlocks + 1);
    const found: Block[] = [];
    for (let height = next; height >= floor && found.length < LIMITS.bodyIds; height--) {
      const id = ledger.idAt(height);
      const header = id && ledger.header(id);
      if (!id || !header) break;
      found.push({ id, header });
    }
    return found;
  }

  /** Whether the peer had any. */
  async #fetch(peer: string, wanted: Block[]): Promise<boolean> {
    const { network, log } = this.context;
    const full = wanted.filter(({ header }) => header.bodySize > 0);
    const bodies = network.requestBodies(
      peer,
      full.map(({ id }) => id),
      this.#stop.signal,
    );
    let some = false;
    try {
      for (const block of wanted) {
        const body = block.header.bodySize > 0 ? (await bodies.next()).value : [];
        if (!body) break;
        if (bodySize(body) !== block.header.bodySize || !equal(bodyRoot(body), block.header.bodyRoot)) {
          network.misbehave(peer, LIAR_POINTS, 'a body that is not the block’s');
          break;
        }
        await this.#store(block, body);
        some = true;
      }
    } catch (error) {
      this.#stop.signal.throwIfAborted();
      log.debug({ peer, error: (error as Error).message }, 'no old bodies from a peer');
    } finally {
      await bodies.return(undefined);
    }
    return some;
  }

  /** In turn with the blocks that come: these remove what is older than a cycle, and nothing is put back. */
  async #store({ id, header }: Block, body: Uint8Array[]): Promise<void> {
    const { books, ledger, params, chainArea } = this.context;
    const txids: Hash[] = [];
    for await (const read of readBody(body)) txids.push(read.id);
    await books.exclusive(async () => {
      const { low } = books.bodiesWanted!;
      const moved = books.setBodiesWanted({ next: header.height - 1, low });
      const old = header.height <= ledger.tip.height - params.cycleBlocks;
      const record = [areaKey(chainArea, bodyKey(id)), encodeBody(body)] as const;
      await books.commit(old ? [moved] : [record, txIndexWrite(header.height, txids), moved]);
    });
  }
}
