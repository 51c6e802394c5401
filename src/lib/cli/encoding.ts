import { fstatSync } from 'node:fs';
import { type EncodedFile, type EncodeParams, type EncodeSecret, shareSizeFor } from '../codec/encode.js';
import { fromHex } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { encodeOnWorkers, type OpenFile, type Output } from '../workers/encode.js';
import { ShareWriter } from './share-writer.js';

/** A convergence secret or a key from flags, which are not repeated; else a random key. */
export function parseSecret(flags: { convergence?: string; key?: string }, randomKey: () => Uint8Array): EncodeSecret {
  if (flags.convergence !== undefined) {
    const convergence = fromHex(flags.convergence);
    if (!convergence) throw new Failure('usage', '--convergence is not hexadecimal');
    return { convergence };
  }
  if (flags.key === undefined) return { key: randomKey() };
  const key = fromHex(flags.key);
  if (key?.length !== 16) throw new Failure('usage', '--key is not 16 bytes in hexadecimal');
  return { key };
}

/** Encodes a file into a directory of shares: all of them, whole and on disk, or none. */
export async function encodeTo(
  dir: string,
  source: OpenFile,
  params: EncodeParams,
  how: { secret: EncodeSecret; server: boolean },
): Promise<EncodedFile> {
  // A file that travels in its cap has no shares, and needs no directory.
  if (shareSizeFor(params, source.size) === 0) {
    const made = await encodeOnWorkers(source, params, how.secret, () => undefined);
    refuseGrown(source);
    return made;
  }
  const writer = await ShareWriter.open(dir, how.server);
  try {
    const outputs: Output[] = [];
    for (let share = 0; share < params.total; share++) outputs.push(await writer.output(share));
    const made = await encodeOnWorkers(source, params, how.secret, (share) => outputs[share]);
    refuseGrown(source);
    await writer.publish(made.shareSize!, made.storageIndex!);
    return made;
  } finally {
    await writer.close();
  }
}

/** Other content is found while it is read; more of it only so: half of a file that is still being copied is none. */
function refuseGrown({ fd, size }: OpenFile): void {
  if (fstatSync(fd).size === size) return;
  throw new Failure('temporary', 'the file changed while it was being encoded', 'try again once it is at rest');
}
