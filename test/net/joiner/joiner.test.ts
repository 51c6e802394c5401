import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { workOf } from '../../../src/lib/chain/asert.js';
import { decodeHeader, encodeHeader, headerId } from '../../../src/lib/chain/encoding.js';
import type { JoinTarget } from '../../../src/lib/chain/join/join.js';
import { type Part, type PartAnswer, rootPart } from '../../../src/lib/chain/join/part.js';
import { type NamedTarget, targetName } from '../../../src/lib/chain/join/records.js';
import { headerKey } from '../../../src/lib/chain/layout.js';
import { readEntry, writeHeader } from '../../../src/lib/chain/records.js';
import { Staging } from '../../../src/lib/chain/staging.js';
import type { Hash } from '../../../src/lib/chain/types.js';
import { Joiner, type JoinerOptions } from '../../../src/lib/net/joiner/joiner.js';
import { silentLog } from '../../../src/lib/net/log.js';
import { equal } from '../../../src/lib/util/bytes.js';
import { hashOf, MemoryStore } from '../../chain/helpers.js';
import {
  FAST,
  JOIN_PARAMS,
  joinLedger,
  name,
  openJoined,
  type PeerAnswers,
  Peers,
  populated,
  Server,
} from './world.js';

let server: Server;
/** Answers of the server's, in small parts. */
let part: (id: Hash, part: Part) => Promise<PartAnswer | undefined>;
let target: JoinTarget;

before(async () => {
  server = await populated(246);
  const small = await server.smallParts();
  await server.grow(6);
  [target] = server.handlers().checkpoints() as [JoinTarget];
  assert.equal(target.height, 246);
  part = async (id, wanted) => (equal(id, target.id) ? small.part(wanted) : undefined);
});

const forNothing = (named: NamedTarget[]) => named.map(() => false);
const NEVER = new Promise<never>(() => {});
const now = () => server.ledger.tip.slot;

/** Honest peers by number, and others as they are bent. */
function world(honest: number, bent: Record<string, Partial<PeerAnswers>> = {}): Peers {
  const peers = new Peers();
  for (let i = 0; i < honest; i++) peers.add(`honest ${i}`, server, { part });
  for (const [peer, answers] of Object.entries(bent)) peers.add(peer, server, { part, ...answers });
  return peers;
}

function joiner(network: Peers, store: MemoryStore, options: Partial<JoinerOptions> = {}) {
  const ledger = joinLedger(store, now);
  return new Joiner({ network, ledger, log: silentLog, chosen: undefined, patience: FAST, ...options });
}

async function joined(network: Peers, options: Partial<JoinerOptions> = {}, store = new MemoryStore()) {
  const taken = await joiner(network, store, options).run(AbortSignal.timeout(8_000));
  const ledger = await openJoined(store);
  assert.ok(equal(ledger.tip.id, taken.id));
  return { ledger, store, taken };
}

test('a node joins at what two peers agree on, from all of them, and goes on from there', async () => {
  const network = world(3);
  const { ledger, store, taken } = await joined(network);
  assert.equal(name(taken), name(target));
  assert.deepEqual(ledger.tip.header, server.ledger.headerAt(target.height));
  assert.equal(
    ledger.tip.work,
    server.ledger.tip.work - 6n * (server.ledger.tip.work / BigInt(server.ledger.tip.height)),
  );
  assert.ok(network.parts > 20, `${network.parts} parts`);
  assert.equal([...network.asked.values()].filter((count) => count > 0).length, 3, 'all were asked');
  assert.equal(network.charged.size, 0);
  for (let height = target.height + 1; height <= server.ledger.tip.height; height++) {
    const id = server.ledger.idAt(height)!;
    const { status } = await ledger.addBlock(
      { header: server.ledger.header(id)!, body: server.ledger.body(id)! },
      now(),
    );
    assert.equal(status, 'extended');
  }
  assert.deepEqual(store.dump('st'), server.store.dump('st'), 'the same state, and the same tree');
});

test('progress tells how far it is', async () => {
  const network = world(2);
  const store = new MemoryStore();
  const seen: number[] = [];
  let offered: string[] = [];
  const running = joiner(network, store, {
    onTaken: async ({ peers }) => {
      offered = peers;
    },
  });
  assert.equal(running.progress, undefined);
  const part = network.requestParts.bind(network);
  network.requestParts = async (...args) => {
    seen.push(running.progress!.state);
    return part(...args);
  };
  await running.run(AbortSignal.timeout(8_000));
  assert.deepEqual(offered, ['honest 0', 'honest 1']);
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  );
  const { headers, of, checked, state, height } = running.progress!;
  assert.deepEqual([headers, of, checked, state, height], [100, 100, 100, 1, 246]);
});

