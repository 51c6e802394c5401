import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LedgerError, type RuleCode } from '../../../src/lib/chain/errors.js';
import { encodeHeader, headerId } from '../../../src/lib/chain/header.js';
import { Join, type JoinTarget } from '../../../src/lib/chain/join/join.js';
import { Offers } from '../../../src/lib/chain/join/offers.js';
import { openPart, rootPart } from '../../../src/lib/chain/join/part.js';
import { Ledger, type Moved } from '../../../src/lib/chain/ledger.js';
import type { Scrypt } from '../../../src/lib/chain/pow.js';
import type { StoreSnapshot } from '../../../src/lib/chain/staging.js';
import type { Change } from '../../../src/lib/chain/state.js';
import type { Block } from '../../../src/lib/chain/types.js';
import { sha256 } from '../../../src/lib/crypto/hash.js';
import { equal, u32be } from '../../../src/lib/util/bytes.js';
import { Failure } from '../../../src/lib/util/errors.js';
import { alice, cheapScrypt, hashOf, MemoryStore, TestChain, testParams } from '../helpers.js';
import { EVERYTHING, live, openHistory, plans } from '../histories.js';

const refusal = (rule: RuleCode) => (error: unknown) => error instanceof LedgerError && error.rule === rule;
const params = testParams({ cycleBlocks: 100 });
const SMALL = 600;
const memo = new Uint8Array(0);

interface Old {
  chain: TestChain;
  offers: Offers;
  store: MemoryStore;
  /** The store as it was where states are kept, by height. */
  copies: Map<number, MemoryStore>;
}

/** A chain older than a cycle, with a few hundred accounts, and what can be joined from it. */
async function old(): Promise<Old> {
  const store = new MemoryStore();
  const offers = new Offers(params, store);
  const chain = await TestChain.open(params, store, offers.store);
  const copies = new Map<number, MemoryStore>();
  for (let i = 0; i < 3; i++) await chain.produce([], { producer: alice.address });
  for (let n = 0; n < 12; n++) {
    const outputs = Array.from({ length: 16 }, (_, i) => ({ to: sha256(u32be(n), u32be(i)), amount: 2_000n }));
    await chain.produce([chain.make({ kind: 'transfer', from: alice.address, outputs, memo }, alice.signer).bytes]);
  }
  while (chain.ledger.tip.height < 130) {
    await chain.produce();
    copies.set(chain.ledger.tip.height, store.copy());
  }
  return { chain, offers, store, copies };
}

/** Asks and takes until the join is complete, through a peer that answers small. */
async function fetchAll(join: Join, peer: TestChain, parts: StoreSnapshot): Promise<void> {
  for (let wanted = join.wantedHeaders; wanted; wanted = join.wantedHeaders) {
    await join.takeHeaders(peer.ledger.headersDown(wanted.id, Math.min(wanted.count, 33)));
  }
  await join.checkHeaders(1_000_000);
  for (let [part] = join.wantedParts(); part; [part] = join.wantedParts()) {
    await join.takePart(part, (await openPart(parts, part, SMALL))!);
  }
}

/** A store whose process is killed at each write: before it, and, the next time, right behind it. */
class Killed extends MemoryStore {
  kills = 0;
  #turn = 0;

