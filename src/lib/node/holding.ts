import { locatorOf, readProof } from '../seal/locator.js';
import type { OpenBlob } from '../store/blobs-open.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import type { Context } from './context.js';
import type { BlobEntry } from './entries.js';
import { keptOn, ownedContract } from './lookup.js';

/**
 * An owner's blob on this machine, verified; undefined where a steward has to be asked for it. Throws
 * where it may be on a disk that is missing, or went bad, and no steward has it.
 */
export async function heldGood({ blobs }: Pick<Context, 'blobs'>, blob: BlobEntry): Promise<OpenBlob | undefined> {
  try {
    return await blobs.openGood(blob.uuid);
  } catch (error) {
    const { code } = error as Failure;
    if (blob.contract !== null && (code === 'temporary' || code === 'lost')) return undefined;
    if (code === 'not-found') return undefined;
    throw error;
  }
}

/**
 * The blob's bytes on this machine: those here, or fetched from the steward that keeps them. Close them
 * at the end: what was fetched goes again where the books do not need it.
 */
export async function holdBytes(context: Context, blob: BlobEntry): Promise<OpenBlob> {
  const here = await heldGood(context, blob);
  if (here) return here;
  const { size, body } = await fromSteward(context, blob);
  const stored = await context.blobs.put(body, { uuid: blob.uuid, size });
  try {
    return await context.blobs.open(blob.uuid);
  } finally {
    // What is open stays readable.
    await stored.release();
  }
}

export async function fromSteward({ network, ...rest }: Context, blob: BlobEntry) {
  if (blob.contract === null) throw new Failure('not-found', `the bytes of blob ${blob.uuid} are nowhere`);
  const contract = ownedContract(rest, blob.contract);
  const prove = (server: Uint8Array, nonce: Uint8Array) => readProof(blob.readkey, network.peerIdBytes, server, nonce);
  const accept = (size: number) => size === blob.size;
  return network.get(contract.peer, { locator: locatorOf(blob.readkey), prove, accept });
}

/** Deletes an owner's copy, unless this machine keeps the same bytes for pay. */
export async function letGo({ books, blobs }: Pick<Context, 'books' | 'blobs'>, uuid: string): Promise<void> {
  if ((await keptOn({ books }, uuid)).some(({ state }) => state === 'live')) return;
  await blobs.letGo(uuid);
}

/** Whether this owner still needs the bytes here itself. */
export function isOwnCopy({ books }: Pick<Context, 'books'>, uuid: string): boolean {
  const blob = books.blobs.get(utf8(uuid));
  return blob !== undefined && (blob.state === 'local' || blob.state === 'advertised');
}
