import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatAddress } from '../../src/lib/crypto/address.js';
import { openKeyFile } from '../../src/lib/crypto/keyfile.js';
import type { Handlers } from '../../src/lib/rpc/handlers.js';
import { Failure } from '../../src/lib/util/errors.js';
import { Keyring } from '../../src/lib/wallet/keyring.js';
import { seedFromEntropy, seedFromWords } from '../../src/lib/wallet/mnemonic.js';
import { decodePayload } from '../../src/lib/wallet/payload.js';
import { desk, fails, records, succeeds } from './harness.js';
import { ADDRESS, each, id, TX } from './samples.js';

test('init writes a key file and the words, and prints the address', async (t) => {
  const { home, run } = await desk(t);
  const [passphrase, wordsFile] = [join(home, 'pw'), join(home, 'words')];
  writeFileSync(passphrase, 'correct horse\nsecond line\n');
  const init = ['wallet', 'init', '--passphrase-file', passphrase];
  const made = await run([...init, '--words-file', wordsFile]);
  succeeds(made);
  const key = join(home, 'wallet.key');
  assert.equal(statSync(key).mode & 0o777, 0o600);
  assert.equal(statSync(wordsFile).mode & 0o777, 0o600);
  const { entropy } = decodePayload(await openKeyFile(readFileSync(key, 'utf8'), 'correct horse'));
  const words = readFileSync(wordsFile, 'utf8');
  assert.equal(words.trim().split(' ').length, 24);
  for (const seed of [seedFromEntropy(entropy), seedFromWords(words)]) {
    assert.equal(made.stdout, `${formatAddress(new Keyring(seed).mainAddress())}\n`);
  }
  assert.deepEqual(readdirSync(home).sort(), ['pw', 'wallet.key', 'words']);

  const before = readFileSync(key);
  fails(await run([...init, '--words-file', join(home, 'words2')]), 1, /there is a wallet already/);
  assert.deepEqual(readFileSync(key), before);
  assert.ok(!existsSync(join(home, 'words2')));
});

test('init makes nothing where the words or the passphrase have nowhere to go or come from', async (t) => {
  const { home, run } = await desk(t);
  writeFileSync(join(home, 'pw'), 'x\n');
  writeFileSync(join(home, 'empty'), '\n');
  writeFileSync(join(home, 'taken'), 'words of another wallet');
  const words = ['--words-file', join(home, 'words')];
  const passphrase = ['--passphrase-file', join(home, 'pw')];
  fails(await run(['wallet', 'init', ...passphrase]), 2, /no terminal to show the words on/);
  fails(await run(['wallet', 'init', ...words]), 12, /no passphrase, and no terminal to ask on/);
  fails(
    await run(['wallet', 'init', ...words, '--passphrase-file', join(home, 'empty')]),
    12,
    /the passphrase is empty/,
  );
  fails(await run(['wallet', 'init', ...words, '--passphrase-command', 'exit 1']), 12, /the passphrase command failed/);
  fails(await run(['wallet', 'init', ...passphrase, '--words-file', join(home, 'taken')]), 1, /taken exists already/);
  assert.deepEqual(readdirSync(home).sort(), ['empty', 'pw', 'taken']);
});

test('--json prints a record, and the words are not in it', async (t) => {
  const { home, run } = await desk(t);
  const options = ['--passphrase-command', 'echo pw', '--words-file', join(home, 'words'), '--json'];
  const ran = await run(['wallet', 'init', ...options]);
  succeeds(ran);
  const [record] = records(ran.stdout);
  assert.deepEqual(Object.keys(record!), ['type', 'address']);
});

interface Sent {
  to: string;
  amount: bigint;
  memo?: string;
  maxSpend?: bigint;
  requestId?: string;
  dryRun: boolean;
}

/** A node whose wallet is locked until it is given "right". */
function lockedNode(sent: Sent[], tries: string[] = []): Partial<Handlers> {
  let locked = true;
  return {
    'wallet.unlock': async ({ passphrase }) => {
      tries.push(passphrase);
      if (passphrase !== 'right') throw new Failure('passphrase', 'wrong passphrase');
      locked = false;
      return {};
    },
    'wallet.send': async function* (params) {
      if (locked) throw new Failure('passphrase', 'the wallet is locked');
      // The limit is the node's to hold: a request id it knows is answered whatever the limit is now.
      if (params.maxSpend !== undefined && params.maxSpend <= params.amount) {
        throw new Failure('over-limit', 'too much, with its fee');
      }
      if (params.amount > 10n ** 9n) throw new Failure('funds', 'not enough funds for this and its fee');
      sent.push(params);
      yield { ...TX, status: params.dryRun ? ('planned' as const) : ('pending' as const) };
    },
    'wallet.balance': async () => {
      if (locked) throw new Failure('passphrase', 'the wallet is locked');
      return { type: 'balance', balance_grains: '150000000', unsettled_grains: '1', funding_grains: '2', accounts: 2 };
    },
    'wallet.address': async () => ({ type: 'address', address: ADDRESS }),
  };
}

