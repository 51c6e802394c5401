import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatAddress } from '../../src/lib/crypto/address.js';
import { yard } from '../helpers/processes.js';
import { failed, Solo, succeeded } from '../helpers/solo.js';

/** One that nobody has: of the right form, and of none of our files. */
const CAP = `URI:CHK:${'a'.repeat(26)}:${'a'.repeat(52)}:2:3:10000`;
const NOBODY = formatAddress(new Uint8Array(32).fill(1));
const ID = 'ab'.repeat(32);

interface Case {
  name: string;
  args: string[] | ((solo: Solo, own: Own) => string[]);
  input?: string;
  status: number;
  message: RegExp;
}

/** What stands on the node under test. */
interface Own {
  blob: string;
  cap: string;
}

const spend = ['--max-spend', '1'];
const send = (...more: string[]) => ['wallet', 'send', ...more];
const to = ({ address }: Solo, ...more: string[]) => send('--to', address, ...more);

const WRONG_CAPS: Case[] = [
  ...[
    ['one that is none', 'hello\n', /cap/],
    ['one with a letter that base32 lacks', CAP.replace('aaaa', 'aa1a'), /cap/],
    ['one cut short', CAP.slice(0, 60), /cap/],
    ['one that needs more shares than there are', CAP.replace(':2:3:', ':3:2:'), /cap/],
    ['one of another kind', `URI:DIR2:${'a'.repeat(26)}:${'a'.repeat(52)}`, /cap/],
    ['nothing', '', /there is no cap on stdin/],
    ['two', `${CAP}\n${CAP}\n`, /more than one cap/],
    ['a line without end', 'a'.repeat(100_000), /too long/],
  ].map(([name, input, message]) => ({
    name: `a wrong cap: ${name}`,
    ...{ args: ['file', 'get', '-'], input: input as string, status: 2, message: message as RegExp },
  })),
  {
    name: 'a cap on the command line',
    ...{ args: ['file', 'get', CAP], status: 2, message: /a cap is a secret/ },
  },
  {
    name: 'a cap whose shares nobody has',
    ...{ args: ['file', 'get', '-'], input: CAP, status: 21, message: /only 0 of the 2 shares/ },
  },
  {
    name: 'a cap to check that is none',
    ...{ args: ['file', 'check', '-'], input: 'hello\n', status: 2, message: /cap/ },
  },
  {
    name: 'a cap to forget that is of no file here',
    ...{ args: ['file', 'forget', '-'], input: CAP, status: 4, message: /no such file in the catalog/ },
  },
];

const WRONG_IDS: Case[] = [
  ...['blob show', 'blob get', 'blob check', 'blob rm', 'bounty show', 'bounty sweep', 'bounty revoke'].flatMap(
    (command) => [
      {
        name: `${command}: no id`,
        args: [...command.split(' '), 'xyz'],
        status: 2,
        message: /not a (UUID|bounty): xyz/,
      },
      { name: `${command}: a digit short`, args: [...command.split(' '), ID.slice(1)], status: 2, message: /not a/ },
      { name: `${command}: unknown`, args: [...command.split(' '), ID], status: 4, message: new RegExp(`${ID}`) },
    ],
  ),
  {
    name: 'blob advertise: unknown',
    ...{ args: ['blob', 'advertise', '--max-price', '1', ...spend, ID], status: 4, message: /no blob/ },
  },
  {
    name: 'blob advertise: one of several is none',
    args: (_, { blob }) => ['blob', 'advertise', '--max-price', '1', ...spend, blob, 'xyz'],
    ...{ status: 2, message: /not a UUID: xyz/ },
  },
  {
    name: 'bounty post: unknown',
    ...{ args: ['bounty', 'post', '--blob', ID, '--amount', '0.1', ...spend], status: 4, message: /no blob/ },
  },
  {
    name: 'market bid: unknown',
    ...{ args: ['market', 'bid', '--price', '1', ...spend, ID], status: 4, message: /no advert/ },
  },
];

