import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ParamsJson } from '../../src/lib/chain/params.js';
import type { RpcClient } from '../../src/lib/rpc/client.js';
import { holdfast } from '../helpers/cli.js';
import { yard } from '../helpers/processes.js';
import { all, failed, gone, Solo, succeeded } from '../helpers/solo.js';

const QUICK: Partial<ParamsJson> = { slotMs: 100, firstTarget: 'ff'.repeat(32) };

async function until(what: string, done: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(100)) if (await done()) return;
  throw new Error(`in vain: ${what}`);
}

/** How many blobs of an owner are live. */
const live = async (rpc: RpcClient) => (await all(rpc.records('blob.ls', { state: 'live', role: 'owner' }))).length;

test('a lost owner comes back from the words alone, pays on, and runs once', { timeout: 150_000 }, async (t) => {
  const { dir } = await yard(t);
  const steward = await Solo.create(dir);
  const json = { ...JSON.parse(readFileSync(steward.genesis, 'utf8')), ...QUICK, genesisTimeMs: Date.now() };
  writeFileSync(steward.genesis, JSON.stringify(json));
  const owner = steward.beside('owner');
  const words = join(dir, 'owner-words');
  const made = await owner.run(['wallet', 'init', ...owner.unlocked, '--words-file', words]);
  succeeded(made);
  const controlled = [...steward.unlocked, '--with-controller'];
  const { addresses } = await steward.start(...controlled, ...steward.mining);
  succeeded(await steward.run(['market', 'bid', '--price', '1', '--capacity', '1GiB', '--term', '300d', '--yes']));
  const { addresses: owners } = await owner.start(...controlled, '--peer', addresses[0]!);
  await steward.height(3);
  succeeded(await steward.run(['wallet', 'send', '--to', made.stdout.trim(), '--amount', '50', '--yes']));
  await until('tokens', async () => (await owner.rpc.call('wallet.balance', {})).balance_grains !== '0');

  const [plain, cap, file] = [randomBytes(3000), join(dir, 'cap'), join(dir, 'file')];
  writeFileSync(file, plain);
  const advertise = ['blob', 'advertise', '--max-price', '2', '--term', '300d', '--yes', '-'];
  const put = await owner.run(['file', 'put', '--shares', '1/1/1', '--cap-file', cap, file]);
  succeeded(put);
  succeeded(await owner.run(advertise, { input: put.stdout }));
  await until('a contract', async () => (await live(owner.rpc)) === 1);
  const vault = join(dir, 'vault');
  succeeded(await owner.run(['wallet', 'backup', '--out', vault]));
  assert.equal(statSync(vault).mode & 0o777, 0o600);
  const copies = await owner.run(['wallet', 'backup', '--copies', '1']);
  succeeded(copies);
  succeeded(await owner.run(advertise, { input: copies.stdout }));
  await until('the backup placed', async () => (await live(owner.rpc)) === 2);

  const heir = steward.beside('heir');
  await heir.start('--with-controller', '--peer', addresses[0]!, '--peer', owners[0]!);
  const restore = ['wallet', 'restore', '--words-file', words, ...heir.unlocked];
  await until('both peers', async () => (await heir.rpc.call('node.status', {})).peers >= 2);
  failed(await heir.run(restore), 11, /this wallet runs elsewhere/);
  const { pid } = await owner.rpc.call('node.status', {});
  process.kill(pid, 'SIGKILL');
  await gone(pid);
  renameSync(owner.home, join(dir, 'lost'));

  const [other, bad] = [join(dir, 'other-words'), join(dir, 'bad')];
  writeFileSync(other, `${readFileSync(join(dir, 'words'), 'utf8')}`);
  failed(await heir.run(['wallet', 'restore', '--words-file', other, ...heir.unlocked]), 1, /another wallet already/);
  const bytes = readFileSync(vault);
  bytes[5000]! ^= 1;
  writeFileSync(bad, bytes);
  failed(await heir.run([...restore, '--from', bad]), 12, /these words do not open the backup/);
  writeFileSync(bad, readFileSync(vault).subarray(0, 40_000));
  failed(await heir.run([...restore, '--from', bad]), 12, /these words do not open the backup/);

  const restored = await heir.run([...restore, '--json']);
  succeeded(restored);
  const { generation: _, made: __, height: ___, ...record } = JSON.parse(restored.stdout);
  const counts = { files: 1, blobs: 1, contracts_owned: 1, contracts_kept: 0 };
  assert.deepEqual(record, { type: 'restored', ...counts, newer: false });
  succeeded(await heir.run(['node', 'wait', '--timeout', '60s']));
  const got = await heir.run(['file', 'get', '-'], { input: readFileSync(cap) });
  assert.equal(got.status, 0, got.stderr);
  const [contract] = await all(heir.rpc.records('contract.ls', {}));
  assert.equal(contract!.state, 'live');
  await until('a new deck and a payment', async () => {
    const [now] = await all(heir.rpc.records('contract.ls', {}));
    return now!.confidence > contract!.confidence && (now!.deck_left ?? 0) > 0;
  });
  failed(await heir.run(restore), 1, /there are books here already/);

  const { addresses: heirs } = await heir.rpc.call('node.status', {});
  const flags = heir.flags(...controlled, '--peer', addresses[0]!, '--peer', heirs[0]!);
  const back = await holdfast(['node', 'start', ...flags], { home: join(dir, 'lost'), ms: 30_000 });
  assert.match(back.stderr, /error: this wallet runs elsewhere/);
  assert.equal(back.status, 11);
});
