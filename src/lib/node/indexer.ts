import { payeeKey } from '../bounty/payee.js';
import { bountyId } from '../chain/encoding.js';
import type { LedgerEvent } from '../chain/events.js';
import type { ReadTx } from '../chain/rules/apply.js';
import { openedBounty } from '../chain/rules/post.js';
import type { Address, BountyItem, Header } from '../chain/types.js';
import type { Write } from '../store/database.js';
import { Batch } from '../store/table.js';
import { concat, equal, toHex, u32be, utf8 } from '../util/bytes.js';
import type { Books } from './books.js';
import type { BountyEntry, ItemEntry } from './entries.js';

/** A block as the ledger applied it or took it back. */
export interface IndexedBlock {
  header: Header;
  events: readonly LedgerEvent[];
}

type EventOf<K extends LedgerEvent['kind']> = Extract<LedgerEvent, { kind: K }>;

export function bountyKey(role: BountyEntry['role'], id: string): Uint8Array {
  return utf8(`${role}/${id}`);
}

/**
 * Carries what a block did into the books. Its writes go into the batch that moves the ledger's tip,
 * so the books never know more or less than the ledger does, whenever the process is killed.
 */
export class Indexer {
  constructor(
    private readonly books: Books,
    /** Whether a blob's bytes may lie here, for pay or not: an open bounty is for whoever holds them. */
    private readonly holds: (uuid: string) => boolean,
  ) {}

  writes(connected: readonly IndexedBlock[], disconnected: readonly IndexedBlock[]): Write[] {
    const batch = new Batch();
    for (const block of disconnected) this.disconnect(batch, block);
    for (const block of connected) this.connect(batch, block);
    return batch.writes();
  }

  /**
   * A block that was added before these books were filled, from a backup: what its transactions did to bounties.
   * Told again, nothing changes.
   */
  recall(batch: Batch, header: Header, txs: readonly ReadTx[]): void {
    for (const { tx, id } of txs) {
      this.markIncluded(batch, toHex(id), header.height);
      if (tx.kind === 'post') {
        for (const [i, posted] of tx.bounties.entries()) {
          const own = bountyId(id, i);
          const known = batch.get(this.books.bounties, bountyKey('owner', toHex(own)));
          // Open ones for whoever holds the blob are remembered by those who did not lose their books.
          if (posted.payee === null && !known) continue;
          const bounty = openedBounty(tx.from, posted, header.slot);
          this.opened(batch, header.height, { kind: 'posted', bountyId: own, bounty, items: posted.items, txid: id });
        }
      } else if (tx.kind === 'sweep') {
        for (const { bounty } of tx.entries)
          this.closed(batch, header.height, { kind: 'swept', bountyId: bounty, txid: id });
      } else if (tx.kind === 'revoke') {
        for (const bountyId of tx.bounties) this.closed(batch, header.height, { kind: 'revoked', bountyId, txid: id });
      }
    }
  }

  private connect(batch: Batch, { header, events }: IndexedBlock): void {
    let line = 0;
    for (const event of events) {
      if (event.txid) this.markIncluded(batch, toHex(event.txid), header.height);
      if (event.kind === 'credit' || event.kind === 'debit') {
        const account = batch.get(this.books.accounts, event.address);
        if (!account) continue;
        this.history(batch, header, line++, event);
        // Thought to be empty for good: what comes back so late is gathered again.
        if (event.kind === 'credit' && account.kind === 'funder' && account.stage === 'done')
          batch.put(this.books.accounts, event.address, { ...account, stage: 'left' });
      } else if (event.kind === 'posted') {
        this.opened(batch, header.height, event);
      } else if (event.kind === 'swept' || event.kind === 'revoked' || event.kind === 'returned') {
        this.closed(batch, header.height, event);
      }
    }
  }

  private disconnect(batch: Batch, { header, events }: IndexedBlock): void {
    let line = 0;
    for (const event of [...events].reverse()) {
      if (event.txid) this.markIncluded(batch, toHex(event.txid), null);
      if (event.kind === 'credit' || event.kind === 'debit') {
        if (batch.get(this.books.accounts, event.address))
          batch.delete(this.books.history, historyKey(header.height, line++));
      } else if (event.kind === 'posted') {
        this.change(batch, event.bountyId, (entry) => ({ ...entry, openedHeight: null, opened: null, expires: null }));
        for (const item of event.items) batch.delete(this.books.posted, postedKey(item, event.bountyId));
      } else if (event.kind === 'swept' || event.kind === 'revoked' || event.kind === 'returned') {
        this.change(batch, event.bountyId, (entry) => ({ ...entry, closed: null }));
      }
    }
  }