const WRONG_AMOUNTS: Case[] = [
  ...['-1', '+1', '1e3', '1,5', '0x10', 'all', '', '.5', '0.123456789', '184467440738', '9'.repeat(30)].map(
    (amount) => ({
      name: `an amount: ${amount || 'nothing'}`,
      args: (solo: Solo) => to(solo, `--amount=${amount}`, '--yes'),
      ...{ status: 2, message: /amount/ },
    }),
  ),
  {
    name: 'an amount of nothing',
    args: (solo) => to(solo, '--amount', '0', '--yes'),
    ...{ status: 2, message: /amount/ },
  },
  {
    name: 'a bounty of nothing',
    args: (_, { blob }) => ['bounty', 'post', '--blob', blob, '--amount', '0', '--yes'],
    ...{ status: 2, message: /amount/ },
  },
  {
    name: 'less than an account may hold',
    args: send('--to', NOBODY, '--amount', '0.00000001', '--yes'),
    ...{ status: 1, message: /the least an account may hold/ },
  },
  {
    name: 'a bounty of less than its claim costs',
    args: (_, { blob }) => ['bounty', 'post', '--blob', blob, '--amount', '0.00000001', '--yes'],
    ...{ status: 2, message: /at least 0\.0001 tokens/ },
  },
  {
    name: 'a price that is none',
    args: (_, { blob }) => ['blob', 'advertise', '--max-price', 'cheap', ...spend, blob],
    ...{ status: 2, message: /cheap/ },
  },
  {
    name: 'a term without its unit',
    args: (_, { blob }) => ['blob', 'advertise', '--max-price', '1', '--term', '30', ...spend, blob],
    ...{ status: 2, message: /not a duration: 30/ },
  },
  {
    name: 'a term beyond a year',
    args: (_, { blob }) => ['blob', 'advertise', '--max-price', '1', '--term', '400d', ...spend, blob],
    ...{ status: 2, message: /term/ },
  },
  ...['0/1/2', '4/3', '3/2/5', '3/7/300', 'many', '3/7/10/12'].map((shares) => ({
    name: `shares: ${shares}`,
    ...{
      args: ['file', 'put', '--shares', shares, '-'],
      input: 'x'.repeat(100),
      status: 2,
      message: /not a way to share|less than needed/,
    },
  })),
  {
    name: 'an address that is none',
    args: send('--to', 'hf1x', '--amount', '1', '--yes'),
    status: 2,
    message: /address/,
  },
  {
    name: 'an address with two letters swapped',
    args: ({ address }) => send('--to', mistyped(address), '--amount', '1', '--yes'),
    ...{ status: 2, message: /address/ },
  },
  {
    name: 'a memo that is too long',
    args: (solo) => to(solo, '--amount', '1', '--memo', 'é'.repeat(40), '--yes'),
    ...{ status: 2, message: /memo/ },
  },
];

const SPENDING: Case[] = [
  {
    name: 'nobody to be asked',
    args: (solo) => to(solo, '--amount', '1'),
    ...{ status: 2, message: /nobody is here to be asked/ },
  },
  {
    name: 'more than there is',
    args: (solo) => to(solo, '--amount', '1000000', '--yes'),
    ...{ status: 13, message: /not enough funds/ },
  },
  {
    name: 'a bounty of more than there is',
    args: (_, { blob }) => ['bounty', 'post', '--blob', blob, '--amount', '1000000', '--yes'],
    ...{ status: 13, message: /not enough funds/ },
  },
  {
    name: 'over the limit: a transfer',
    args: (solo) => to(solo, '--amount', '2', ...spend),
    ...{ status: 15, message: /more than --max-spend/ },
  },
  {
    name: 'over the limit: by the fee alone',
    args: (solo) => to(solo, '--amount', '1', ...spend),
    ...{ status: 15, message: /more than --max-spend/ },
  },
  {
    name: 'over the limit: a bounty',
    args: (_, { blob }) => ['bounty', 'post', '--blob', blob, '--amount', '2', ...spend],
    ...{ status: 15, message: /more than --max-spend/ },
  },
  {
    name: 'over the limit: an advert',
    args: (_, { blob }) => ['blob', 'advertise', '--max-price', '1', '--max-spend', '0.00000001', blob],
    ...{ status: 15, message: /more than --max-spend/ },
  },
];

