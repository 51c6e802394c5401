import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeHeader } from '../../src/lib/chain/encoding.js';
import { keyKind } from '../../src/lib/chain/keys.js';
import type { Params } from '../../src/lib/chain/params.js';
import { epochSlots } from '../../src/lib/chain/stake/epoch.js';
import type { Block } from '../../src/lib/chain/types.js';
import { accountCodec, bidCodec, bountyCodec } from '../../src/lib/chain/values.js';
import { Audit, type AuditParams, readHeader } from '../../src/lib/demo/audit.js';
import { fromHex, toHex } from '../../src/lib/util/bytes.js';
import { type Cbor, decodeCbor, encodeCbor } from '../../src/lib/util/cbor.js';
import { alice, bob, type TestChain } from '../chain/helpers.js';
import { EVERYTHING, live, openHistory, plans, type Step } from '../chain/histories.js';

function auditParams(params: Params): AuditParams {
  return { ...params, ...params.derived, epochSlots: epochSlots(params) };
}

/** What the ledger's state holds, by adding up every entry. */
function held(chain: TestChain) {
  const { mined, minted, burnt, feePool } = chain.ledger.globals();
  const totals = { mined: mined - burnt, minted, balances: 0n, bounties: 0n, deposits: 0n, feePool };
  const accounts = new Map<string, bigint>();
  for (const [key, value] of chain.store.state()) {
    const stateKey = fromHex(key)!;
    const bytes = fromHex(value)!;
    const kind = keyKind(stateKey);
    if (kind === 'b') totals.bounties += bountyCodec.decode(bytes).amount;
    if (kind === 'c') totals.deposits += bidCodec.decode(bytes).deposit;
    if (kind !== 'a') continue;
    const { balance } = accountCodec.decode(bytes);
    totals.balances += balance;
    accounts.set(toHex(stateKey.slice(1)), balance);
  }
  return { totals, accounts };
}

function audited(chain: TestChain, change: (block: Block) => Block = (block) => block): Audit {
  const audit = new Audit(auditParams(chain.params));
  for (let height = 1; height <= chain.ledger.tip.height; height++) {
    const header = chain.ledger.headerAt(height)!;
    const { body } = change({ header, body: chain.ledger.body(chain.ledger.idAt(height)!)! });
    audit.block({ ...readHeader(encodeHeader(header)), body });
  }
  return audit;
}

/** What no demo has in it. */
const STAKING = new Set(['bond', 'unbond', 'evidence']);

async function history(plan: Step[]): Promise<TestChain> {
  const chain = await openHistory();
  const demo = plan.map((step) => ({ ...step, acts: step.acts.filter(({ kind }) => !STAKING.has(kind)) }));
  await live(chain, demo, async (block) => {
    await chain.add(block);
  });
  return chain;
}

test('worked out again from raw bodies, totals and every balance are what the ledger holds', async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const chain = await history(plan);
      const audit = audited(chain);
      const { totals, accounts } = held(chain);
      assert.deepEqual(audit.totals(), totals);
      assert.deepEqual(new Map([...audit.accounts.balances].filter(([, balance]) => balance > 0n)), accounts);
    }),
    { numRuns: 5, examples: [[EVERYTHING]] },
  );
});

/** The transfer in a body pays one grain more than was signed. */
function moreByOne(bytes: Uint8Array): Uint8Array {
  const [body, ...signatures] = decodeCbor(bytes) as Cbor[][];
  const [code, height, id, fee, from, seq, outputs, memo] = body!;
  if (code !== 1) return bytes;
  const [[to, amount], ...others] = outputs as [[Cbor, number]];
  const paid: Cbor = [[to, amount + 1], ...others];
  return encodeCbor([[code, height!, id!, fee!, from!, seq!, paid, memo!], ...signatures]);
}

test('one grain more in one body, or a body left out, and the accounts disagree', async () => {
  const chain = await openHistory();
  const outputs = [{ to: bob.address, amount: 5_000n }];
  const memo = new Uint8Array(0);
  const { bytes } = chain.make({ kind: 'transfer', from: alice.address, outputs, memo }, alice.signer);
  await chain.produce([bytes]);
  const at = chain.ledger.tip.height;
  const { accounts } = held(chain);
  const own = toHex(bob.address);
  assert.equal(audited(chain).accounts.balances.get(own), accounts.get(own));

  const tampered = audited(chain, (block) => ({ ...block, body: block.body.map(moreByOne) }));
  assert.equal(tampered.accounts.balances.get(own), accounts.get(own)! + 1n);

  const { feePool } = chain.ledger.globals();
  const short = audited(chain, (block) => (block.header.height === at ? { ...block, body: [] } : block));
  assert.notEqual(short.accounts.balances.get(own), accounts.get(own));
  assert.notEqual(short.totals().feePool, feePool);
});

test('a body that spends what nobody has, or too small a fee, stops the audit', async () => {
  const chain = await openHistory();
  const outputs = [{ to: bob.address, amount: 5_000n }];
  const made = chain.make({ kind: 'transfer', from: alice.address, outputs, memo: new Uint8Array(0) }, alice.signer);
  await chain.produce([made.bytes]);
  const [body, signature] = decodeCbor(made.bytes) as [Cbor[], Cbor];
  const altered = (index: number, value: Cbor) => {
    const bytes = encodeCbor([body.map((field, i) => (i === index ? value : field)), signature]);
    return () => audited(chain, (block) => ({ ...block, body: block.body.map(() => bytes) }));
  };
  assert.throws(altered(6, [[bob.address, 1n << 60n]]), /nobody spends what they do not have/);
  assert.throws(altered(3, 1), /pays its fee/);
});
