import { locatorOf, readProof } from '../seal/locator.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import type { Context } from './context.js';
import type { BlobEntry } from './entries.js';
import { ownedContract } from './lookup.js';

/** The blob's bytes on this machine: those here, or fetched from the steward that keeps them. */
export async function holdBytes(context: Context, blob: BlobEntry): Promise<void> {
  const { blobs } = context;
  if (await blobs.has(blob.uuid)) return;
  const { size, body } = await fromSteward(context, blob);
  await blobs.put(body, { uuid: blob.uuid, size });
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
  for await (const [, contract] of books.kept.entries()) {
    if (contract.uuid === uuid && contract.state === 'live') return;
  }
  await blobs.remove(uuid);
}

/** Whether this owner still needs the bytes here itself. */
export function isOwnCopy({ books }: Pick<Context, 'books'>, uuid: string): boolean {
  const blob = books.blobs.get(utf8(uuid));
  return blob !== undefined && (blob.state === 'local' || blob.state === 'advertised');
}
