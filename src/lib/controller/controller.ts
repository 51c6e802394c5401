import * as v from 'valibot';
import { type Params, parseParams } from '../chain/params.js';
import { hmacSha256 } from '../crypto/hash.js';
import { ownerPlan } from '../plan/owner.js';
import { within } from '../plan/pay.js';
import type { Policies, Policy } from '../plan/policy.js';
import { POLLS_A_TICK } from '../plan/poll.js';
import { standingOf, stewardPlan } from '../plan/steward.js';
import type { RpcClient } from '../rpc/client.js';
import type { ActRecord } from '../rpc/records.js';
import { type Act, type Snapshot, SnapshotSchema } from '../rpc/snapshot.js';
import { RemoteFailure } from '../rpc/wire.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { packJson, unpackJson } from '../util/json.js';
import { costOf } from './cost.js';
import type { Journal } from './journal.js';
import { Lookout } from './lookout.js';
import type { Warning } from './warnings.js';

export interface ControllerOptions {
  /** What is decided as of now: read once a tick. */
  policies: () => Policies;
  /** Fewer live shares of a file than this are repaired; undefined: as the policy says, or the file. */
  repairBelow: number | undefined;
  /** Grains that one tick may spend at the most. */
  maxSpend: bigint | undefined;
  /** Spends no more than was earned, whatever the policy says. */
  barter?: boolean;
  dryRun: boolean;
  /** Hears once of each thing that will run out. */
  onWarning?: ((warning: Warning) => void) | undefined;
  /** A controller that stays lets long acts go on beside its ticks; a single tick waits for them. */
  staying?: boolean;
}

/** Acts under way at once. */
const WIDTH = 4;
/** What moves blobs over the network may take long, and must not hold up a sweep or a payment. */
const LONG: ReadonlySet<Act['kind']> = new Set(['award', 'repair', 'deal', 'check']);

/**
 * Settles accounts over the node's socket: looks, plans, writes down what it is about to do, does it.
 * The plan is a function of what the node tells, so a tick after a kill ends in the same place.
 */
export class Controller {
  private readonly beside = new Map<string, Promise<void>>();
  private readonly lookout: Lookout;

  constructor(
    private readonly rpc: RpcClient,
    private readonly journal: Journal,
    private readonly options: ControllerOptions,
  ) {
    this.lookout = new Lookout(rpc, journal);
  }

  /**
   * One pass: everything that is due now, page by page, until nothing is. `onRecord` hears of each act as it
   * ends. What an earlier page could not get done is not asked for again by a later one.
   */
  async tick(onRecord: (record: ActRecord) => void = () => {}): Promise<ActRecord[]> {
    const records: ActRecord[] = [];
    const tried = new Set<string>();
    const purse = { room: this.options.maxSpend };
    let after: string | null = null;
    let asked = 0;
    do {
      let snapshot = await this.look(after);
      let acts = await this.due(snapshot, tried);
      const questions = acts.filter(isQuestion).slice(0, POLLS_A_TICK - asked);
      asked += questions.length;
      const answers = await this.ask(questions, onRecord);
      // What the stewards say is planned with: what one lost is not paid for again.
      if (answers.length > 0) {
        snapshot = await this.look(after);
        acts = await this.due(snapshot, tried);
      }
      const rest = acts.filter((act) => !isQuestion(act));
      for (const { requestId } of acts) tried.add(requestId);
      records.push(...answers, ...(await this.performAll(affordable(rest, purse, snapshot.dust), onRecord)));
      after = snapshot.next;
      if (after === null) await this.lookAhead(snapshot);
    } while (after !== null);
    return records;
  }

  /** Once a network day, beside the ticks of one that stays: it takes as long as there are contracts. */
  private async lookAhead(snapshot: Snapshot): Promise<void> {
    const { dryRun, onWarning, staying } = this.options;
    if (dryRun || onWarning === undefined) return;
    const now = { slot: snapshot.slot, params: paramsOf(snapshot) };
    const look = () => this.lookout.look(now, this.policy, onWarning);
    if (!staying) return look();
    if (this.beside.has('ahead')) return;
    // A node that goes away meanwhile is the next tick's to tell of.
    const done = look()
      .catch(() => undefined)
      .finally(() => this.beside.delete('ahead'));
    this.beside.set('ahead', done);
  }

  private get policy(): Policy {
    const { owner } = this.options.policies();
    return { ...owner, barter: owner.barter || (this.options.barter ?? false) };
  }

  private async due(snapshot: Snapshot, tried: ReadonlySet<string>): Promise<Act[]> {
    const acts = distinct([...(await this.journal.unfinished()), ...this.plan(snapshot)]);
    return acts.filter(({ requestId }) => !tried.has(requestId));
  }

  private async look(after: string | null): Promise<Snapshot> {
    const { owner } = this.options.policies();
    const repairBelow = this.options.repairBelow ?? owner.repairBelow;
    const ask = {
      deckLow: owner.deckLow,
      wait: !this.options.staying,
      ...(repairBelow !== null && { repairBelow }),
      ...(after !== null && { after }),
    };
    const parsed = v.safeParse(SnapshotSchema, unpackJson(await this.rpc.call('books.snapshot', ask)));
    if (!parsed.success)
      throw new Failure('failure', 'the node answers in another version of holdfast', 'restart the node');
    const snapshot = parsed.output;
    if (!snapshot.unlocked)
      throw new Failure('passphrase', 'the wallet is locked', 'start the node with --passphrase-file');
    if (!snapshot.synced) throw new Failure('temporary', 'the node is not synced', 'wait with holdfast node wait');
    return snapshot;
  }