const CONTENT: Case[] = [
  { name: 'an empty stdin as a file', args: ['file', 'put', '-'], status: 2, message: /empty/ },
  { name: 'an empty stdin as a blob', args: ['blob', 'put', '-'], status: 2, message: /empty/ },
  { name: 'a file that is not there', args: ['file', 'put', '/nonexistent'], status: 4, message: /nonexistent/ },
  { name: 'a directory', args: ['blob', 'put', '/'], status: 1, message: /directory/ },
  {
    name: 'the output of a command that fails',
    ...{
      args: ['file', 'put', '--from-command', '--', 'sh', '-c', 'echo lots; exit 7'],
      status: 1,
      message: /ended with status 7/,
    },
  },
];

test('bad input: one clear line, the documented status, nothing changed, and the node lives on', async (t) => {
  const { dir, quiet } = await yard(t);
  const solo = await Solo.create(dir);
  await solo.start(...solo.unlocked, ...solo.mining);
  const put = await solo.run(['blob', 'put', '-'], { input: 'a blob' });
  const file = await solo.run(['file', 'put', '--shares', '2/3', '--cap-file', join(dir, 'cap'), '-'], {
    input: 'x'.repeat(99),
  });
  succeeded(put);
  succeeded(file);
  await solo.height(3);
  await solo.stop();
  // From here on nothing changes by itself: nobody mines.
  const { pid } = await solo.start(...solo.unlocked);
  const own = { blob: put.stdout.trim(), cap: readFileSync(join(dir, 'cap'), 'utf8') };
  const before = await state(solo);
  assert.ok(before.balance !== '0' && before.blobs.length === 4 && before.files.length === 1);

  for (const { name, args, input, status, message } of [
    ...WRONG_CAPS,
    ...WRONG_IDS,
    ...WRONG_AMOUNTS,
    ...SPENDING,
    ...CONTENT,
  ]) {
    await t.test(`${name}: ${status}`, async () => {
      failed(
        await solo.run(typeof args === 'function' ? args(solo, own) : args, { input: input ?? '' }),
        status,
        message,
      );
      assert.deepEqual(await state(solo), before);
    });
  }

  await t.test('an empty list of ids is no work: 0', async () => {
    for (const command of [
      'blob rm',
      'blob show',
      'bounty sweep',
      'blob advertise --max-price 1 --yes',
      'market bid --price 1 --yes',
    ]) {
      const ran = await solo.run([...command.split(' '), '-'], { input: '' });
      succeeded(ran);
      assert.equal(ran.stdout, '');
    }
    assert.deepEqual(await state(solo), before);
  });

  await t.test('no node, and a directory that is none: 10', async () => {
    const home = join(dir, 'nobody');
    failed(await solo.run(['wallet', 'balance'], { home }), 10, /no node is listening/);
    failed(await solo.run(['file', 'get', '-'], { home, input: own.cap }), 10, /no node is listening/);
    writeFileSync(home, '');
    failed(await solo.run(['wallet', 'balance'], { home }), 10, /no node is listening/);
  });

  await t.test('a locked directory: 11', async () => {
    failed(await solo.run(['node', 'start', ...solo.flags(...solo.unlocked)]), 11, /in use by another process/);
    assert.deepEqual(await state(solo), before);
  });

  assert.equal((await solo.rpc.call('node.status', {})).pid, pid, 'it is the same node, after all that');
  await solo.stop();
  assert.deepEqual(await quiet(5000), []);
});

