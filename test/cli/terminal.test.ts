import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Handlers } from '../../src/lib/rpc/handlers.js';
import type { TxRecord } from '../../src/lib/rpc/records.js';
import { Failure } from '../../src/lib/util/errors.js';
import { holdfast, onTerminal } from '../helpers/cli.js';
import { needTool } from '../helpers/tools.js';
import { served } from '../rpc/served.js';

const TXID = 'cd'.repeat(32);
const SEND = ['wallet', 'send', '--to', 'hf1x', '--amount', '1.5'];

/** A node whose wallet is locked by `passphrase`; counts what was sent. */
async function wallet(t: TestContext, passphrase?: string) {
  const state = { locked: passphrase !== undefined, sent: 0 };
  const handlers: Partial<Handlers> = {
    'wallet.unlock': async (params) => {
      if (params.passphrase !== passphrase) throw new Failure('passphrase', 'wrong passphrase');
      state.locked = false;
      return {};
    },
    async *'wallet.send'({ dryRun }) {
      if (state.locked) throw new Failure('passphrase', 'the wallet is locked');
      if (!dryRun) state.sent++;
      yield { type: 'tx', txid: TXID, kind: 'transfer', fee_grains: '1', status: 'pending' } satisfies TxRecord;
    },
  };
  const { dir } = await served(t, handlers);
  return { home: dir, state };
}

test('in a script spending needs --yes or a limit: exit 2, nothing sent', async (t) => {
  const { home, state } = await wallet(t);
  const ran = await holdfast(SEND, { home });
  assert.equal(ran.status, 2);
  assert.match(ran.stderr, /nobody is here to be asked\nholdfast: hint: add --max-spend TOKENS or --yes\n$/);
  assert.equal(state.sent, 0);
  for (const flags of [['--yes'], ['--max-spend', '2']]) {
    assert.equal((await holdfast([...SEND, ...flags], { home })).stdout, `${TXID}\n`);
  }
  assert.equal(state.sent, 2);
  assert.equal((await holdfast([...SEND, '-n', '--json'], { home })).status, 0);
  assert.equal(state.sent, 2);
});

test('a terminal is asked, and no is no', async (t) => {
  if (!needTool(t, 'script')) return;
  const { home, state } = await wallet(t);
  const no = await onTerminal(SEND.join(' '), { home, replies: [{ after: '(y/N)', type: 'n\r' }] });
  assert.equal(no.status, 1, no.stdout);
  assert.match(no.stdout, /Send 1\.5 tokens/);
  assert.match(no.stdout, /holdfast: error: not confirmed, nothing was spent/);
  assert.equal(state.sent, 0);
  const yes = await onTerminal(SEND.join(' '), { home, replies: [{ after: '(y/N)', type: 'y\r' }] });
  assert.equal(yes.status, 0, yes.stdout);
  assert.equal(state.sent, 1);
});

test('the terminal is asked also where stdin and stdout are not it', async (t) => {
  if (!needTool(t, 'script')) return;
  const { home, state } = await wallet(t);
  const ran = await onTerminal(`${SEND.join(' ')} < /dev/null | cat`, {
    home,
    replies: [{ after: '(y/N)', type: 'y\r' }],
  });
  assert.equal(ran.status, 0, ran.stdout);
  assert.equal(state.sent, 1);
});

test('a passphrase is asked for on the terminal, and does not show', async (t) => {
  if (!needTool(t, 'script')) return;
  const { home, state } = await wallet(t, 'open sesame');
  const ran = await onTerminal(`${SEND.join(' ')} --yes`, {
    home,
    replies: [{ after: 'Passphrase', type: 'open sesame\r' }],
  });
  assert.equal(ran.status, 0, ran.stdout);
  assert.ok(!ran.stdout.includes('sesame'));
  assert.equal(state.sent, 1);
});

test('Ctrl-C at a prompt is 130, and nothing is spent', async (t) => {
  if (!needTool(t, 'script')) return;
  const { home, state } = await wallet(t);
  const ran = await onTerminal(SEND.join(' '), { home, replies: [{ after: '(y/N)', type: '\u0003' }] });
  assert.equal(ran.status, 130, ran.stdout);
  assert.equal(state.sent, 0);
});

test('no passphrase and no terminal is 12, and so is a wrong one', async (t) => {
  const { home } = await wallet(t, 'right');
  const none = await holdfast([...SEND, '--yes'], { home });
  assert.equal(none.status, 12);
  assert.match(none.stderr, /hint: give one with --passphrase-file/);
  const wrong = await holdfast([...SEND, '--yes', '--passphrase-command', 'echo wrong'], { home });
  assert.equal(wrong.status, 12);
  assert.match(wrong.stderr, /error: wrong passphrase/);
  const right = await holdfast([...SEND, '--yes', '--passphrase-command', 'echo right'], { home });
  assert.equal(right.status, 0);
});
