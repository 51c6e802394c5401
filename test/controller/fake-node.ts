import { preset } from '../../src/lib/chain/presets.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import type { RpcClient } from '../../src/lib/rpc/client.js';
import type { ActRecord, ControllerRecord } from '../../src/lib/rpc/records.js';
import type { Act, Snapshot } from '../../src/lib/rpc/snapshot.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { Failure } from '../../src/lib/util/errors.js';
import { packJson, unpackJson } from '../../src/lib/util/json.js';

export const id = (name: string): string => toHex(sha256(utf8(name)));

const GENESIS = preset('devnet', { name: 'test', salt: '00'.repeat(32), genesisTimeMs: 0 });

/** What a node with nothing to do tells. */
export function snapshotOf(owner: Partial<Snapshot['owner']> = {}, change: Partial<Snapshot> = {}): Snapshot {
  return {
    ...{ genesis: GENESIS, slot: 1200, height: 600, synced: true, peers: 5, unlocked: true, dust: 0n },
    ...{ account: sha256(utf8('account')), jitter: sha256(utf8('jitter')) },
    owner: {
      ...{ contracts: [], files: [], blobs: [], adverts: [], expired: [], spentToday: 0n },
      turnover: { spent: 0n, returned: 0n, earned: 0n },
      ...owner,
    },
    steward: {
      ...{ contracts: [], adverts: [], claimable: [], standing: null, barred: false },
      disk: { freeBytes: 1 << 30, committedBytes: 0 },
    },
    next: null,
    ...change,
  };
}

type OwnerContract = Snapshot['owner']['contracts'][number];

/** 1 GiB at 100 grains a day, due: some 2,000 grains. */
export function dueContract(name: string, change: Partial<OwnerContract> = {}): OwnerContract {
  return {
    ...{
      id: id(name),
      uuid: id(`${name} blob`),
      file: null,
      share: null,
      account: `${name}'s steward`,
      size: 1 << 30,
      price: 100n,
    },
    ...{ startSlot: 1000, termSlots: 100_000, maxCredit: 1_000_000n, state: 'live', lost: false, confidence: 0 },
    ...{ paidUntilSlot: 1000, dueSlot: 1100, credit: 0n, payIndex: 0, attempt: 0, bounty: null, deckLeft: 20 },
    outbox: { askedSlot: 10 ** 9, untoldSlot: null, notice: false },
    ...change,
  };
}

/** Nothing runs out. */
export const CALM: ControllerRecord = {
  ...{ type: 'controller', running: true, looked: null, contracts: 4, next_slot: null, next: null },
  ...{ days: 30, until_slot: 1499, until: '2026-12-24T00:00:00Z' },
  ...{ costs_grains: '0', income_grains: '0', balance_grains: '5000000000' },
  ...{ balance_ends_slot: null, balance_ends: null, balance_missing_grains: null, room_grains: null },
  ...{ limit: null, limit_slot: null, limit_from: null, limit_missing_grains: null },
  ...{ decks: 0, decks_slot: null, decks_from: null, ends: 0, ends_slot: null, ends_from: null },
  ...{ spent_grains: '0', returned_grains: '0', earned_grains: '0', surplus_grains: '0', deficit_grains: '0' },
};

/** Stands in for the node's socket: answers from a snapshot, and does what is asked once an id. */
export class FakeNode {
  /** Every act that was asked for, in order. */
  readonly asked: Act[] = [];
  /** What was really done: request id to act. */
  readonly done = new Map<string, Act>();
  /** What runs out, and how often that was asked. */
  ahead = CALM;
  looks = 0;
  /** Called in the middle of an act, after it was done. */
  onAct: (act: Act) => Promise<void> | void = () => undefined;

  /** `later`: the pages behind the first, each by its number. */
  constructor(
    public snapshot: Snapshot,
    private readonly later: readonly Snapshot[] = [],
  ) {}

  get rpc(): RpcClient {
    return { call: (method: string, params: unknown) => this.call(method, params) } as unknown as RpcClient;
  }

  private async call(method: string, params: unknown): Promise<unknown> {
    if (method === 'books.snapshot') {
      const { after } = params as { after?: string };
      return packJson(after === undefined ? this.snapshot : this.later[Number(after)]);
    }
    if (method === 'owner.ahead') {
      this.looks += 1;
      return this.ahead;
    }
    if (method !== 'books.act') throw new Failure('usage', `no method ${method}`);
    const act = unpackJson((params as { act: unknown }).act) as Act;
    this.asked.push(act);
    this.done.set(act.requestId, this.done.get(act.requestId) ?? act);
    await this.onAct(act);
    return { records: [recordOf(act)] };
  }
}

function recordOf(act: Act): ActRecord {
  return {
    ...{ type: 'act', act: act.kind, blob: null, subject: null, amount_grains: null, confidence: null },
    ...{ request_id: act.requestId, status: 'done', message: null },
  };
}
