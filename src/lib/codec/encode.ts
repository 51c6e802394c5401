import { equal } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { type ChkCap, formatCap, type LitCap, storageIndexText, verifyCapOf } from './caps.js';
import { encryptor } from './cipher.js';
import { hashUeb } from './hashutil.js';
import { convergenceHasher, convergenceKey, KEY_BYTES } from './keys.js';
import { layoutFor, shareLength } from './layout.js';
import { checkParams, type EncodeParams, LIT_MAX_BYTES } from './params.js';
import { segmentLength, shapeFor } from './shape.js';
import { type ByteSource, readExactly, type ShareSink } from './source.js';
import { packUeb, uebLength } from './ueb.js';
import { ShareWriter } from './writer.js';

export type { EncodeParams } from './params.js';

/** Either the convergence secret, of any length, or the 16 bytes of the key itself. */
export type EncodeSecret = { convergence: Uint8Array } | { key: Uint8Array };

export interface EncodedFile {
  cap: ChkCap | LitCap;
  capText: string;
  /** This and the next two only where there are shares. */
  verifyCap?: string;
  /** 26 letters of base32. */
  storageIndex?: string;
  /** Bytes of each share. */
  shareSize?: number;
  /** How many shares there are: N, or 0 for a file that travels in its cap. */
  shares: number;
}

/** Bytes of each share; 0 for a file that travels in its cap. Throws Failure('usage') for impossible parameters. */
export function shareSizeFor(params: EncodeParams, fileSize: number): number {
  checkParams(params);
  if (fileSize <= LIT_MAX_BYTES) return 0;
  const shape = shapeFor(params, fileSize);
  return shareLength(layoutFor(shape), uebLength(shape));
}

/**
 * Encodes a file as Tahoe-LAFS does, bit for bit. Reads the source twice where the key comes from its content,
 * else once. What was written to the sinks counts only once this returns.
 *
 * @param sinkFor asked once a share; undefined skips writing that share, not its hashes
 * @throws Failure('usage') for impossible parameters; Failure('temporary') if the file changed between the passes
 */
export async function encodeFile(
  source: ByteSource,
  params: EncodeParams,
  secret: EncodeSecret,
  sinkFor: (share: number) => ShareSink | undefined,
): Promise<EncodedFile> {
  checkParams(params);
  if (source.size <= LIT_MAX_BYTES) {
    const cap: LitCap = { kind: 'lit', data: (await readExactly(source, 0, source.size)).slice() };
    return { cap, capText: formatCap(cap), shares: 0 };
  }
  const shape = shapeFor(params, source.size);
  const convergence = 'convergence' in secret ? secret.convergence : undefined;
  const key = 'key' in secret ? secret.key : await convergenceKey(source, params, secret.convergence);
  if (key.length !== KEY_BYTES) throw new Failure('usage', `a key is ${KEY_BYTES} bytes`);

  // The second pass hashes the plaintext again: other content under this key would give away, XORed, what two
  // versions of the file have in common.
  const again = convergence && convergenceHasher(convergence, shape);
  const encrypt = encryptor(key);
  const writer = new ShareWriter(shape, sinkFor);
  for (let segment = 0; segment < shape.segments; segment++) {
    const plaintext = await readExactly(source, segment * shape.segmentSize, segmentLength(shape, segment));
    again?.update(plaintext);
    await writer.segment(encrypt(plaintext));
  }
  if (again && !equal(again.digest().subarray(0, KEY_BYTES), key)) {
    throw new Failure('temporary', 'the file changed while it was being encoded', 'try again once it is at rest');
  }
  const ueb = packUeb(shape, writer.seal());
  await writer.close(ueb);

  const cap: ChkCap = {
    kind: 'chk',
    key: Uint8Array.from(key),
    uebHash: hashUeb(ueb),
    needed: shape.needed,
    total: shape.total,
    size: shape.size,
  };
  return {
    cap,
    capText: formatCap(cap),
    verifyCap: formatCap(verifyCapOf(cap)),
    storageIndex: storageIndexText(cap),
    shareSize: shareLength(layoutFor(shape), ueb.length),
    shares: shape.total,
  };
}
