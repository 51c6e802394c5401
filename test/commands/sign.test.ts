import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeSignedTx, signingMessage } from '../../src/lib/chain/encoding.js';
import { formatAddress } from '../../src/lib/crypto/address.js';
import { verifySignature } from '../../src/lib/crypto/ed25519.js';
import type { TxRecord } from '../../src/lib/rpc/records.js';
import { fromHex, utf8 } from '../../src/lib/util/bytes.js';
import { draftRecord, type TransferDraft } from '../../src/lib/wallet/draft.js';
import { Keyring } from '../../src/lib/wallet/keyring.js';
import { seedFromWords } from '../../src/lib/wallet/mnemonic.js';
import { desk, fails, records, succeeds } from './harness.js';
import { ADDRESS, TX } from './samples.js';

const NETWORK = new Uint8Array(32).fill(9);

function draft(from: Uint8Array, more: Partial<TransferDraft> = {}): TransferDraft {
  const ref = { height: 3, id: new Uint8Array(32).fill(4) };
  const to = new Uint8Array(32).fill(3);
  return { network: NETWORK, from, to, amount: 500_000_000n, fee: 1_500n, seq: 7n, ref, memo: utf8('rent'), ...more };
}

/** A machine with a wallet, and none of the world. */
async function airGap(t: Parameters<typeof desk>[0]) {
  const place = await desk(t);
  const [pw, words] = [join(place.home, 'pw'), join(place.home, 'words')];
  writeFileSync(pw, 'correct horse\n');
  succeeds(await place.run(['wallet', 'init', '--passphrase-file', pw, '--words-file', words]));
  return { ...place, pw, keyring: new Keyring(seedFromWords(readFileSync(words, 'utf8'))) };
}

test('use 10: a draft made online, signed offline, submitted online', async (t) => {
  const offline = await airGap(t);
  const { keyring } = offline;
  const asked: unknown[] = [];
  const submitted: string[] = [];
  const online = await desk(t, {
    'wallet.draft': async (params) => {
      asked.push(params);
      return draftRecord(draft(keyring.address(0), { amount: params.amount }));
    },
    'chain.submit': async ({ tx }): Promise<TxRecord> => {
      submitted.push(tx);
      return TX;
    },
  });
  const made = await online.run(['wallet', 'send', '--to', ADDRESS, '--amount', '5', '--draft']);
  succeeds(made);
  assert.deepEqual(asked, [{ to: ADDRESS, amount: 500_000_000n }]);
  const [told] = records(made.stdout);
  assert.deepEqual([told!.amount, told!.fee, told!.from], ['5', '0.000015', formatAddress(keyring.address(0))]);

  const file = join(offline.home, 'tx.draft');
  writeFileSync(file, made.stdout);
  const signed = await offline.run(['wallet', 'sign', '--passphrase-file', offline.pw, file]);
  succeeds(signed);
  const { tx, signatures } = decodeSignedTx(fromHex(signed.stdout.trim())!);
  assert.ok(tx.kind === 'transfer');
  assert.deepEqual(tx.outputs, [{ to: new Uint8Array(32).fill(3), amount: 500_000_000n }]);
  assert.ok(verifySignature(signatures[0]!, signingMessage(tx, NETWORK), tx.from));
  assert.ok(!verifySignature(signatures[0]!, signingMessage(tx, new Uint8Array(32)), tx.from));

  succeeds(await online.run(['chain', 'submit', '-'], signed.stdout));
  assert.deepEqual(submitted, [signed.stdout.trim()]);
});

test('sign takes drafts of the wallet’s one-time accounts, from stdin, and tells them as records', async (t) => {
  const { run, pw, keyring } = await airGap(t);
  const lines = [0, 5].map((index) => `${text(draft(keyring.address(index)))}\n`).join('');
  const ran = await run(['wallet', 'sign', '--passphrase-file', pw, '--json', '-'], lines);
  succeeds(ran);
  const told = records(ran.stdout);
  assert.deepEqual(
    told.map(({ type, from, amount, fee }) => [type, from, amount, fee]),
    [0, 5].map((index) => ['signed', formatAddress(keyring.address(index)), '5', '0.000015']),
  );
});

test('nothing is signed with one bad draft among good ones, for too much, or with another’s keys', async (t) => {
  const { home, run, pw, keyring } = await airGap(t);
  const good = text(draft(keyring.address(0)));
  const sign = ['wallet', 'sign', '--passphrase-file', pw];
  fails(await run([...sign, '-'], `${good}\n${good.slice(0, -1)}\n`), 2, /line 2: not a draft/);
  fails(await run([...sign, '-'], `${good.replace('"5"', '"4"')}\n`), 2, /tokens and in grains differ/);
  fails(await run([...sign, '-'], ''), 2, /stdin is empty/);
  fails(await run([...sign, '-'], `${good}\n`.repeat(257)), 2, /more than 256 drafts/);
  fails(await run([...sign, '--max-spend', '9.9', '-'], `${good}\n${good}\n`), 15, /spends 10.00003 tokens/);
  fails(await run([...sign, '-'], `${text(draft(new Uint8Array(32).fill(7)))}\n`), 4, /no key for hf1/);
  fails(await run([...sign, join(home, 'none')], ''), 4, /no such file/);
  const wrong = ['wallet', 'sign', '--passphrase-command', 'echo wrong'];
  fails(await run([...wrong, '-'], good), 12, /wrong passphrase/);
  fails(await run(['wallet', 'sign', '--yes', '-'], good), 12, /no passphrase, and no terminal/);
  const bare = await desk(t);
  fails(await bare.run(['wallet', 'sign', '--passphrase-file', pw, '-'], good), 4, /there is no wallet/);
});

test('--from is for drafts, and a draft is no plan and no request', async (t) => {
  const { run } = await desk(t);
  const send = ['wallet', 'send', '--to', ADDRESS, '--amount', '5'];
  fails(await run([...send, '--from', ADDRESS, '--yes']), 2, /--draft/);
  fails(await run([...send, '--draft', '--request-id', 'x']), 2, /--request-id/);
  fails(await run([...send, '--draft', '-n']), 2, /--dry-run/);
});

function text(one: TransferDraft): string {
  const record = draftRecord(one);
  return JSON.stringify({ ...record, amount: '5', fee: '0.000015' });
}
