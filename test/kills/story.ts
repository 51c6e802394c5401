import type { TestContext } from 'node:test';
import { advertise } from '../../src/lib/node/adverts.js';
import { parsePolicy, parseStewardPolicy } from '../../src/lib/plan/policy.js';
import { PUT } from '../node/file-world.js';
import { chunks, noise, type TestNode } from '../node/helpers.js';
import { putBlob, RESERVE } from '../node/market.js';
import { type Role, Stage } from './stage.js';

const OWNER = { owner: parsePolicy({ minPeers: 1 }), steward: parseStewardPolicy({}) };
const STEWARD = { ...OWNER, steward: parseStewardPolicy({ price: RESERVE / 2n, capacityBytes: 1 << 20 }) };

export function roleOf(name: string): Role {
  return { name, policies: name === 'owner' ? OWNER : STEWARD };
}

/** An owner and stewards that have mined something; `victim`: whose ticks are cut. */
export async function stageOf(t: TestContext, stewards: readonly string[], victim: string): Promise<Stage> {
  const roles = [...stewards.map((name) => ({ name, policies: STEWARD })), { name: 'owner', policies: OWNER }];
  const stage = await Stage.open(t, roles, victim);
  const { machines, world } = stage.cast;
  for (const { node } of machines) for (let i = 0; i < 3; i++) await world.mine({ producer: node.main });
  return stage;
}

/** Blobs of one size, each on its own advert: one steward may win all. */
export async function placeBlobs(stage: Stage, names: readonly string[]): Promise<void> {
  const { node } = stage.machine('owner');
  for (const name of names) await advertised(node, [await putBlob(node, name)]);
}

/** A file of two shares, either of which is enough; one with each of two stewards. */
export async function placeFile(stage: Stage): Promise<void> {
  const { node } = stage.machine('owner');
  const params = { ...PUT, needed: 1, happy: 2, total: 2 };
  const { blobs } = await node.files.put(params, chunks(noise('a file of two shares', 3000)));
  await advertised(node, blobs);
}

async function advertised({ context }: TestNode, uuids: readonly string[]): Promise<void> {
  await context.books.exclusive(() => advertise(context, [{ uuids, reserve: RESERVE, creditDays: 35, termDays: 300 }]));
}

/** Whether all of so many contracts were paid for and settled at least once. */
export async function isPaid(stage: Stage, contracts: number): Promise<boolean> {
  const owned = await stage.machine('owner').node.context.books.owned.all();
  return owned.length >= contracts && owned.every(({ paid }) => paid > 0n);
}
