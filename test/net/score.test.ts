import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAddress } from '../../src/lib/net/addresses.js';
import { Backoff } from '../../src/lib/net/backoff.js';
import { silentLog } from '../../src/lib/net/log.js';
import { CUT_OFF_POINTS, RATES, Scores } from '../../src/lib/net/score.js';
import { Slots } from '../../src/lib/net/slots.js';

const clock = { ms: 1_000_000, now: () => clock.ms };

test('points add up to a ban, fade with time, and the ban ends', () => {
  const cut: string[] = [];
  const scores = new Scores(clock, silentLog, (peer) => cut.push(peer));
  scores.misbehave('a', 60, 'once');
  clock.ms += 10 * 60_000;
  scores.misbehave('a', 60, 'again, much later');
  assert.deepEqual(cut, []);
  scores.misbehave('a', 60, 'and again');
  assert.deepEqual(cut, ['a']);
  assert.ok(scores.banned('a') && !scores.banned('b'));
  scores.misbehave('a', 60, 'while banned');
  assert.deepEqual(cut, ['a']);
  clock.ms += 10 * 60_000 + 1;
  assert.ok(!scores.banned('a'));
  assert.equal(scores.score('a'), 0);
});

test('a burst is allowed, then so many a second; who goes on is cut off', () => {
  const cut: string[] = [];
  const scores = new Scores(clock, silentLog, (peer) => cut.push(peer));
  const { burst, perSecond } = RATES.header;
  const taken = () => Array.from({ length: burst }, () => scores.take('a', 'header')).filter(Boolean).length;
  assert.equal(taken(), burst);
  assert.equal(scores.take('a', 'header'), false);
  assert.ok(scores.take('a', 'tx') && scores.take('b', 'header'), 'kinds and peers have buckets of their own');
  clock.ms += 1000;
  assert.ok(scores.take('a', 'header'));
  for (let i = 0; i < perSecond + CUT_OFF_POINTS; i++) scores.take('a', 'header');
  assert.deepEqual(cut, ['a']);
});

test('strangers cannot grow what is remembered of them', () => {
  const scores = new Scores(clock, silentLog, () => {});
  scores.misbehave('first', 10, 'x');
  for (let i = 0; i < 5000; i++) scores.misbehave(`peer ${i}`, 10, 'x');
  assert.equal(scores.score('first'), 0);
  assert.equal(scores.score('peer 4999'), 10);
});

test('slots are bounded in all and for each peer, and come back after a failure', async () => {
  const slots = new Slots(3, 2);
  const ends: (() => void)[] = [];
  const hold = (peer: string) => slots.run(peer, () => new Promise<void>((resolve) => ends.push(resolve)));
  const held = [hold('a'), hold('a')];
  await assert.rejects(hold('a'), { code: 'temporary' });
  held.push(hold('b'));
  await assert.rejects(hold('c'), { code: 'temporary' });
  for (const end of ends) end();
  await Promise.all(held);
  await assert.rejects(
    slots.run('a', async () => {
      throw new Error('broke');
    }),
    /broke/,
  );
  const again = [hold('a'), hold('a'), hold('b')];
  for (const end of ends) end();
  await Promise.all(again);
});

test('who finds all slots taken waits in a queue, in order, and of a bounded length', async () => {
  const slots = new Slots(1, 9, 2);
  const order: string[] = [];
  let end = () => {};
  const first = slots.run('a', () => new Promise<void>((resolve) => (end = resolve)));
  const waiting = ['b', 'c'].map((peer) => slots.run(peer, async () => void order.push(peer)));
  await assert.rejects(
    slots.run('d', async () => {}),
    { code: 'temporary' },
  );
  end();
  await Promise.all([first, ...waiting]);
  assert.deepEqual(order, ['b', 'c']);
  assert.equal(await slots.run('e', async () => 'free'), 'free');
});

test('backoff doubles after each failure and is forgotten after success', async () => {
  const backoff = new Backoff(clock, () => 0.5);
  const fail = () =>
    backoff.attempt('x', async () => {
      throw new Error('no');
    });
  const waits: number[] = [];
  for (let i = 0; i < 9; i++) {
    await fail();
    const before = clock.ms;
    while (!backoff.ready('x')) clock.ms += 100;
    waits.push(clock.ms - before);
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  assert.equal(await backoff.attempt('x', async () => 'yes'), 'yes');
  await fail();
  clock.ms += 500;
  assert.ok(backoff.ready('x'));
});

test('only host, port and peer id make an address', () => {
  const id = '12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8';
  for (const good of ['/ip4/127.0.0.1/tcp/1', '/ip6/::1/tcp/4001', `/dns4/a.example/tcp/4001/p2p/${id}`]) {
    assert.ok(readAddress(good), good);
  }
  const bad = ['', '/ip4/1.2.3.4', '/ip4/1.2.3/tcp/1', '/ip4/1.2.3.4/tcp/99999', '/ip4/1.2.3.4/udp/1', '/unix/tmp/x'];
  for (const text of [...bad, `/ip4/1.2.3.4/tcp/1/p2p/${id}/p2p-circuit`, '/dnsaddr/a.example/tcp/1']) {
    assert.equal(readAddress(text), undefined, text);
  }
});