test('one peer alone is not believed, unless the operator chose its checkpoint', async () => {
  const alone = world(1);
  await assert.rejects(joiner(alone, new MemoryStore()).run(AbortSignal.timeout(150)));
  assert.equal(alone.parts, 0);
  const chosen = { height: target.height, id: target.id };
  assert.equal(name((await joined(world(1), { chosen })).taken), name(target));
  const other = { height: target.height, id: hashOf('another') };
  await assert.rejects(joiner(world(3), new MemoryStore(), { chosen: other }).run(AbortSignal.timeout(150)));
});

test('of an operator’s checkpoint with two stories of the work below it, that of most peers is taken', async () => {
  const entry = readEntry({ get: () => target.start }, new Uint8Array(32))!;
  const staging = new Staging(new MemoryStore());
  writeHeader(staging, { ...entry, work: 1n << 200n });
  const start = staging.get(headerKey(entry.id))!;
  const silent = { checkpoints: () => [] };
  const network = world(1, {
    liar: { checkpoints: () => [{ ...target, start }] },
    'vouching 1': silent,
    'vouching 2': silent,
  });
  network.peers = () => ['liar', 'honest 0', 'vouching 1', 'vouching 2'].filter((peer) => !network.banned.has(peer));
  const { ledger } = await joined(network, { chosen: { height: target.height, id: target.id } });
  assert.equal(ledger.tip.work, BigInt(target.height) * workOf(BigInt(`0x${JOIN_PARAMS.firstTarget}`)));
});

const bentHeader = (bytes: Uint8Array) => encodeHeader({ ...decodeHeader(bytes), stateRoot: hashOf('a lie') });
const honestAncestors = (id: Hash, max: number) => server.handlers().ancestors(id, max)!;

/** What a peer may say that is not so; each must cost it its place, and be made good by others. */
const LIES: Record<string, () => Partial<PeerAnswers>> = {
  'another header': () => ({ ancestors: (id, max) => honestAncestors(id, max).map(bentHeader) }),
  'headers out of order': () => ({ ancestors: (id, max) => honestAncestors(id, max).toReversed() }),
  'noise for headers': () => ({ ancestors: () => [new Uint8Array(40)] }),
  'an entry left out': () => ({
    part: async (id, wanted) => {
      const answer = await part(id, wanted);
      return answer?.kind === 'leaves' ? { ...answer, entries: answer.entries.slice(1) } : answer;
    },
  }),
  'another value': () => ({
    part: async (id, wanted) => {
      const answer = await part(id, wanted);
      if (answer?.kind !== 'leaves') return answer;
      return { ...answer, entries: answer.entries.map(({ key }) => ({ key, value: hashOf('more for me') })) };
    },
  }),
  'other halves': () => ({
    part: async (id, wanted) => {
      const answer = await part(id, wanted);
      return answer?.kind === 'inner' ? { ...answer, left: hashOf('mine') } : answer;
    },
  }),
  'another part': () => ({
    part: (id) => part(id, rootPart(server.ledger.headerAt(target.height)!.stateRoot)),
  }),
};

for (const [what, bend] of Object.entries(LIES)) {
  test(`a liar is cut off, and others are asked: ${what}`, async () => {
    const network = world(2, { liar: bend() });
    // Asked first wherever there is a choice.
    network.answers.set('liar', network.answers.get('liar')!);
    network.peers = () => ['liar', 'honest 0', 'honest 1'].filter((peer) => !network.banned.has(peer));
    const { ledger } = await joined(network);
    assert.deepEqual([...network.banned.keys()], ['liar']);
    assert.deepEqual(ledger.tip.header, server.ledger.headerAt(target.height));
  });
}

/** A chain of the liars' own, higher than the honest one. */
async function rivals(): Promise<Server> {
  const rival = await Server.open();
  await rival.grow(270, [], 3);
  return rival;
}

test('a checkpoint that fewer agree on is not taken, however high', async () => {
  const rival = await rivals();
  const lone = rival.handlers().checkpoints() as JoinTarget[];
  assert.ok(lone[0]!.height > target.height);
  const { taken } = await joined(world(2, { liar: { checkpoints: () => lone } }));
  assert.equal(name(taken), name(target));
  const two = { checkpoints: () => lone };
  assert.equal(name((await joined(world(3, { 'liar 1': two, 'liar 2': two }))).taken), name(target));
});

test('liars that agree are found out by the headers, and all are cut off, who vouched among them', async () => {
  const [bytes] = honestAncestors(target.id, 1);
  const bad = { ...decodeHeader(bytes!), ancestors: hashOf('others'), stateRoot: hashOf('more for us') };
  const forged = { ...target, id: headerId(bad) };
  const lying: Partial<PeerAnswers> = {
    checkpoints: () => [forged],
    vouch: forNothing,
    ancestors: (id, max) =>
      equal(id, forged.id)
        ? [encodeHeader(bad), ...honestAncestors(bad.parent, Math.max(1, max - 1)).slice(0, max - 1)]
        : honestAncestors(id, max),
    part: async () => undefined,
  };
  const vouching = { ...lying, checkpoints: () => [], vouch: (named: NamedTarget[]) => named.map(() => true) };
  const network = world(2, { 'liar 1': lying, 'liar 2': lying, 'liar 3': lying, 'liar 4': vouching });
  const { taken } = await joined(network);
  assert.equal(name(taken), name(target));
  assert.deepEqual([...network.banned.keys()].sort(), ['liar 1', 'liar 2', 'liar 3', 'liar 4']);
});

