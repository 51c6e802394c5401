import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assignLots } from '../../src/lib/market/lots.js';
import { barredBy, type Holder, networkOf } from '../../src/lib/market/placement.js';

const holder = (name: string, address: string | null = null): Holder => ({
  account: `account ${name}`,
  peer: `peer ${name}`,
  address,
});
const SPREAD = { spreadAddresses: true };
const LOOPBACK = { spreadAddresses: false };

test('networks are told by /24 and /48', () => {
  const cases: [string, string][] = [
    ['192.0.2.1', '4/192.0.2'],
    ['::ffff:192.0.2.77', '4/192.0.2'],
    ['2001:db8:1:2::3', '6/2001:db8:1'],
    ['2001:0DB8:0001::', '6/2001:db8:1'],
    ['2001:db8::1', '6/2001:db8:0'],
    ['::1', '6/0:0:0'],
    ['64:ff9b::192.0.2.1', '6/64:ff9b:0'],
    ['fe80::1%eth0', '6/fe80:0:0'],
    ['somewhere', 'somewhere'],
  ];
  for (const [address, network] of cases) assert.equal(networkOf(address), network);
});

test('of one file, one share an account, a peer and a network', () => {
  const holders = [holder('a', '192.0.2.1'), holder('b')];
  assert.equal(barredBy({ ...holder('c'), account: 'account a' }, holders, LOOPBACK), 'account');
  assert.equal(barredBy({ ...holder('c'), peer: 'peer b' }, holders, LOOPBACK), 'peer');
  assert.equal(barredBy(holder('c', '192.0.2.9'), holders, SPREAD), 'address');
  assert.equal(barredBy(holder('c', '192.0.2.9'), holders, LOOPBACK), null);
  assert.equal(barredBy(holder('c', '192.0.3.9'), holders, SPREAD), null);
  assert.equal(barredBy(holder('c'), holders, SPREAD), null);
});

test('the i-th lowest winner gets the i-th blob', () => {
  const lots = ['x', 'y', 'z'].map((uuid) => ({ uuid, file: 'f' }));
  const winners = [holder('a'), holder('b')];
  assert.deepEqual(
    assignLots(lots, winners, () => [], LOOPBACK),
    {
      placements: [
        { uuid: 'x', rank: 0 },
        { uuid: 'y', rank: 1 },
      ],
      unfilled: ['z'],
    },
  );
});

test('winners that are barred, or gone, are passed over; another file may still use them', () => {
  const lots = [
    { uuid: 'x', file: 'f' },
    { uuid: 'y', file: 'f' },
    { uuid: 'z', file: 'g' },
    { uuid: 'own', file: null },
  ];
  const winners = [holder('a'), null, { ...holder('c'), peer: 'peer d' }, holder('d'), holder('e')];
  const holders = (file: string) => (file === 'f' ? [holder('a')] : []);
  // c and d share a peer id: only one of them may hold a share of f.
  assert.deepEqual(assignLots(lots, winners, holders, LOOPBACK), {
    placements: [
      { uuid: 'x', rank: 2 },
      { uuid: 'y', rank: 4 },
      { uuid: 'z', rank: 0 },
      { uuid: 'own', rank: 3 },
    ],
    unfilled: [],
  });
});

test('whatever the winners, no file has two shares with one holder, and no winner two lots', () => {
  const someone = fc.record({
    account: fc.constantFrom('1', '2', '3', '4'),
    peer: fc.constantFrom('p', 'q', 'r'),
    address: fc.constantFrom(null, '192.0.2.1', '192.0.2.2', '198.51.100.1'),
  });
  const lots = fc
    .array(fc.constantFrom('f', 'g'), { maxLength: 6 })
    .map((files) => files.map((file, i) => ({ uuid: `${i}`, file })));
  fc.assert(
    fc.property(lots, fc.array(fc.option(someone), { maxLength: 6 }), (wanted, winners) => {
      const { placements, unfilled } = assignLots(wanted, winners, () => [], SPREAD);
      assert.equal(placements.length + unfilled.length, wanted.length);
      assert.equal(new Set(placements.map(({ rank }) => rank)).size, placements.length);
      for (const file of ['f', 'g']) {
        const chosen = placements
          .filter(({ uuid }) => wanted[Number(uuid)]!.file === file)
          .map(({ rank }) => winners[rank]!);
        for (const [i, one] of chosen.entries()) assert.equal(barredBy(one, chosen.slice(0, i), SPREAD), null);
      }
    }),
  );
});
