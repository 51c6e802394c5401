import { createHash } from 'node:crypto';
import { copyFile, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RpcClient } from '../rpc/client.js';
import type { BlobRecord } from '../rpc/records.js';
import { Failure } from '../util/errors.js';
import { type Actor, type Cast, gather } from './cast.js';
import { closeAccounts } from './closing.js';
import type { Stage } from './stage.js';
import type { Teller } from './teller.js';
import { untilBlock, Watch } from './watch.js';

export interface StoryOptions {
  stage: Stage;
  teller: Teller;
  /** An empty directory that is the demo's own. */
  dir: string;
  file: string;
  stewards: number;
  deadline: AbortSignal;
}

const OWNER_TOKENS = 50;
const STEWARD_TOKENS = 2;
const MAX_PRICE = '100';
const LOWEST_PRICE = 20;

/** The main job, start to end; returns the restored file's SHA-256. Throws where anything was not seen. */
export async function tellStory(options: StoryOptions): Promise<string> {
  const { teller, dir, file, deadline } = options;
  const copy = join(dir, 'file');
  await copyFile(file, copy);
  const wanted = await sha256(copy);
  teller.event(
    'file',
    { bytes: (await stat(copy)).size, sha256: wanted },
    `the file: ${(await stat(copy)).size} bytes, sha256 ${wanted}`,
  );
  const scene = await openScene(options);
  const { cast } = scene;
  await fund(scene);
  await bid(scene);
  const uuids = await put(scene, copy);
  const watch = new Watch(new RpcClient(cast.owner.home), teller, (peer) => nameOf(cast, peer), deadline);
  watch.start();
  await place(scene, watch, uuids);
  const given = await giveUp(scene, watch);
  await lose(scene, watch, given);
  await stretch(scene, watch);
  await pruned(scene, given);
  watch.end();
  const restored = await restore(scene, copy);
  if (restored !== wanted) throw new Failure('failure', 'the restored file is not the file that was stored');
  await closeAccounts(scene);
  return restored;
}

export interface Scene extends StoryOptions {
  cast: Cast;
  /** Nodes that live: name → data directory. */
  living: Map<string, string>;
}

async function openScene(options: StoryOptions): Promise<Scene> {
  options.teller.step('devnet', `starting a network of ${options.stewards + 2} nodes on this machine`);
  const cast = await gather(options.stage, join(options.dir, 'devnet'), options.stewards);
  const { networkId, blockMs } = cast;
  options.teller.event(
    'network',
    { network_id: networkId, block_ms: blockMs, nodes: options.stewards + 2 },
    `network ${networkId.slice(0, 16)}…, a block every ${blockMs} ms when measured`,
  );
  const living = new Map([cast.miner, cast.owner, ...cast.stewards].map(({ name, home }) => [name, home]));
  return { ...options, cast, living };
}

const on = ({ home }: { home: string }) => ['--home', home];

/** The miner mines the first coins, and sends everybody some. */
async function fund({ stage, teller, cast, deadline }: Scene): Promise<void> {
  teller.step('mine', 'mining the first coins');
  const miner = new RpcClient(cast.miner.home);
  const total = OWNER_TOKENS + cast.stewards.length * STEWARD_TOKENS + 1;
  await untilBlock(miner, 'the first coins', deadline, async () => {
    const { balance_grains } = await miner.call('wallet.balance', {});
    return BigInt(balance_grains) >= BigInt(total) * 100_000_000n;
  });
  const send = (to: Actor, amount: number) =>
    stage.run(['wallet', 'send', ...on(cast.miner), '--to', to.address, '--amount', String(amount), '--yes']);
  await send(cast.owner, OWNER_TOKENS);
  await inPairs(cast.stewards, (steward) => send(steward, STEWARD_TOKENS));
}

/** Each steward's standing bid, at a price of its own: its controller answers adverts with it. */
async function bid({ stage, teller, cast }: Scene): Promise<void> {
  teller.step('bid', 'stewards say what they ask for');
  await inPairs(cast.stewards, (steward, i) =>
    stage.run([
      'market',
      'bid',
      ...on(steward),
      '--price',
      String(LOWEST_PRICE + i),
      '--capacity',
      '1GiB',
      '--term',
      '60d',
    ]),
  );
}