test('wrong passphrases: 12, and the wallet stays locked', async (t) => {
  const { dir, quiet } = await yard(t);
  const solo = await Solo.create(dir);
  succeededButLocked(await solo.run(['node', 'start', '--detach', ...solo.flags()]));
  const wrong = join(dir, 'wrong');
  writeFileSync(wrong, 'battery staple\n');
  const address = ['wallet', 'address'];
  failed(await solo.run([...address, '--passphrase-file', wrong]), 12, /wrong passphrase/);
  failed(await solo.run([...address, '--passphrase-command', 'echo battery']), 12, /wrong passphrase/);
  failed(await solo.run([...address, '--passphrase-command', 'exit 1']), 12, /passphrase command failed/);
  failed(await solo.run([...address, '--passphrase-file', '/dev/null']), 12, /passphrase is empty/);
  failed(await solo.run([...address, '--passphrase-file', join(dir, 'none')]), 4, /none: no such file/);
  failed(await solo.run(address), 12, /no passphrase, and no terminal/);
  failed(
    await solo.run(['file', 'put', '-', '--passphrase-file', wrong], { input: 'x'.repeat(99) }),
    12,
    /wrong passphrase/,
  );
  assert.equal((await solo.rpc.call('node.status', {})).wallet, 'locked');
  const right = await solo.run([...address, ...solo.unlocked]);
  assert.equal(right.stdout.trim(), solo.address);
  await solo.stop();
  failed(
    await solo.run(['node', 'start', '--detach', ...solo.flags('--passphrase-file', wrong)]),
    12,
    /wrong passphrase/,
  );
  assert.deepEqual(await quiet(5000), []);
});

test('wrong networks: refused, and the directory is as it was', async (t) => {
  const { dir, quiet } = await yard(t);
  const solo = await Solo.create(dir);
  const foreign = join(dir, 'foreign.json');
  succeeded(await solo.run(['network', 'create', 'foreign', '--preset', 'devnet', '--out', foreign]));
  await solo.start(...solo.unlocked, ...solo.mining);
  await solo.height(1);
  const { network_id, tip } = await solo.rpc.call('node.status', {});
  await solo.stop();
  const begin = (genesis: string) =>
    solo.run(['node', 'start', '--network', genesis, '--listen', '/ip4/127.0.0.1/tcp/0', ...solo.unlocked]);
  failed(await begin(foreign), 2, new RegExp(`belongs to network ${network_id}`));
  failed(await begin('nowhere'), 4, /no such network: nowhere/);
  const garbage = join(dir, 'garbage.json');
  for (const text of [
    '',
    '{',
    '[]',
    '{"name":"x"}',
    'x'.repeat(100_000),
    readFileSync(foreign, 'utf8').replace('"k": 4', '"k": -4'),
  ]) {
    writeFileSync(garbage, text);
    failed(await begin(garbage), 2, /bad genesis/);
  }
  failed(await solo.run(['node', 'start', '--network', solo.genesis, '--listen', 'here', ...solo.unlocked]), 2, /here/);
  failed(await solo.run(['node', 'start', ...solo.flags('--mine', 'me', ...solo.unlocked)]), 2, /address/);
  await solo.start(...solo.unlocked);
  assert.ok((await solo.run(['chain', 'tail', '-q'])).stdout.includes(tip));
  await solo.stop();
  assert.deepEqual(await quiet(5000), []);
});

/** A node whose wallet nobody opened says so once. */
function succeededButLocked(ran: { status: number | null; stderr: string }): void {
  assert.equal(ran.status, 0, ran.stderr);
}

/** What is kept, and what lies on the disk beside the database. */
async function state(solo: Solo) {
  const { balance, ...rest } = await solo.books();
  const files = ['blobs', 'spool'].flatMap((name) => {
    mkdirSync(join(solo.home, name), { recursive: true });
    return readdirSync(join(solo.home, name), { recursive: true }).map(String).sort();
  });
  const { blobs, files: catalog } = rest as { blobs: unknown[]; files: unknown[] };
  return {
    ...rest,
    blobs,
    files: catalog,
    disk: files,
    balance: (balance as { balance_grains: string }).balance_grains,
  };
}

function mistyped(address: string): string {
  const [a, b] = [address[10]!, address[11]!];
  return a === b
    ? `${address.slice(0, -1)}${address.endsWith('q') ? 'p' : 'q'}`
    : address.slice(0, 10) + b + a + address.slice(12);
}