  private markIncluded(batch: Batch, txid: string, height: number | null): void {
    const pending = batch.get(this.books.pending, utf8(txid));
    if (pending && pending.includedHeight !== height) {
      batch.put(this.books.pending, utf8(txid), { ...pending, includedHeight: height });
    }
  }

  private history(batch: Batch, header: Header, line: number, event: EventOf<'credit' | 'debit'>): void {
    batch.put(this.books.history, historyKey(header.height, line), {
      kind: event.reason,
      direction: event.kind === 'credit' ? 'in' : 'out',
      amount: event.amount,
      txid: event.txid && toHex(event.txid),
      height: header.height,
      slot: header.slot,
      subject: event.subject && toHex(event.subject),
    });
  }

  private opened(batch: Batch, height: number, event: EventOf<'posted'>): void {
    const { bountyId, bounty } = event;
    const facts = { openedHeight: height, opened: bounty.opened, expires: bounty.expires };
    this.change(batch, bountyId, (entry) => ({ ...entry, ...facts }));
    const items = event.items.flatMap((item) => this.match(batch, item, bounty.payee) ?? []);
    const [first] = event.items;
    const id = toHex(bountyId);
    if (items.length === 0) {
      if (bounty.payee !== null || !first) return;
      const posted = {
        id: bountyId,
        txid: toHex(event.txid),
        item: first,
        openedHeight: height,
        expires: bounty.expires,
      };
      batch.put(this.books.posted, postedKey(first, bountyId), posted);
      return;
    }
    // A key that is the sum of answers takes all of them.
    const whole = items.length === event.items.length && this.expectPayee(batch, items[0]!, bounty.payee);
    const known = batch.get(this.books.bounties, bountyKey('steward', id));
    batch.put(this.books.bounties, bountyKey('steward', id), {
      ...(known ?? { fits: whole ? null : false, failed: false, closing: null, settled: false, closed: null }),
      ...{ id, role: 'steward', txid: toHex(event.txid), items, ...facts },
      ...{ key: bounty.key, amount: bounty.amount, payee: bounty.payee },
    });
  }

  /** Whether this steward is meant: by a contract's name, or by a UUID it holds. */
  private match(batch: Batch, item: BountyItem, payee: Address | null): ItemEntry | undefined {
    const found = this.books.names.lookup(item.name);
    const contract = found && batch.get(this.books.kept, utf8(found.contractId));
    if (found && contract) {
      // Further names are expected from now on: taking the block back leaves a few too many, which do no harm.
      if (found.i >= (contract.seen ?? 0))
        batch.put(this.books.kept, utf8(contract.id), { ...contract, seen: found.i + 1 });
      return { uuid: contract.uuid, contract: contract.id, index: found.i, item, amount: 0n };
    }
    const uuid = toHex(item.name);
    if (payee !== null || !this.holds(uuid)) return undefined;
    return { uuid, contract: null, index: null, item, amount: 0n };
  }

  /**
   * The one-time account a contract's payment must go to becomes one of the wallet's: the first item's
   * in a batch. False where the owner named another: such a bounty pays nobody here, and counts as no
   * payment.
   */
  private expectPayee(batch: Batch, { contract: id, index }: ItemEntry, payee: Address | null): boolean {
    if (id === null || index === null) return true;
    const contract = this.books.kept.get(utf8(id));
    if (!contract || !payee) return false;
    if (!equal(payeeKey(contract.payee, contract.secret, index), payee)) return false;
    const { payeeIndex, secret } = contract;
    batch.put(this.books.accounts, payee, {
      ...{ kind: 'payee', address: payee, contract: contract.id, payeeIndex, secret, index },
    });
    return true;
  }

  private closed(
    batch: Batch,
    height: number,
    event: Pick<EventOf<'swept' | 'revoked' | 'returned'>, 'kind' | 'bountyId' | 'txid'>,
  ): void {
    const closed = { how: event.kind, height, txid: event.txid && toHex(event.txid) };
    this.change(batch, event.bountyId, (entry) => ({ ...entry, closed }));
  }

  private change(batch: Batch, bountyId: Uint8Array, update: (entry: BountyEntry) => BountyEntry): void {
    for (const role of ['owner', 'steward'] as const) {
      const key = bountyKey(role, toHex(bountyId));
      const entry = batch.get(this.books.bounties, key);
      if (entry) batch.put(this.books.bounties, key, update(entry));
    }
  }
}

/** The name of an open bounty's item is the UUID. */
export function postedKey(item: BountyItem, bountyId: Uint8Array): Uint8Array {
  return utf8(`${toHex(item.name)}/${toHex(bountyId)}`);
}

function historyKey(height: number, line: number): Uint8Array {
  return concat(u32be(height), u32be(line));
}