async function put({ stage, teller, cast, dir }: Scene, copy: string): Promise<string[]> {
  teller.step('put', 'encoding the file, 3 of 10, and sealing its shares');
  const cap = join(dir, 'file.cap');
  const uuids = await stage.run(['file', 'put', ...on(cast.owner), '--shares', '3/7/10', '--cap-file', cap, copy]);
  if (uuids.length !== 10) throw new Failure('failure', `${uuids.length} blobs, not ten`);
  const owner = new RpcClient(cast.owner.home);
  await waitForFunds(owner);
  await stage.run([
    'blob',
    'advertise',
    ...on(cast.owner),
    '--max-price',
    MAX_PRICE,
    '--term',
    '30d',
    '--credit-days',
    '12d',
    '--yes',
    ...uuids,
  ]);
  return uuids;
}

async function waitForFunds(owner: RpcClient): Promise<void> {
  for await (const _change of owner.records('books.follow', {})) {
    if (BigInt((await owner.call('wallet.balance', {})).balance_grains) > 0n) return;
  }
}

async function place({ teller, cast }: Scene, watch: Watch, uuids: readonly string[]): Promise<void> {
  teller.step('auction', 'ten lots are bid for, cleared, and handed to their winners');
  const live = await watch.until('ten blobs with stewards', (blobs) => {
    const placed = blobs.filter(({ uuid, state }) => uuids.includes(uuid) && state === 'live');
    return placed.length === uuids.length && placed;
  });
  const peers = new Set(live.map(({ peer }) => peer));
  if (peers.size !== uuids.length) throw new Failure('failure', 'two shares went to one steward');
  teller.event(
    'placed',
    { stewards: [...peers].map((peer) => nameOf(cast, peer!)), price_grains: live[0]!.price_grains },
    `each blob is with a steward of its own, all at the price of the lowest rejected bid`,
  );
}

interface GivenUp {
  uuid: string;
  steward: Actor;
}

/** One blob is given up at confidence 1: neither paid nor repaired from now on. */
async function giveUp({ stage, teller, cast }: Scene, watch: Watch): Promise<GivenUp> {
  teller.step('pay', 'the first bounties are posted, and swept by the stewards');
  const blob = await watch.until('a first payment', (blobs) =>
    blobs.find((b) => b.state === 'live' && b.confidence === 1),
  );
  teller.step('give-up', `giving one blob up: its steward will not be paid again`);
  await stage.run(['blob', 'rm', ...on(cast.owner), blob.uuid]);
  return { uuid: blob.uuid, steward: actorOf(cast, blob) };
}

/** A steward dies: its bounties expire, its blob is missing in action, and is rebuilt and placed again. */
async function lose(scene: Scene, watch: Watch, given: GivenUp): Promise<void> {
  const { teller, cast, living } = scene;
  const blob = await watch.until('another first payment', (blobs) =>
    blobs.find((b) => b.state === 'live' && b.confidence === 1 && b.uuid !== given.uuid),
  );
  const steward = actorOf(cast, blob);
  teller.step('lose', `${steward.name} is killed, and its disk erased`);
  await destroy(scene, steward);
  living.delete(steward.name);
  const seen = await watch.until('the bounty to expire and be revoked', async () => {
    const states = (await watch.bounties(blob.uuid)).map(({ state }) => state);
    return states.includes('revoked') && states;
  });
  teller.event('expired', { blob: blob.uuid, bounties: seen }, 'a bounty went unclaimed: it expired, and was revoked');
  await watch.until('the blob to be missing', (blobs) => blobs.find((b) => b.uuid === blob.uuid && b.state !== 'live'));
  teller.event('mia', { blob: blob.uuid, share: blob.share }, `share ${blob.share} is missing in action`);
  const rebuilt = await watch.until('the share to be rebuilt', (blobs) =>
    blobs.find((b) => b.share === blob.share && (b.generation ?? 0) > (blob.generation ?? 0)),
  );
  teller.step('repair', `share ${blob.share} is rebuilt from others, sealed anew, and advertised`);
  const placed = await watch.until('the rebuilt blob to be placed', (blobs) =>
    blobs.find((b) => b.share === blob.share && (b.generation ?? 0) >= (rebuilt.generation ?? 0) && b.state === 'live'),
  );
  const next = nameOf(cast, placed.peer!);
  if (next === steward.name) throw new Failure('failure', 'the dead steward was given the blob again');
  teller.event(
    'repaired',
    { blob: placed.uuid, share: blob.share, generation: placed.generation, steward: next },
    `share ${blob.share} is with ${next} now, as a new blob`,
  );
}