test('send unlocks a locked wallet once, and prints the txid', async (t) => {
  const sent: Sent[] = [];
  const tries: string[] = [];
  const { home, run } = await desk(t, lockedNode(sent, tries));
  writeFileSync(join(home, 'right'), 'right\n');
  const send = ['wallet', 'send', '--to', ADDRESS, '--amount', '2.5', '--passphrase-file', join(home, 'right')];
  const ran = await run([...send, '--max-spend', '3', '--memo', 'rent', '--request-id', 'r1']);
  succeeds(ran);
  assert.equal(ran.stdout, `${TX.txid}\n`);
  assert.deepEqual(sent, [
    { to: ADDRESS, amount: 250_000_000n, memo: 'rent', maxSpend: 300_000_000n, requestId: 'r1', dryRun: false },
  ]);
  succeeds(await run([...send, '--yes']));
  assert.deepEqual(tries, ['right']);
});

test('a wrong passphrase is exit 12, and is not tried twice', async (t) => {
  const tries: string[] = [];
  const { home, run } = await desk(t, lockedNode([], tries));
  writeFileSync(join(home, 'wrong'), 'hunter2\n');
  const send = ['wallet', 'send', '--to', ADDRESS, '--amount', '1', '--yes'];
  const ran = await run([...send, '--passphrase-file', join(home, 'wrong')]);
  fails(ran, 12, /wrong passphrase/);
  assert.doesNotMatch(ran.stderr, /hunter2/);
  assert.deepEqual(tries, ['hunter2']);
  fails(await run(send), 12, /no passphrase, and no terminal to ask on/);
});

test('nothing is spent unasked, too much, or from nothing', async (t) => {
  const sent: Sent[] = [];
  const { run } = await desk(t, lockedNode(sent));
  const unlock = ['--passphrase-command', 'echo right'];
  const send = ['wallet', 'send', ...unlock, '--to', ADDRESS, '--amount'];
  fails(await run([...send, '1']), 2, /nobody is here to be asked/);
  fails(await run([...send, '5', '--max-spend', '4']), 15, /with its fee/);
  fails(await run([...send, '4', '--max-spend', '4']), 15, /with its fee/);
  fails(await run([...send, '11', '--yes']), 13, /not enough funds/);
  fails(await run([...send, '-1', '--yes']), 2, /amount/);
  fails(await run([...send, '1e3', '--yes']), 2, /not an amount of tokens: 1e3/);
  fails(await run([...send, '1.000000001', '--yes']), 2, /not an amount of tokens/);
  fails(await run(['wallet', 'send', '--amount', '1', '--yes']), 2, /to/);
  assert.deepEqual(sent, []);
  const plan = await run([...send, '1', '-n', '--json']);
  succeeds(plan);
  const [record] = records(plan.stdout);
  assert.deepEqual([record!.status, record!.fee, record!.fee_grains], ['planned', '0.000015', '1500']);
});

test('balance and address', async (t) => {
  const { run } = await desk(t, lockedNode([]));
  assert.equal((await run(['wallet', 'address'])).stdout, `${ADDRESS}\n`);
  const unlock = ['--passphrase-command', 'echo right'];
  const balance = await run(['wallet', 'balance', ...unlock]);
  assert.equal(balance.stdout, 'balance\t1.5\nunsettled\t0.00000001\nfunding\t0.00000002\naccounts\t2\n');
  assert.equal((await run(['wallet', 'balance', '-q'])).stdout, '1.5\n');
  const [record] = records((await run(['wallet', 'balance', '--json'])).stdout);
  assert.deepEqual([record!.balance, record!.balance_grains], ['1.5', '150000000']);
});

test('history of a kind, since a time', async (t) => {
  const asked: { kind?: string; sinceMs?: number }[] = [];
  const { run } = await desk(t, {
    'wallet.history': (params) => {
      asked.push(params);
      const common = { type: 'history' as const, txid: id('7'), height: 3, slot: 4, time: '2026-10-01T00:00:00Z' };
      return each(
        { ...common, kind: 'sweep' as const, direction: 'in' as const, amount_grains: '5', subject: id('8') },
        {
          ...common,
          kind: 'post' as const,
          direction: 'out' as const,
          amount_grains: '300000000',
          subject: null,
          txid: null,
        },
      );
    },
  });
  const ran = await run(['wallet', 'history', '--kind', 'sweep', '--since', '2026-10-01']);
  succeeds(ran);
  assert.equal(
    ran.stdout,
    `2026-10-01T00:00:00Z\tsweep\t0.00000005\t3\t${id('7')}\t${id('8')}\n2026-10-01T00:00:00Z\tpost\t-3\t3\t\t\n`,
  );
  assert.deepEqual(asked, [{ kind: 'sweep', sinceMs: Date.UTC(2026, 9, 1) }]);
  const json = records((await run(['wallet', 'history', '--json'])).stdout);
  assert.deepEqual(
    json.map(({ amount }) => amount),
    ['0.00000005', '3'],
  );
  fails(await run(['wallet', 'history', '--since', 'yesterday']), 2, /not a date or duration: yesterday/);
  fails(await run(['wallet', 'history', '--kind', 'gift']), 2, /kind/);
});