  override async write(batch: Change[], _moved?: Moved): Promise<void> {
    this.#turn = (this.#turn + 1) % 4;
    if (this.#turn === 1) this.#kill();
    await super.write(batch);
    if (this.#turn === 3) this.#kill();
  }

  #kill(): never {
    this.kills += 1;
    throw new Error('killed');
  }
}

const built = old();

test('a node joins a chain older than a cycle, killed at any write, and goes on like the others', async () => {
  const { chain, offers, store, copies } = await built;
  const target = offers.targets(chain.ledger)[0]!;
  assert.equal(target.height % params.derived.snapshotBlocks, 0);
  assert.ok(target.height <= chain.ledger.tip.height - params.k);
  const late = new Killed();
  // What was there before goes.
  await late.write([[Uint8Array.of(115, 1), Uint8Array.of(1)]]).catch(() => undefined);
  await late.write([[Uint8Array.of(115, 1), Uint8Array.of(1)]]);
  const served = copies.get(target.height)!.snapshot();
  for (let done = false; !done; ) {
    try {
      const join =
        (await Join.resume(params, late, cheapScrypt)) ?? (await Join.begin(params, late, cheapScrypt, target));
      await assert.rejects(
        Ledger.open(params, late),
        (error) => error instanceof Failure && error.code === 'temporary',
      );
      await fetchAll(join, chain, served);
      assert.equal(join.progress.state, 1);
      await join.finish();
      done = true;
    } catch (error) {
      if (!/killed/.test((error as Error).message)) throw error;
      // A kill behind the last write: the ledger is there.
      done = late.map.has('6d746970');
    }
  }
  assert.ok(late.kills > 20, `${late.kills}`);
  assert.equal(await Join.resume(params, late, cheapScrypt), undefined);
  const calm = late.copy();
  const joined = await TestChain.open(params, calm);
  assert.deepEqual(joined.ledger.tip.id, target.id);
  for (let height = target.height + 1; height <= chain.ledger.tip.height; height++) {
    assert.equal((await joined.add(blockAt(chain, height))).status, 'extended');
  }
  assert.deepEqual(joined.ledger.tip, chain.ledger.tip);
  // State and tree are the same, record by record.
  assert.deepEqual(calm.dump('st'), store.dump('st'));
  const paid = chain.make(
    { kind: 'transfer', from: alice.address, outputs: [{ to: sha256(u32be(0), u32be(0)), amount: 5n }], memo },
    alice.signer,
  ).bytes;
  const next = await chain.build([paid]);
  assert.equal((await joined.add(next)).status, 'extended');
});

test('what a node offers ends with its process; started anew it offers its first block once that lies k deep', async () => {
  const { store } = await built;
  const copy = store.copy();
  const offers = new Offers(params, copy);
  const chain = await TestChain.open(params, copy, offers.store);
  const { height } = chain.ledger.tip;
  const offered = () => offers.targets(chain.ledger).map((target) => target.height);
  for (let i = 0; i < params.k; i++) {
    await chain.produce();
    assert.deepEqual(offered(), []);
  }
  await chain.produce();
  assert.deepEqual(offered(), [height + 1]);
  const [target] = offers.targets(chain.ledger) as [JoinTarget];
  const { stateRoot } = chain.ledger.header(target.id)!;
  assert.ok(await offers.part(target.id, rootPart(stateRoot)));
  // From there on as all nodes do.
  while (offered().length < 2) await chain.produce();
  assert.equal(offered()[0]! % params.derived.snapshotBlocks, 0);
});

test('a state that can no longer be read is offered no longer, and another is kept instead', async () => {
  const { store } = await built;
  const copy = store.copy();
  let torn = false;
  const snapshotOf = copy.snapshot.bind(copy);
  copy.snapshot = () => {
    const snapshot = snapshotOf();
    const get = (key: Uint8Array) => {
      if (torn) throw new Failure('temporary', 'opened anew');
      return snapshot.get(key);
    };
    return { ...snapshot, get };
  };
  const offers = new Offers(params, copy);
  const chain = await TestChain.open(params, copy, offers.store);
  for (let i = 0; i <= params.k; i++) await chain.produce();
  const [target] = offers.targets(chain.ledger) as [JoinTarget];
  const part = rootPart(chain.ledger.header(target.id)!.stateRoot);
  torn = true;
  await assert.rejects(offers.part(target.id, part), (error) => error instanceof Failure);
  assert.equal(await offers.part(target.id, part), undefined);
  assert.deepEqual(offers.targets(chain.ledger), []);
  torn = false;
  for (let i = 0; i <= params.k; i++) await chain.produce();
  assert.ok(offers.targets(chain.ledger).length > 0);
});

test('headers that do not lead to the target, or to its start, are refused, and change nothing', async () => {
  const { chain, offers } = await built;
  const target = offers.targets(chain.ledger)[0]!;
  const join = await Join.begin(params, new MemoryStore(), cheapScrypt, target);
  const headers = chain.ledger.headersDown(target.id, 10);
  const before = join.wantedHeaders;
  const bent = { ...headers[4]!, stateRoot: hashOf('x') };
  await assert.rejects(join.takeHeaders(headers.with(4, bent)), refusal('checkpoint'));
  await assert.rejects(join.takeHeaders(headers.slice(1)), refusal('checkpoint'));
  assert.deepEqual([join.wantedHeaders, join.wantedParts()], [before, []]);
  await join.takeHeaders(headers);
  assert.equal(join.wantedHeaders?.count, before!.count - 10);
  const other = { ...target, start: chain.ledger.record(chain.ledger.idAt(target.height - params.cycleBlocks - 1)!)! };
  const elsewhere = await Join.begin(params, new MemoryStore(), cheapScrypt, {
    ...other,
    id: chain.ledger.idAt(target.height - 1)!,
  });
  await assert.rejects(elsewhere.takeHeaders(headers.slice(1)), refusal('checkpoint'));
});

test('a chain that breaks a rule between its start and the target is found out', async () => {
  const { chain, offers } = await built;
  const honest = offers.targets(chain.ledger)[0]!;
  const headers = chain.ledger.headersDown(honest.id, params.cycleBlocks).reverse();
  const forged = headers.slice(0, 40);
  forged.push({ ...headers[40]!, slot: headers[39]!.slot });
  // Every link holds.
  for (const next of headers.slice(41)) forged.push({ ...next, parent: headerId(forged.at(-1)!) });
  const target = { ...honest, id: headerId(forged.at(-1)!) };
  const join = await Join.begin(params, new MemoryStore(), cheapScrypt, target);
  await join.takeHeaders(forged.toReversed());
  await assert.rejects(join.checkHeaders(1_000_000), refusal('slot'));
  assert.equal(join.complete, false);
});

test('the work of headers is checked beside each other, and each once', async () => {
  const { chain, offers } = await built;
  const target = offers.targets(chain.ledger)[0]!;
  let running = 0;
  let most = 0;
  let all = 0;
  const scrypt: Scrypt = async (password, salt) => {
    most = Math.max(most, ++running);
    all += 1;
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return cheapScrypt(password, salt);
  };
  const join = await Join.begin(params, new MemoryStore(), scrypt, target);
  await join.takeHeaders(chain.ledger.headersDown(target.id, params.cycleBlocks));
  await join.checkHeaders(1_000_000);
  assert.deepEqual([all, most], [params.cycleBlocks, params.cycleBlocks]);
});

test('a header without work is found out among those with', async () => {
  const { chain, offers } = await built;
  const target = offers.targets(chain.ledger)[0]!;
  const lazy = chain.ledger.headerAt(target.height - 7)!;
  const workless: Scrypt = async (password, salt) =>
    equal(password, encodeHeader(lazy)) ? new Uint8Array(32).fill(255) : cheapScrypt(password, salt);
  const join = await Join.begin(params, new MemoryStore(), workless, target);
  await join.takeHeaders(chain.ledger.headersDown(target.id, params.cycleBlocks));
  await assert.rejects(join.checkHeaders(1_000_000), refusal('proof-of-work'));
});

test('a target must start a cycle below itself, or at genesis', async () => {
  const { chain, offers } = await built;
  const { height, id } = offers.targets(chain.ledger)[0]!;
  const begin = (at: number) =>
    Join.begin(params, new MemoryStore(), cheapScrypt, {
      height,
      id,
      start: chain.ledger.record(chain.ledger.idAt(at)!)!,
    });
  await assert.rejects(begin(height - params.cycleBlocks + 1), refusal('checkpoint'));
  await assert.rejects(begin(height), refusal('checkpoint'));
  await begin(height - params.cycleBlocks);
  await begin(0);
  const high = (at: number, start: Uint8Array) =>
    Join.begin(params, new MemoryStore(), cheapScrypt, { height: at, id, start });
  const genesis = chain.ledger.record(chain.ledger.idAt(0)!)!;
  await high(2 * params.cycleBlocks, genesis);
  await assert.rejects(high(2 * params.cycleBlocks + 1, genesis), refusal('checkpoint'));
  const { ledger } = await TestChain.open(testParams({ cycleBlocks: 100, salt: '01'.repeat(32) }));
  await assert.rejects(high(height, ledger.record(ledger.tip.id)!), refusal('checkpoint'), "another network's");
});

test('states are kept at the same heights everywhere, two of them, and given up where another block takes the place', async () => {
  const { chain, offers } = await old();
  const step = params.derived.snapshotBlocks;
  const top = Math.floor((chain.ledger.tip.height - params.k) / step) * step;
  const targets = offers.targets(chain.ledger);
  assert.equal(targets[0]?.height, top);
  assert.ok(targets.length <= 2);
  const { id } = targets[0]!;
  const part = rootPart(chain.ledger.header(id)!.stateRoot);
  assert.equal((await offers.part(id, part))?.kind, 'leaves');
  assert.equal(await offers.part(hashOf('x'), part), undefined);
  for (let i = 0; i < 2 * step; i++) await chain.produce();
  assert.equal(await offers.part(id, part), undefined);
  assert.equal(offers.targets(chain.ledger)[0]?.height, top + 2 * step);
});

function blockAt(chain: TestChain, height: number): Block {
  const id = chain.ledger.idAt(height)!;
  return { header: chain.ledger.header(id)!, body: chain.ledger.body(id)! };
}

test('what one peer lies about is refused, and had from another', async () => {
  const { chain, offers, copies } = await built;
  const target = offers.targets(chain.ledger)[0]!;
  const join = await Join.begin(params, new MemoryStore(), cheapScrypt, target);
  await join.takeHeaders(chain.ledger.headersDown(target.id, 1));
  const [whole] = join.wantedParts();
  const served = copies.get(target.height)!.snapshot();
  // The state of another height, true as it may be there.
  const [, other] = [...copies].find(([height]) => height === target.height - 1)!;
  const root = chain.ledger.headerAt(target.height - 1)!.stateRoot;
  const older = (await openPart(other.snapshot(), rootPart(root)))!;
  await assert.rejects(join.takePart(whole!, older), refusal('state-part'));
  assert.deepEqual([join.wantedParts(), join.progress.entries], [[whole], 0]);
  await join.takePart(whole!, (await openPart(served, whole!))!);
  assert.deepEqual(join.wantedParts(), []);
  assert.equal(join.progress.entries, copies.get(target.height)!.state().size);
  // A second answer to what is here already changes nothing.
  await join.takePart(whole!, older);
  assert.equal(join.progress.entries, copies.get(target.height)!.state().size);
});

test('joined anywhere in a random history, a ledger ends like one that saw it all', async () => {
  await fc.assert(
    fc.asyncProperty(plans, fc.nat(), async (plan, pick) => {
      const chain = await openHistory();
      const copies = new Map<number, MemoryStore>();
      await live(chain, plan, async (block) => {
        await chain.add(block);
        copies.set(chain.ledger.tip.height, chain.store.copy());
      });
      const height = [...copies.keys()][pick % copies.size]!;
      const { ledger } = chain;
      const store = new MemoryStore();
      const target = { height, id: ledger.idAt(height)!, start: ledger.record(ledger.idAt(0)!)! };
      const join = await Join.begin(chain.params, store, cheapScrypt, target);
      await fetchAll(join, chain, copies.get(height)!.snapshot());
      await join.finish();
      assert.deepEqual(store.dump('stmn'), copies.get(height)!.dump('stmn'));
      const joined = await TestChain.open(chain.params, store);
      for (let next = height + 1; next <= ledger.tip.height; next++) await joined.add(blockAt(chain, next));
      assert.deepEqual(joined.ledger.tip, ledger.tip);
      assert.deepEqual(store.dump('st'), chain.store.dump('st'));
    }),
    { numRuns: 3, examples: [[EVERYTHING, 30]] },
  );
});
