import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeSignedTx } from '../../src/lib/chain/encoding.js';
import { type ParamsJson, parseParams } from '../../src/lib/chain/params.js';
import { requiredFee, signTx } from '../../src/lib/chain/sign.js';
import type { Tx } from '../../src/lib/chain/types.js';
import type { BlockRecord } from '../../src/lib/rpc/records.js';
import { fromHex, toHex } from '../../src/lib/util/bytes.js';
import { Keyring } from '../../src/lib/wallet/keyring.js';
import { entropyFromWords, seedFromEntropy } from '../../src/lib/wallet/mnemonic.js';
import { Solo } from '../helpers/solo.js';
import { tempDir } from '../helpers/temp.js';

/** Epochs of 40 slots, two seconds; staking may be decided from height 10 on. */
const QUICK: Partial<ParamsJson> = { slotMs: 50, k: 2, powBlocks: 10, firstTarget: 'ff'.repeat(32) };

function quicken(genesis: string): ParamsJson {
  const json = { ...JSON.parse(readFileSync(genesis, 'utf8')), ...QUICK, genesisTimeMs: Date.now() };
  writeFileSync(genesis, JSON.stringify(json));
  return json;
}

/** Bonds ten blocks' rewards. */
async function bond(solo: Solo, params: ParamsJson): Promise<void> {
  const keys = new Keyring(seedFromEntropy(entropyFromWords(readFileSync(join(solo.dir, 'words'), 'utf8').trim())));
  const { vrf, signing } = keys.stakeKeys();
  const { seq } = await solo.rpc.call('chain.account', { address: solo.address });
  const { id } = await solo.rpc.call('chain.block', { block: 1 });
  const draft: Tx = {
    ...{ kind: 'bond', from: keys.mainAddress(), seq: BigInt(seq), ref: { height: 1, id: fromHex(id)! }, fee: 0n },
    ...{ amount: 20_000_000_000n, vrfKey: vrf.y, signingKey: signing.publicKey },
  };
  const parsed = parseParams(params);
  const tx = { ...draft, fee: requiredFee(parsed, 20n, draft) };
  const signed = signTx(tx, parsed.derived.genesisId, (message) => keys.sign(0, message));
  await solo.rpc.call('chain.submit', { tx: toHex(encodeSignedTx(signed)) });
}

async function ledBy(solo: Solo, kind: 'pow' | 'stake', above: number): Promise<BlockRecord> {
  for await (const record of solo.rpc.records('chain.tail', { count: 100, follow: true })) {
    if (record.type !== 'block' || record.height <= above) continue;
    const block = await solo.rpc.call('chain.block', { block: record.height });
    if (block.proof?.kind === kind) return block;
  }
  throw new Error('the chain ended');
}

test('a chain of real processes mines, bonds, goes over to stake, and goes on after kill -9', async (t) => {
  const solo = await Solo.create(tempDir(t));
  const params = quicken(solo.genesis);
  const { pid } = await solo.start(...solo.mining, '--stake', ...solo.unlocked);
  t.after(() => solo.kill().catch(() => undefined));
  await solo.height(4);
  await bond(solo, params);
  const first = await ledBy(solo, 'stake', 0);
  assert.equal(first.producer, solo.address);
  assert.equal(first.lottery?.stake_since_epoch, Math.floor(first.slot / 40), 'where an epoch begins');
  const next = await ledBy(solo, 'stake', first.height + 4);
  await solo.kill();
  assert.notEqual((await solo.start(...solo.mining, '--stake', ...solo.unlocked)).pid, pid);
  const again = await ledBy(solo, 'stake', next.height + 4);
  assert.ok(again.slot > next.slot);
});
