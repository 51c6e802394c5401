import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bountyState } from '../../src/lib/node/bounty-state.js';
import type {
  AdvertEntry,
  BlobEntry,
  BountyEntry,
  FileEntry,
  KeptContract,
  OwnedContract,
} from '../../src/lib/node/entries.js';
import { bountyKey } from '../../src/lib/node/indexer.js';
import { OwnerView } from '../../src/lib/node/owner-view.js';
import { fillPage } from '../../src/lib/node/pages.js';
import { ownerSnapshot, takeSnapshot } from '../../src/lib/node/snapshot.js';
import { debtsOf } from '../../src/lib/node/steward-snapshot.js';
import { StewardView } from '../../src/lib/node/steward-view.js';
import { ownerPlan } from '../../src/lib/plan/owner.js';
import { parsePolicy } from '../../src/lib/plan/policy.js';
import { prunePlan } from '../../src/lib/plan/prune.js';
import { stewardPlan } from '../../src/lib/plan/steward.js';
import type { Write } from '../../src/lib/store/database.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { hashOf } from '../market/samples.js';
import { type TestNode, World } from './helpers.js';

const SLOT = 400;
const name = (what: string, n: number) => toHex(hashOf(`${what} ${n}`));
const fileOf = (n: number) => `file${n}`;

/** A check that failed is outstanding, and one that failed for the last time is due: checks() sees to both. */
function spot(failures: number, done: boolean, max: number) {
  const slot = fc.integer({ min: SLOT - 50, max });
  return fc.record({ slot: done ? fc.option(slot) : slot, failures: fc.constant(failures) });
}

