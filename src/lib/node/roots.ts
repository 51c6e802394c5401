import type { MethodParams } from '../rpc/methods.js';
import type { RootRecord } from '../rpc/records.js';
import { attachRoot, detachRoot, trueDirectory } from '../store/blobs-attach.js';
import type { RootView } from '../store/blobs-foreign.js';
import { Failure } from '../util/errors.js';
import type { Context } from './context.js';

type Stored = Pick<Context, 'blobs'>;

/** A directory for blobs of ours, or another program's tree that is read in place. */
export async function attach({ blobs }: Stored, params: MethodParams<'steward.attach'>): Promise<RootRecord> {
  const { dir, capacity, reserve } = params;
  if (params.blobs) return rootRecord(await (await attachRoot(blobs.roots, dir, { capacity, reserve })).view());
  if (capacity !== undefined || reserve !== undefined)
    throw new Failure('usage', 'capacity and reserve are for blobs', 'a tree of Tahoe shares is only read');
  return rootRecord(await blobs.foreign.attach(await trueDirectory(dir)));
}

/** Forgets a root; its files stay where they are. Gives it as it was. */
export async function detach({ blobs }: Stored, { dir, lost }: MethodParams<'steward.detach'>): Promise<RootRecord> {
  const real = await trueDirectory(dir).catch(() => dir);
  const root = blobs.roots.at(dir) ?? blobs.roots.at(real);
  if (root) {
    const view = await root.view();
    await detachRoot(blobs, root, lost);
    return rootRecord(view);
  }
  const tree = (await blobs.foreign.detach(dir)) ?? (await blobs.foreign.detach(real));
  if (!tree) throw new Failure('not-found', `${dir} is not attached`, 'see holdfast steward ls');
  return rootRecord(tree);
}

export async function* listRoots({ blobs }: Stored): AsyncGenerator<RootRecord> {
  for (const view of await blobs.roots.views()) yield rootRecord(view);
}

export function rootRecord(view: RootView): RootRecord {
  const { kind, path, state, bytes, freeBytes, capacity, reserve, skipped, corrupt } = view;
  return {
    ...{ type: 'root', kind, path, state, blobs: view.blobs, bytes },
    ...{ free_bytes: freeBytes, capacity, reserve, skipped, corrupt },
  };
}