/** Claims raise confidence, and confidence stretches the interval. */
async function stretch({ teller, cast }: Scene, watch: Watch): Promise<void> {
  teller.step('stretch', 'confidence rises, and payments grow rarer');
  const far = await watch.until('confidence 2', (blobs) => blobs.find((b) => b.state === 'live' && b.confidence >= 2));
  teller.event(
    'stretched',
    { blob: far.uuid, confidence: far.confidence, interval_days: far.interval_days },
    `share ${far.share} at ${nameOf(cast, far.peer!)}: confidence ${far.confidence}, next payment after ${far.interval_days} days`,
  );
  const again = [...watch.blobs.values()].filter(({ state, generation }) => state === 'mia' || (generation ?? 0) > 1);
  if (again.length > 0)
    teller.event(
      'busy',
      { blobs: again.map(({ uuid }) => uuid) },
      'this machine was so busy that another steward missed its time',
    );
}

/** The steward that is not paid deletes the blob. */
async function pruned({ teller, deadline }: Scene, { uuid, steward }: GivenUp): Promise<void> {
  teller.step('prune', `${steward.name} waits out its grace for the blob that was given up`);
  const rpc = new RpcClient(steward.home);
  await untilBlock(rpc, 'the unpaid blob to be pruned', deadline, async () => {
    const blob = await rpc.call('blob.show', { uuid });
    return blob.state === 'pruned' && !blob.held;
  });
  teller.event('pruned', { blob: uuid, steward: steward.name }, `${steward.name} was not paid, and deleted the blob`);
}

/** The owner's machine is gone; the cap alone brings the file back on a new one. */
async function restore(scene: Scene, copy: string): Promise<string> {
  const { stage, teller, cast, dir, living } = scene;
  teller.step('restore', "the owner's file and data are deleted; a new, empty node restores it from the cap alone");
  const cap = await readFile(join(dir, 'file.cap'), 'utf8');
  await destroy(scene, cast.owner);
  living.delete(cast.owner.name);
  teller.command(`rm ${copy} ${join(dir, 'file.cap')}`);
  await rm(copy);
  await rm(join(dir, 'file.cap'));
  const home = join(dir, 'restored');
  const peers = cast.stewards.filter(({ name }) => living.has(name)).flatMap(({ multiaddr }) => ['--peer', multiaddr]);
  const listen = ['--listen', '/ip4/127.0.0.1/tcp/0'];
  stage.start(['node', 'start', '--home', home, '--network', cast.genesis, ...listen, ...peers]);
  await stage.run(['node', 'wait', '--home', home, '--timeout', '5m']);
  living.set('restored', home);
  const hash = createHash('sha256');
  await stage.pipe(['file', 'get', '--home', home, '-'], cap, (chunk) => hash.update(chunk));
  const restored = hash.digest('hex');
  teller.event('restored', { sha256: restored }, `restored: sha256 ${restored}`);
  return restored;
}

async function destroy({ teller }: Scene, actor: Actor): Promise<void> {
  for (const pid of [actor.controller_pid, actor.pid]) {
    if (pid === null) continue;
    teller.command(`kill -9 ${pid}`);
    process.kill(pid, 'SIGKILL');
  }
  teller.command(`rm -r ${actor.home}`);
  await rm(actor.home, { recursive: true, force: true, maxRetries: 5 });
}

function nameOf({ stewards }: Cast, peer: string): string {
  return stewards.find(({ peer_id }) => peer_id === peer)?.name ?? peer;
}

function actorOf({ stewards }: Cast, { peer }: BlobRecord): Actor {
  const found = stewards.find(({ peer_id }) => peer_id === peer);
  if (!found) throw new Failure('failure', 'a blob is with nobody known');
  return found;
}

/** Commands side by side, as many as there are cores on a small machine. */
async function inPairs<T>(items: readonly T[], work: (item: T, index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < items.length; i = next++) await work(items[i]!, i);
  };
  await Promise.all([lane(), lane()]);
}

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