/** Where each thing stands is drawn; that what belongs together names each other is not. */
const drawn = fc.record({
  contract: fc.constantFrom<OwnedContract['state']>('live', 'live', 'live', 'live', 'mia', 'dropped', 'ended'),
  blob: fc.constantFrom<BlobEntry['state']>(
    'live',
    'live',
    'live',
    'local',
    'advertised',
    'mia',
    'replaced',
    'dropped',
  ),
  bounty: fc.constantFrom('none', 'none', 'pending', 'open', 'expired', 'claimed', 'settled', 'returned', 'failed'),
  generation: fc.nat(1),
  age: fc.nat(300),
  term: fc.constantFrom(20, 100, 150, 5000),
  sinceDue: fc.integer({ min: -60, max: 20 }),
  asked: fc.option(fc.nat(90)),
  cards: fc.constantFrom(0, 3, 24),
  spot: fc.oneof(fc.constant(null), spot(0, true, SLOT + 10), spot(2, false, SLOT + 10), spot(3, false, SLOT)),
  confidence: fc.nat(3),
  lost: fc.constantFrom(true, false, false, false),
  together: fc.boolean(),
  advert: fc.constantFrom('none', 'waiting', 'unfilled'),
  kept: fc.constantFrom<KeptContract['state']>('live', 'live', 'ended', 'pruned'),
  keptBounty: fc.constantFrom('none', 'none', 'open', 'claimed'),
  fits: fc.boolean(),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

function bountyOf(n: number, kind: string, tip: number, change: Partial<BountyEntry>): BountyEntry {
  const over = kind === 'returned' ? ('returned' as const) : ('swept' as const);
  const closed = { how: over, height: kind === 'settled' ? tip - 10 : tip, txid: null };
  const posted = kind !== 'pending' && kind !== 'failed';
  return {
    ...{ id: name('bounty', n), role: 'owner', txid: name('tx', n), items: [], key: hashOf('key'), amount: 900n },
    ...{ payee: null, openedHeight: posted ? 1 : null, opened: posted ? SLOT - 100 : null },
    expires: posted ? (kind === 'expired' || kind === 'returned' ? SLOT - 40 : SLOT + 40) : null,
    closed: ['claimed', 'settled', 'returned'].includes(kind) ? closed : null,
    ...{ fits: null, failed: kind === 'failed', closing: null, settled: false, ...change },
  };
}

function itemOf(uuid: string, contract: string) {
  return { uuid, contract, index: 0, item: { name: hashOf(uuid), nonce: hashOf('nonce') }, amount: 100n };
}

/** Ten of everything: two files of four shares, and two blobs of their own. */
function writesOf({ context }: TestNode, draws: readonly Drawn[]): Write[] {
  const { books, ledger } = context;
  const writes: Write[] = [];
  const { height } = ledger.tip;
  const batches = new Map<string, BountyEntry>();
  for (const [n, one] of draws.entries()) {
    const [uuid, id] = [name('uuid', n), name('contract', n)];
    const file = n < 8 ? fileOf(n >> 2) : null;
    const advert = one.advert === 'none' ? null : name('advert', n);
    const startSlot = SLOT - one.age;
    // Neighbours may share one bounty, of one kind.
    const leader = one.together && n % 2 === 1 ? n - 1 : n;
    const kind = draws[leader]!.bounty;
    const bounty = kind === 'none' ? null : name('bounty', leader);
    const cards = Array.from({ length: one.cards }, () => hashOf('card'));
    // A steward that is paid holds the bytes, of the newest generation or of one before.
    const state = one.contract === 'live' && one.blob !== 'replaced' ? 'live' : one.blob;
    const blob: BlobEntry = {
      state,
      ...{
        uuid,
        size: 1 << 30,
        file,
        share: file === null ? null : n % 4,
        generation: file === null ? null : one.generation,
      },
      ...{ readkey: hashOf('readkey'), deck: { dealSlot: 0, cards, next: 0 }, contract: id, advert, name: null },
    };
    const owned: OwnedContract = {
      ...{ id, signed: hashOf('signed'), uuid, peer: 'peer', account: hashOf(`account ${n % 2}`), payee: hashOf('q') },
      ...{ secret: hashOf(`secret ${n}`), size: 1 << 30, price: 50n, maxCredit: 5000n, startSlot, state: one.contract },
      ...{ termSlots: one.term, lost: one.lost, confidence: one.confidence, paidUntilSlot: startSlot, credit: 0n },
      ...{ dueSlot: SLOT - one.sinceDue, payIndex: 1, attempt: 0, bounty, coversUntilSlot: SLOT - 100, paid: 0n },
      ...(one.spot !== null && { spot: one.spot }),
      ...(one.asked !== null && { outbox: { askedSlot: SLOT - one.asked } }),
    };
    if (bounty !== null) {
      const entry = batches.get(bounty) ?? bountyOf(leader, kind, height, {});
      batches.set(bounty, { ...entry, items: [...entry.items, itemOf(uuid, id)] });
    }
    const keptId = name('kept', n);
    const keptUuid = name('kept uuid', n >> 1);
    const kept = {
      ...{ id: keptId, uuid: keptUuid, secret: hashOf(`kept ${n}`), size: 1 << 20, price: 50n, startSlot },
      ...{ termSlots: one.term, maxCredit: 5000n, gracePercent: 150, state: one.kept, confidence: one.confidence },
      ...{ lastPaidSlot: startSlot, next: 0, earned: 1n },
    } as KeptContract;
    const items = [itemOf(keptUuid, keptId)];
    const theirs = bountyOf(100 + n, one.keptBounty, height, { role: 'steward', items, fits: one.fits });
    const lot = { uuid, state: one.advert === 'waiting' ? ('waiting' as const) : ('unfilled' as const) };
    const listed: AdvertEntry = {
      ...{
        id: advert ?? '',
        contact: 0,
        size: 1 << 30,
        reserve: 50n,
        creditDays: 10,
        termDays: 30,
        excluded: [],
        closes: SLOT - 60,
      },
      ...{ failed: false, lots: [{ ...lot, tries: 0, tried: [], triedSlot: null, offer: null }] },
    };
    writes.push(books.blobs.put(utf8(uuid), blob), books.owned.put(utf8(id), owned));
    writes.push(books.kept.put(utf8(keptId), kept));
    if (one.keptBounty !== 'none') writes.push(books.bounties.put(bountyKey('steward', theirs.id), theirs));
    if (advert !== null) writes.push(books.adverts.put(utf8(advert), listed));
  }
  for (const entry of batches.values()) writes.push(books.bounties.put(bountyKey('owner', entry.id), entry));
  return [...writes, ...[0, 1].map((n) => books.files.put(utf8(fileOf(n)), fileEntry(n)))];
}

function fileEntry(n: number): FileEntry {
  const facts = { storageIndex: fileOf(n), cap: 'cap', name: null, size: 1, createdMs: 0 };
  return { ...facts, needed: 1, happy: 3, total: 4, repairBelow: 3 };
}

/** All that is in the books. */
async function everything({ context }: TestNode): Promise<OwnerView> {
  const { books } = context;
  const view = new OwnerView(context);
  for await (const [, file] of books.files.entries()) await view.addFile(file);
  for await (const [uuid] of books.blobs.entries()) await view.addBlob(uuid);
  for await (const [id] of books.owned.entries()) await view.addDue(id);
  for await (const [id] of books.adverts.entries()) view.addAdvert(id);
  for await (const [, entry] of books.bounties.entries())
    if (entry.role === 'owner' && bountyState(context, entry) === 'expired') view.addExpired(entry);
  return view;
}

test('property: planned over what is due, as over everything: the same acts, on both sides, in whatever pages', async (t) => {
  const world = new World(t);
  const node = await world.join('node', { rich: true });
  for (let block = 0; block < 12; block += 1) await world.mine();
  await world.mineTo(SLOT);
  const { context, performers } = node;
  const { params, books } = context;
  const policy = parsePolicy({ minPeers: 0 });
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(drawn, { minLength: 10, maxLength: 10 }), async (draws) => {
      const writes = writesOf(node, draws);
      await books.commit(writes);
      const now = { slot: world.slot, height: context.ledger.tip.height, synced: true, peers: 5, params };
      const plan = (owner: Awaited<ReturnType<typeof ownerSnapshot>>) =>
        ownerPlan({ now, ...owner, policy, random: (label) => hashOf(label) });
      const due = await takeSnapshot(context, performers.answers, node.seen);
      assert.equal(due.next, null);
      const whole = await ownerSnapshot(context, await everything(node));
      const acts = plan(whole);
      assert.deepEqual(plan(due.owner), acts);
      for (const { kind } of acts) seen.add(kind);

      const kept = new StewardView(context);
      await fillPage([kept.sources[0]!, kept.prunable(Number.MAX_SAFE_INTEGER - 2)], null, Number.MAX_SAFE_INTEGER);
      await kept.complete();
      const all = await debtsOf(performers.answers, kept);
      assert.deepEqual(prunePlan({ now, ...due.steward }), prunePlan({ now, ...all }));
      const rest = { adverts: [], standing: null, prune: true, barred: false, disk: due.steward.disk };
      const [mine, others] = [due.steward, all].map((view) =>
        stewardPlan({ ...rest, now, account: node.main, contracts: view.contracts, claimable: view.claimable }),
      );
      assert.deepEqual(mine, others);
      for (const { kind } of mine!) seen.add(kind);

      // In pages of one: each act that is about one contract, or a blob's file, comes in one of them.
      const paged = new Set<string>();
      for (let after: string | null = null, pages = 0; ; pages += 1) {
        assert.ok(pages < 100, 'the pages come to an end');
        const page = await takeSnapshot(context, performers.answers, node.seen, { after, room: 1 });
        for (const act of plan(page.owner)) {
          paged.add(act.requestId);
          // What nobody claimed is posted again by halves: of its batch, a page has all or nothing.
          if (act.kind === 'pay' && books.owned.get(utf8(act.items[0]!.contract))!.bounty !== null)
            assert.deepEqual(
              act,
              acts.find(({ requestId }) => requestId === act.requestId),
            );
        }
        after = page.next;
        if (after === null) break;
      }
      for (const { kind, requestId } of acts)
        if (kind !== 'advertise' && kind !== 'pay') assert.ok(paged.has(requestId), requestId);
      await books.commit(writes.map(([key]) => [key, null]));
    }),
    { numRuns: 30, endOnFailure: true },
  );
  const kinds = [
    'settle',
    'revoke',
    'mia',
    'repair',
    'deal',
    'pay',
    'advertise',
    'end',
    'poll',
    'check',
    'prune',
    'sweep',
  ];
  for (const kind of kinds) assert.ok(seen.has(kind), kind);
});