  /** Asks stewards: a single tick waits for their answers, one that stays asks one round at a time beside its ticks. */
  private async ask(questions: readonly Act[], onRecord: (record: ActRecord) => void): Promise<ActRecord[]> {
    if (!this.options.staying || questions.length === 0) return this.performAll(questions, onRecord);
    const round = 'poll';
    if (!this.beside.has(round)) {
      const done = this.performAll(questions, onRecord)
        .then(() => undefined)
        .catch(() => undefined)
        .finally(() => this.beside.delete(round));
      this.beside.set(round, done);
    }
    return [];
  }

  private plan(snapshot: Snapshot): Act[] {
    const { owner, steward, account, jitter } = snapshot;
    const now = { ...snapshot, params: paramsOf(snapshot) };
    const policies = this.options.policies();
    const repairBelow = this.options.repairBelow ?? policies.owner.repairBelow;
    const files = owner.files.map((file) => ({
      ...file,
      repairBelow: Math.min(file.total, repairBelow ?? file.repairBelow),
    }));
    const random = (label: string) => hmacSha256(jitter ?? new Uint8Array(32), utf8(label));
    const policy = { ...this.policy, dust: maximum(policies.owner.dust, snapshot.dust) };
    const { prune } = policies.steward;
    const standing = standingOf(policies.steward);
    return [
      ...stewardPlan({ now, ...steward, standing, prune, account: account ?? new Uint8Array(32) }),
      ...ownerPlan({ now, ...owner, files, policy, random }),
    ];
  }

  private async performAll(acts: readonly Act[], onRecord: (record: ActRecord) => void): Promise<ActRecord[]> {
    const records: ActRecord[] = [];
    const queue = acts.filter((act) => !this.letGo(act, onRecord));
    const lane = async () => {
      for (let act = queue.shift(); act; act = queue.shift()) {
        for (const record of await this.perform(act)) {
          records.push(record);
          onRecord(record);
        }
      }
    };
    // Every lane to its end: a tick that throws while acts are under way would overlap the next.
    const lanes = await Promise.allSettled(Array.from({ length: WIDTH }, lane));
    for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
    return records;
  }

  /** Starts a long act beside the ticks, unless it is under way; true where a tick need not wait for it. */
  private letGo(act: Act, onRecord: (record: ActRecord) => void): boolean {
    if (!this.options.staying || !LONG.has(act.kind)) return false;
    if (this.beside.has(act.requestId)) return true;
    const done = this.perform(act)
      .then((records) => records.forEach(onRecord))
      .catch(() => undefined)
      .finally(() => this.beside.delete(act.requestId));
    this.beside.set(act.requestId, done);
    return true;
  }

  /** Waits for what goes on beside the ticks. */
  async settle(): Promise<void> {
    await Promise.all(this.beside.values());
  }

  /** The intent is on disk before the node hears of it, and leaves when the node has answered. */
  private async perform(act: Act): Promise<ActRecord[]> {
    if (this.options.dryRun) return [recordOf(act, 'planned', null)];
    await this.journal.begin(act);
    try {
      const { records } = (await this.rpc.call('books.act', {
        act: packJson(act) as { kind: string },
        requestId: act.requestId,
      })) as { records: ActRecord[] };
      await this.journal.finish(act);
      return records;
    } catch (error) {
      // Not the node's own answer: whether it was done is not known, and the next tick asks again.
      if (!(error instanceof RemoteFailure)) throw error;
      await this.journal.finish(act);
      return [recordOf(act, 'failed', error.message)];
    }
  }
}

let known: { genesis: string; params: Params } | undefined;

function paramsOf({ genesis }: Snapshot): Params {
  const text = JSON.stringify(genesis);
  if (known?.genesis !== text) known = { genesis: text, params: parseParams(genesis) };
  return known.params;
}

function isQuestion({ kind }: Act): boolean {
  return kind === 'poll';
}

/** What would pass this tick's limit waits for another. */
function affordable(acts: readonly Act[], purse: { room: bigint | undefined }, dust: bigint): Act[] {
  const { room } = purse;
  if (room === undefined) return [...acts];
  let left = room;
  const chosen = acts.flatMap((act) => {
    const fitting = act.kind === 'pay' ? within(act, left, dust) : act;
    const cost = fitting === undefined ? 0n : costOf(fitting);
    if (fitting === undefined || (cost > 0n && cost > left)) return [];
    left -= cost;
    return [fitting];
  });
  purse.room = left;
  return chosen;
}

function maximum(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function distinct(acts: readonly Act[]): Act[] {
  return [...new Map(acts.map((act) => [act.requestId, act])).values()];
}

function recordOf(act: Act, status: 'planned' | 'failed', message: string | null): ActRecord {
  return {
    type: 'act',
    act: act.kind,
    blob: 'uuid' in act ? act.uuid : null,
    subject: subjectOf(act),
    amount_grains: amountOf(act)?.toString() ?? null,
    confidence: null,
    request_id: act.requestId,
    status,
    message,
  };
}

function amountOf(act: Act): bigint | undefined {
  if (act.kind === 'fund') return act.amounts.reduce((sum, amount) => sum + amount, 0n);
  return 'amount' in act ? act.amount : undefined;
}

function subjectOf(act: Act): string | null {
  if (act.kind === 'pay') return act.items[0]!.contract;
  if ('contract' in act) return act.contract;
  if ('advert' in act) return act.advert;
  return 'bounty' in act ? act.bounty : null;
}
