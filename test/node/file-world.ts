import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { awardLots } from '../../src/lib/node/awards.js';
import type { MethodParams } from '../../src/lib/rpc/methods.js';
import { type FailureCode, isFailure } from '../../src/lib/util/errors.js';
import { bytesOf, chunks, noise, type TestNode, World } from './helpers.js';
import { advertiseBlobs, bidAll } from './market.js';

export const PUT: MethodParams<'file.put'> = {
  ...{ name: 'a file', needed: 2, happy: 3, total: 4, segmentSize: 1024 },
  ...{ privateSeal: false, allowEmpty: false, dryRun: false },
};
export const DATA = noise('a file', 5_000);

export const fails = (code: FailureCode) => (error: unknown) => isFailure(error) && error.code === code;
export const put = (node: TestNode, data = DATA, changes: Partial<typeof PUT> = {}) =>
  node.files.put({ ...PUT, ...changes }, chunks(data.subarray(0, 999), data.subarray(999)));
export const get = async (node: TestNode, cap: string) => bytesOf((await node.files.get({ cap })).body);

export async function alone(t: TestContext): Promise<TestNode> {
  return new World(t).join('owner');
}

/** What lies in the node's folders: blobs, and nothing half-done. */
export function lying({ context }: TestNode): string[] {
  assert.deepEqual(readdirSync(join(context.home, 'spool')), []);
  assert.deepEqual(readdirSync(join(context.home, 'blobs', 'partial')), []);
  return readdirSync(join(context.home, 'blobs'), { recursive: true })
    .map((name) => name.toString().split('/')[1] ?? '')
    .filter((name) => name.length === 64)
    .sort();
}

/** A file of 2 of 4, a share with each of four stewards. */
export async function spread(t: TestContext, changes: Partial<typeof PUT> = {}) {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const stewards: TestNode[] = [];
  for (let i = 0; i < 4; i++) stewards.push(await world.join(`steward ${i}`, { rich: true }));
  const file = await put(owner, DATA, changes);
  const advert = await advertiseBlobs(world, owner, file.blobs);
  await bidAll(
    world,
    advert,
    stewards.map((steward, i) => [steward, BigInt(i + 2)] as const),
  );
  await awardLots(owner.context, advert);
  return { world, owner, stewards, file };
}

/** A bit of a blob's bytes on a node's disk turns. */
export async function rot({ context }: TestNode, uuid: string): Promise<void> {
  const { path } = (await context.blobs.locate(uuid))!;
  writeFileSync(
    path,
    readFileSync(path).map((byte, i) => (i === 700 ? byte ^ 1 : byte)),
  );
}
