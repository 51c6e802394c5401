import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatAddress } from '../../src/lib/crypto/address.js';
import { proofRecord, subjectKey } from '../../src/lib/rpc/proof.js';
import type { BlockRecord, SupplyRecord, TxRecord } from '../../src/lib/rpc/records.js';
import { Failure } from '../../src/lib/util/errors.js';
import { alice, bob, TestChain } from '../chain/helpers.js';
import { desk, fails, records, succeeds } from './harness.js';
import { ADDRESS, each, id } from './samples.js';

const BLOCK: BlockRecord = {
  ...{ type: 'block', height: 7, slot: 9, id: id('1'), parent: id('0'), state_root: id('3'), producer: ADDRESS },
  ...{ txs: 2, bytes: 400, time: '2026-10-01T00:00:00.000Z', version: 1, body_root: id('5'), main: true, depth: 2 },
  ...{ proof: { kind: 'pow', target: id('f'), nonce: '5' }, settled: false },
  transactions: [
    { txid: id('a'), kind: 'transfer' },
    { txid: id('b'), kind: 'sweep' },
  ],
};

const TX: TxRecord = {
  ...{ type: 'tx', txid: id('a'), kind: 'advert', fee_grains: '1500', status: 'settled', bytes: 195, from: ADDRESS },
  ...{ seq: '12', ref_height: 3, ref: id('3'), height: 7, block: id('1'), position: 0, depth: 30, slot: 9 },
  time: '2026-10-01T00:00:00.000Z',
  details: {
    ...{ kind: 'advert', lots: 2, size: 99, term_days: 30, reserve_grains: '6666667', credit_days: 4, closes_slot: 50 },
    ...{ contact: id('c'), excluded: [ADDRESS, ADDRESS] },
  },
};

const POST: TxRecord = {
  ...{ type: 'tx', txid: id('b'), kind: 'post', fee_grains: '1500', status: 'pending' },
  details: {
    kind: 'post',
    bounties: [
      {
        ...{ bounty: id('d'), amount_grains: '50000000', payee: null, key: id('e'), duration_slots: 9 },
        items: [{ name: id('1'), nonce: id('2') }],
      },
    ],
  },
};

test('a block by its height or its id, with its transactions', async (t) => {
  const asked: unknown[] = [];
  const { run } = await desk(t, {
    'chain.block': async ({ block }) => {
      asked.push(block);
      if (block === 8) throw new Failure('not-found', 'no block at height 8');
      return BLOCK;
    },
  });
  const { stdout } = await run(['chain', 'block', '7']);
  const lines = stdout.split('\n');
  assert.deepEqual(lines.slice(0, 2), ['height\t7', 'slot\t9']);
  assert.ok(lines.includes(`proof\tkind=pow target=${id('f')} nonce=5`));
  assert.deepEqual(lines.slice(-3), [`transaction\t${id('a')} transfer`, `transaction\t${id('b')} sweep`, '']);
  const json = await run(['chain', 'block', '--json', id('A'), '-'], '7\n');
  succeeds(json);
  assert.deepEqual(records(json.stdout), [BLOCK, BLOCK]);
  assert.equal((await run(['chain', 'block', '-q', '7'])).stdout, `${id('1')}\n`);
  assert.deepEqual(asked, [7, id('a'), 7, 7]);
  fails(await run(['chain', 'block', '8']), 4, /no block at height 8/);
  fails(await run(['chain', 'block', '-1']), 2, /./);
  fails(await run(['chain', 'block', 'tip']), 2, /not a height or id: tip/);
  fails(await run(['chain', 'block']), 2, /missing operand: BLOCK/);
  const some = await run(['chain', 'block', '-q', '7', '8']);
  assert.equal(some.status, 3);
  assert.match(some.stderr, /^holdfast: error: no block at height 8\n$/);
});

test('a transaction: where it is, and what it does, in tokens', async (t) => {
  const known = new Map([TX, POST].map((tx) => [tx.txid, tx]));
  const { run } = await desk(t, {
    'chain.tx': async ({ txid }) => {
      const found = known.get(txid);
      if (!found) throw new Failure('not-found', `no transaction ${txid}`);
      return found;
    },
  });
  const lines = (await run(['chain', 'tx', TX.txid])).stdout.split('\n');
  for (const line of ['status\tsettled', 'fee\t0.000015', 'reserve\t2', 'depth\t30', `excluded\t${ADDRESS}`])
    assert.ok(lines.includes(line), line);
  assert.equal(lines.filter((line) => line.startsWith('kind\t')).length, 1);
  const post = (await run(['chain', 'tx', POST.txid])).stdout;
  assert.match(post, /^bounties\tbounty=d+ amount=0\.5 payee= key=e+ duration_slots=9 items=1$/m);
  const json = await run(['chain', 'tx', '--json', '-'], `${TX.txid}\n${POST.txid}\n`);
  succeeds(json);
  const [first, second] = records(json.stdout);
  assert.equal((first!.details as Record<string, unknown>).reserve, '2');
  assert.equal((second!.details as { bounties: Record<string, unknown>[] }).bounties[0]!.amount, '0.5');
  fails(await run(['chain', 'tx', id('9')]), 4, /no transaction 9+/);
  fails(await run(['chain', 'tx', 'x']), 2, /not a txid: x/);
});