test('a start that is none is refused before anything is fetched', async () => {
  const lie = { checkpoints: () => [{ ...target, start: new Uint8Array(9) }], vouch: forNothing };
  const network = world(2, { 'liar 1': lie, 'liar 2': lie, 'liar 3': lie });
  assert.equal(name((await joined(network)).taken), name(target));
  assert.deepEqual([...network.banned.keys()].sort(), ['liar 1', 'liar 2', 'liar 3']);
});

test('what only one peer serves is taken where another vouches for it, and only what is its own chain', async () => {
  const { height } = server.ledger.tip;
  const young = await Server.open(JOIN_PARAMS, server.store.copy());
  assert.deepEqual(young.handlers().checkpoints(), [], 'what was kept ended with the process');
  await young.grow(1 + JOIN_PARAMS.k);
  const [first] = young.handlers().checkpoints() as [JoinTarget];
  assert.equal(first.height, height + 1, 'k blocks later it serves others');
  const other = await Server.open(JOIN_PARAMS, young.store.copy());
  assert.deepEqual(other.handlers().checkpoints(), []);
  const network = new Peers().add('serving', young).add('vouching', other);
  let agreeing: string[] = [];
  const onTaken = async ({ peers }: { peers: string[] }) => {
    agreeing = peers;
  };
  const { taken } = await joined(network, { onTaken });
  assert.equal(name(taken), name(first));
  assert.deepEqual(agreeing, ['serving', 'vouching']);
  assert.deepEqual(network.asked.get('vouching'), undefined, 'it has no state to give');

  const named = (of: JoinTarget): NamedTarget => ({ height: of.height, name: targetName(of) });
  const known = (of: JoinTarget) => other.handlers().vouch([named(of)])[0];
  assert.equal(known(first), true);
  assert.equal(known({ ...first, id: hashOf('another') }), false);
  assert.equal(known({ ...first, start: new Uint8Array(9) }), false);
  assert.equal(known({ ...first, height: 0 }), false);
  const { tip } = young.ledger;
  const start = young.ledger.record(young.ledger.idAt(tip.height - JOIN_PARAMS.cycleBlocks)!)!;
  assert.equal(known({ height: tip.height, id: tip.id, start }), false, 'a reorganisation may still undo it');
});

test('a peer that falls silent is given up, and the others finish', async () => {
  const silent = { part: () => NEVER, ancestors: () => NEVER };
  const network = world(2, { silent });
  network.peers = () => ['silent', 'honest 0', 'honest 1'].filter((peer) => !network.banned.has(peer));
  await joined(network, { patience: { ...FAST, answerMs: 80 } });
  assert.ok(network.charged.get('silent')! >= 25);
  assert.ok((network.asked.get('silent') ?? 0) <= 2, 'left alone from then on');
});

test('a state that is no longer served: a newer one is taken', async () => {
  const own = await Server.open();
  await own.follow(server);
  const network = new Peers();
  let left = 8;
  let gone = false;
  const serving: Partial<PeerAnswers> = {
    checkpoints: () => (gone ? own.handlers().checkpoints() : [target]),
    part: async (id, wanted) => {
      if (equal(id, target.id)) return gone || left-- < 0 ? undefined : part(id, wanted);
      return own.handlers().part(id, wanted);
    },
  };
  for (const peer of ['a', 'b']) network.add(peer, own, serving);
  const store = new MemoryStore();
  const running = joiner(network, store).run(AbortSignal.timeout(8_000));
  while (left > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await own.grow(8);
  gone = true;
  const taken = await running;
  assert.equal(taken.height, 252);
  assert.deepEqual((await openJoined(store)).tip.header, own.ledger.headerAt(252));
  assert.equal(network.charged.size, 0, 'nobody lied');
});

test('a join that is cut off anywhere goes on where it was', async () => {
  const whole = world(2);
  await joined(whole);
  const store = new MemoryStore();
  let parts = 0;
  for (let cuts = 0; ; cuts++) {
    const network = world(2);
    const killed = new AbortController();
    const ask = network.requestParts.bind(network);
    network.requestParts = async (...args) => {
      const answer = await ask(...args);
      if (network.parts > 6) killed.abort();
      return answer;
    };
    try {
      await joiner(network, store).run(AbortSignal.any([killed.signal, AbortSignal.timeout(8_000)]));
      assert.ok(cuts > 2, `cut off ${cuts} times`);
      break;
    } catch (error) {
      assert.ok(killed.signal.aborted, (error as Error).stack);
      parts += network.parts;
    }
  }
  assert.ok(parts < 3 * whole.parts, 'little is fetched twice');
  assert.deepEqual((await openJoined(store)).tip.header, server.ledger.headerAt(target.height));
});
