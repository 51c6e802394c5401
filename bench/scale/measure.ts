import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { contractName } from '../../src/lib/bounty/names.js';
import { payeeKey } from '../../src/lib/bounty/payee.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import { lookAhead } from '../../src/lib/node/ahead.js';
import type { IndexedBlock } from '../../src/lib/node/indexer.js';
import { Lookers } from '../../src/lib/node/lookers.js';
import type { ActRecord } from '../../src/lib/rpc/records.js';
import { concat, u32be, utf8 } from '../../src/lib/util/bytes.js';
import { invariant } from '../../src/lib/util/errors.js';
import { median } from '../measure.js';
import { Machine, NOW } from './machine.js';
import { kept, owned, secretOf } from './records.js';

const DUE = 1000;
const IDLE_TICKS = 31;
const DUE_TICKS = 7;
const BLOCKS = 9;
/** Of a block. */
const BOUNTIES = 100;
const ITEMS = 10;
const MIB = 2 ** 20;
const LOOK = {
  ...{ days: 30, spendPerDay: null, spendTotal: null, barter: true },
  ...{ maxPrice: null, termDays: null, creditDays: null, awardTries: 3 },
};

/**
 * Of the start, a tick where nothing is due, one where 2 · DUE contracts are, a block, and the look ahead that a
 * controller takes once a day: by the clock, and of all threads.
 */
export interface Figures {
  start_ms: number;
  start_cpu_ms: number;
  idle_tick_ms: number;
  idle_tick_cpu_ms: number;
  due_tick_ms: number;
  due_tick_cpu_ms: number;
  block_ms: number;
  block_cpu_ms: number;
  /** Records that a block's bounties are matched with, and what follows from them. */
  block_reads: number;
  ahead_ms: number;
  ahead_cpu_ms: number;
  heap_mib: number;
  rss_mib: number;
  disk_mib: number;
}

interface Time {
  wall: number;
  cpu: number;
}

async function measure(folder: string, contracts: number): Promise<Figures> {
  const before = await heap();
  let machine: Machine | undefined;
  const start = await timed(async () => {
    machine = await Machine.open(folder);
  });
  invariant(machine, 'it was opened');
  const idle = await tickTime(machine, IDLE_TICKS, 0);
  await fallDue(machine);
  const due = await tickTime(machine, DUE_TICKS, DUE);
  const block = await blockTime(machine, contracts);
  const ahead = await timed(() => lookAhead(machine!.context, new Lookers(), LOOK));
  const heap_mib = ((await heap()) - before) / MIB;
  const rss_mib = process.memoryUsage().rss / MIB;
  await machine.close();
  return {
    ...{ start_ms: start.wall, start_cpu_ms: start.cpu, idle_tick_ms: idle.wall, idle_tick_cpu_ms: idle.cpu },
    ...{ due_tick_ms: due.wall, due_tick_cpu_ms: due.cpu, block_ms: block.wall, block_cpu_ms: block.cpu },
    ...{ block_reads: block.reads, ahead_ms: ahead.wall, ahead_cpu_ms: ahead.cpu },
    ...{ heap_mib, rss_mib, disk_mib: bytesIn(join(folder, 'db')) / MIB },
  };
}

async function timed(work: () => Promise<unknown>): Promise<Time> {
  const [began, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wall: performance.now() - began, cpu: (user + system) / 1000 };
}

function medianOf(times: readonly Time[]): Time {
  return { wall: median(times.map(({ wall }) => wall)), cpu: median(times.map(({ cpu }) => cpu)) };
}

/** `due`: of each side's contracts. */
async function tickTime(machine: Machine, ticks: number, due: number): Promise<Time> {
  const { told } = machine;
  const times: Time[] = [];
  for (let tick = 0; tick <= ticks; tick += 1) {
    Object.assign(told, { owned: 0, kept: 0 });
    let records: ActRecord[] = [];
    const time = await timed(async () => {
      records = await machine.tick();
    });
    // The first compiles.
    if (tick > 0) times.push(time);
    const prunes = records.filter(({ act }) => act === 'prune').length;
    // All payments wait for accounts to fund them from, which one transfer is to make.
    const funds = records.filter(({ act }) => act === 'fund').length;
    const planned = records.length === prunes + funds && prunes === due && funds === (due > 0 ? 1 : 0);
    const exact = told.owned === due && told.kept === due;
    invariant(
      planned && exact,
      `told of ${told.owned} and ${told.kept}, planned ${prunes} to prune and ${funds} funds`,
    );
  }
  return medianOf(times);
}

/** So many of an owner's contracts are to be paid, and so many of a steward's are over. */
async function fallDue({ context: { books } }: Machine): Promise<void> {
  for (let n = 0; n < DUE; n += 1) {
    await books.commit([
      books.owned.put(utf8(owned(n).id), { ...owned(n), dueSlot: NOW - 1 }),
      books.kept.put(utf8(kept(n).id), { ...kept(n), state: 'ended' }),
    ]);
  }
}

/** From a block's events to the books on the disk; half of its bounties are for this steward, one here, one there. */
async function blockTime({ indexer, db, context }: Machine, contracts: number): Promise<Time & { reads: number }> {
  const { header } = context.ledger.tip;
  const times: Time[] = [];
  const counts: number[] = [];
  let reads = 0;
  const get = db.get.bind(db);
  db.get = (...args) => {
    reads += 1;
    return get(...args);
  };
  for (let block = 0; block <= BLOCKS; block += 1) {
    const events = Array.from({ length: BOUNTIES }, (_, i) => posted(block * BOUNTIES + i, contracts));
    reads = 0;
    const time = await timed(() => db.write(indexer.writes([{ header, events }], [])));
    if (block > 0) times.push(time);
    counts.push(reads);
    const known = events.filter(({ bountyId }) => context.books.bounties.get(stewardKey(bountyId)) !== undefined);
    invariant(known.length === BOUNTIES / 2, `of a block's bounties ${known.length} were recognised`);
  }
  return { ...medianOf(times), reads: median(counts) };
}

function stewardKey(bountyId: Uint8Array): Uint8Array {
  return utf8(`steward/${Buffer.from(bountyId).toString('hex')}`);
}

type Posted = Extract<IndexedBlock['events'][number], { kind: 'posted' }>;

function posted(n: number, contracts: number): Posted {
  const own = n % 2 === 0;
  const secrets = Array.from({ length: ITEMS }, (_, i) => {
    // A stride prime to the counts: neighbours in a bounty lie far apart in the tables.
    const at = DUE + (((n * ITEMS + i) * 7919) % (contracts - DUE));
    return own ? secretOf(at) : sha256(utf8('a stranger'), u32be(at));
  });
  const items = secrets.map((secret) => ({ name: contractName(secret, 0), nonce: sha256(secret) }));
  const id = sha256(utf8('bounty'), u32be(n));
  return {
    ...{ kind: 'posted', bountyId: id, items, txid: sha256(id) },
    bounty: {
      ...{ funder: sha256(utf8('funder')), payee: payeeKey(kept(0).payee, secrets[0]!, 0), amount: 1_000_000n },
      ...{ itemsHash: sha256(concat(id, id)), key: sha256(utf8('key')), opened: 0, expires: NOW - 1 },
    },
  };
}

/** Bytes that live on the heap, and outside of it on its behalf: these go in a turn after their owners. */
async function heap(): Promise<number> {
  invariant(globalThis.gc, 'measured with --expose-gc');
  for (let turn = 0; turn < 5; turn += 1) {
    globalThis.gc();
    await sleep(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

const [folder, contracts] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await measure(folder!, Number(contracts))));
