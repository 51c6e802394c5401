import { randomBytes } from 'node:crypto';
import { toHex } from '../util/bytes.js';
import { idsFit, type Pieced, pieceTogether } from './compact.js';
import type { Verdict } from './gossip.js';
import type { Intake, Wanted } from './intake.js';
import { LIAR_POINTS, Liar } from './liar.js';
import type { SyncLedger, SyncPeers } from './sync-types.js';
import { SALT_BYTES } from './wire.js';

/**
 * Blocks that somebody announced. Their transactions were mostly heard of before: so their ids are asked
 * for, and of the transactions only those that do not wait here.
 */
export class Announced {
  /** On their way, by id. */
  readonly #fetching = new Map<string, Promise<Verdict>>();

  constructor(
    private readonly ledger: SyncLedger,
    private readonly network: SyncPeers,
    private readonly intake: Intake,
    /** Catches up with a peer in the ordinary way. */
    private readonly sync: (peer: string) => void,
  ) {}

  /** The block is fetched and added before the verdict, so that whoever hears of it from us can have it from us. */
  async onHeader(from: string, bytes: Uint8Array): Promise<Verdict> {
    let wanted: Wanted;
    try {
      wanted = { ...this.ledger.readHeader(bytes), bytes };
    } catch {
      return 'reject';
    }
    // Two blocks in quick succession: the second is no orphan, its parent is on its way.
    await this.#fetching.get(toHex(wanted.parent));
    if (this.ledger.has(wanted.id)) return 'ignore';
    try {
      if ((await this.ledger.checkHeaders([bytes])) === 'orphan') {
        this.sync(from);
        return 'ignore';
      }
    } catch (error) {
      return this.ledger.blame(error) > 0 ? 'reject' : 'ignore';
    }
    // A leader's second block for one slot is passed on as evidence, and not fetched: of what one may sign without
    // end two headers go round. Where a chain grows on it, it comes with its child.
    const place = this.ledger.placeOf(bytes);
    if (place > 1) return place === 2 ? 'accept' : 'ignore';
    const key = toHex(wanted.id);
    if (this.#fetching.has(key)) return 'ignore';
    const fetched = this.#fetch(from, wanted).finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, fetched);
    return fetched;
  }

  async #fetch(from: string, wanted: Wanted): Promise<Verdict> {
    try {
      if (!wanted.empty) await this.#add(from, wanted);
      else await this.intake.add(from, wanted, []);
      return 'accept';
    } catch (error) {
      this.intake.judge(from, error);
      // Gossip tells of a block once: whoever else has it is asked in the ordinary way. The sender too, where
      // nothing shows that it lied: perhaps it was busy.
      const others = this.network.peers().filter((peer) => peer !== from);
      for (const peer of error instanceof Liar ? others.slice(0, 1) : [from]) this.sync(peer);
      return 'ignore';
    }
  }

  async #add(from: string, wanted: Wanted): Promise<void> {
    const waiting = this.ledger.waiting();
    const salt = new Uint8Array(randomBytes(SALT_BYTES));
    const pieced = waiting.length > 0 ? await this.#piece(from, wanted, waiting, salt) : undefined;
    if (pieced?.body && this.ledger.fits(wanted.bytes, pieced.body)) {
      return this.intake.add(from, wanted, pieced.body);
    }
    if (pieced?.lied) this.#blame(from);
    const whole = await this.intake.body(from, wanted.id);
    await this.intake.add(from, wanted, whole);
    // The block is good. Ids that are not its own were a lie; those that are met a collision here.
    if (pieced && !pieced.lied && !idsFit(salt, pieced.ids, whole)) this.#blame(from);
  }

  #piece(from: string, { id }: Wanted, waiting: readonly Uint8Array[], salt: Uint8Array): Promise<Pieced | undefined> {
    const source = {
      ids: () => this.network.requestCompact(from, id, salt),
      txs: (indexes: number[]) => this.network.requestTxs(from, id, indexes),
    };
    return pieceTogether(source, waiting, salt);
  }

  #blame(peer: string): void {
    this.network.misbehave(peer, LIAR_POINTS, 'a block’s transactions that are not what it said they are');
  }
}