/** What one chain proves of two accounts, one of them absent. */
async function proofs() {
  const chain = await TestChain.open();
  await chain.produce([], { producer: alice.address });
  const { ledger } = chain;
  const of = (subject: string) =>
    proofRecord({
      kind: 'account',
      subject,
      header: ledger.tip.header,
      ...ledger.prove(subjectKey('account', subject)),
    });
  const [rich, poor] = [alice, bob].map(({ address }) => formatAddress(address)) as [string, string];
  return { rich, poor, of };
}

test('a proof is fetched, checked, and told; or kept, and checked without a node', async (t) => {
  const { rich, poor, of } = await proofs();
  const { run, home } = await desk(t, { 'chain.proof': ({ subject }) => each(of(subject)) });
  const told = (await run(['chain', 'proof', rich])).stdout;
  assert.match(
    told,
    new RegExp(`^kind\taccount\nsubject\t${rich}\nheld\ttrue\nbalance\t10\nseq\t1048576\nrent_paid_slot\t2\nblock\t`),
  );
  assert.match((await run(['chain', 'proof', poor])).stdout, /^held\tfalse\nblock\t/m);
  const made = await run(['chain', 'proof', '--json', '-'], `${rich}\n${poor}\n`);
  succeeds(made);
  assert.deepEqual(records(made.stdout), [of(rich), of(poor)]);

  const offline = await desk(t);
  const checked = await offline.run(['chain', 'proof', '--json', '--verify', '-'], made.stdout);
  succeeds(checked);
  const [one, none] = records(checked.stdout);
  assert.deepEqual(one!.holds, {
    kind: 'account',
    balance_grains: '1000000000',
    seq: '1048576',
    rent_paid_slot: 2,
    balance: '10',
  });
  assert.deepEqual([none!.subject, none!.holds, none!.height], [poor, null, 1]);
  const file = join(home, 'proof');
  writeFileSync(file, made.stdout);
  assert.equal((await offline.run(['chain', 'proof', '--verify', file])).stdout.split('\n')[1], `subject\t${rich}`);

  const [line] = made.stdout.split('\n') as [string];
  const lie = line.replace(/"value":"\w\w/, '"value":"82');
  const verify = (text: string) => offline.run(['chain', 'proof', '--verify', '-'], text);
  fails(await verify(lie), 1, /the proof does not hold: it does not lead to the root/);
  fails(await verify('nonsense\n'), 1, /the proof does not hold: it is not JSON/);
  fails(await verify('\n'), 2, /stdin is empty/);
  fails(await verify(' '.repeat(1 << 21)), 2, /line 1 of stdin is too long/);
  fails(await offline.run(['chain', 'proof', '--verify', join(home, 'none')]), 4, /no such file/);
  fails(await offline.run(['chain', 'proof', '--verify', file, rich]), 2, /exclude each other/);
  const both = await verify(`${lie}\n${line}\n`);
  assert.deepEqual([both.status, both.stderr.split(':')[2]], [3, ' line 1']);
});

test('of an address the bond is asked for by --bond', async (t) => {
  const asked: object[] = [];
  const { rich, of } = await proofs();
  const { run } = await desk(t, {
    'chain.proof': (params) => {
      asked.push(params);
      return each(of(rich));
    },
  });
  succeeds(await run(['chain', 'proof', '--bond', rich]));
  succeeds(await run(['chain', 'proof', rich]));
  assert.deepEqual(asked, [
    { subject: rich, bond: true },
    { subject: rich, bond: false },
  ]);
  fails(await run(['chain', 'proof', '--bond', '--verify', '-']), 2, /bond/);
});

test('a proof that a node makes up is not told', async (t) => {
  const { rich, of } = await proofs();
  const { run } = await desk(t, { 'chain.proof': () => each({ ...of(rich), height: 9 }) });
  fails(await run(['chain', 'proof', rich]), 1, /its fields contradict each other/);
  fails(await run(['chain', 'proof', 'nobody']), 2, /not an? address or id: nobody/);
  fails(await run(['chain', 'proof']), 2, /missing operand: SUBJECT/);
});

test('signed transactions, one a line; one that is refused does not stop the next', async (t) => {
  const { run, home } = await desk(t, {
    'chain.submit': async ({ tx }) => {
      if (tx === 'bad0') throw new Failure('funds', 'the ledger refuses it: not enough to spend');
      return { ...POST, txid: tx.padEnd(64, '0') };
    },
  });
  const file = join(home, 'tx.signed');
  writeFileSync(file, 'aa\r\n\nbb');
  const ran = await run(['chain', 'submit', file]);
  succeeds(ran);
  assert.equal(ran.stdout, `${'aa'.padEnd(64, '0')}\n${'bb'.padEnd(64, '0')}\n`);
  const some = await run(['chain', 'submit', '--json', '-'], 'bad0\ncc\nxyz\n');
  assert.deepEqual([some.status, records(some.stdout).length], [3, 1]);
  assert.match(some.stderr, /"message":"line 1: the ledger refuses it: not enough to spend"/);
  assert.match(some.stderr, /"message":"line 3: not a transaction in hexadecimal"/);
  fails(await run(['chain', 'submit', '-'], 'bad0\n'), 13, /not enough to spend/);
  fails(await run(['chain', 'submit', '-'], 'xyz\n'), 2, /not a transaction in hexadecimal/);
  fails(await run(['chain', 'submit', '-']), 2, /stdin is empty/);
  fails(await run(['chain', 'submit', '-'], 'a'.repeat(3 << 20)), 2, /line 1 of stdin is too long/);
  fails(await run(['chain', 'submit', '-'], 'a'.repeat(1_000_000)), 2, /./);
  fails(await run(['chain', 'submit', join(home, 'none')]), 4, /no such file/);
});

const SUPPLY: SupplyRecord = {
  ...{ type: 'supply', height: 7, mined_grains: '900000000', minted_grains: '0', burnt_grains: '0' },
  ...{ supply_grains: '900000000', fee_pool_grains: '50000000', circulating_grains: '850000000' },
  bonded_grains: '30000000',
};
const RECOUNT = {
  ...{ entries: 4, accounts: 2, balances_grains: '810000000', bounties_grains: '0', deposits_grains: '0' },
  bonds_grains: '40000000',
  ...{ fee_pool_grains: '50000000', held_grains: '900000000', adds_up: true, committed: true },
};

test('the supply, recounted on request; what is not accounted for is an error', async (t) => {
  let recount = RECOUNT;
  const { run } = await desk(t, {
    'chain.supply': async (params) => (params.recount ? { ...SUPPLY, recount } : SUPPLY),
  });
  const plain = await run(['chain', 'supply']);
  succeeds(plain);
  const lines = [
    'height\t7',
    'mined\t9',
    'minted\t0',
    'burnt\t0',
    'supply\t9',
    'fee_pool\t0.5',
    'circulating\t8.5',
    'bonded\t0.3',
    '',
  ];
  assert.deepEqual(plain.stdout.split('\n'), lines);
  const verified = await run(['chain', 'supply', '--verify']);
  succeeds(verified);
  assert.match(verified.stdout, /^counted_accounts\t2\ncounted_balances\t8\.1$/m);
  assert.equal((await run(['chain', 'supply', '-q'])).stdout, '9\n');
  const json = await run(['chain', 'supply', '--verify', '--json']);
  assert.equal((records(json.stdout)[0]!.recount as Record<string, unknown>).held, '9');

  recount = { ...RECOUNT, held_grains: '900000001', adds_up: false };
  const wrong = await run(['chain', 'supply', '--verify', '-q']);
  assert.equal(wrong.status, 1);
  assert.match(
    wrong.stderr,
    /^holdfast: error: the accounts do not add up: 9\.00000001 tokens are held, 9 were made\n/,
  );
  recount = { ...RECOUNT, committed: false };
  assert.match((await run(['chain', 'supply', '--verify'])).stderr, /error: the entries are not those under the root/);
});

test('the schedule is a line a year', async (t) => {
  const { run } = await desk(t, {
    async *'chain.schedule'({ years }) {
      for (let year = 0; year <= years; year++) {
        const made = { mined_grains: String(year * 100_000_000), minted_grains: '0' };
        yield { type: 'supply-year', year, height: 10 * year, ...made, supply_grains: made.mined_grains };
      }
    },
  });
  const listed = await run(['chain', 'supply', '--schedule', '--years', '2']);
  succeeds(listed);
  assert.equal(listed.stdout, '0\t0\t0\t0\t0\n1\t10\t1\t0\t1\n2\t20\t2\t0\t2\n');
  const json = await run(['chain', 'supply', '--schedule', '--json']);
  assert.equal(records(json.stdout).length, 31);
  assert.equal((await run(['chain', 'supply', '--schedule', '--years', '1', '-q'])).stdout, '0\n1\n');
  for (const argv of [
    ['--years', '0'],
    ['--schedule', '--verify'],
  ]) {
    assert.equal((await run(['chain', 'supply', ...argv])).status, 2);
  }
});
