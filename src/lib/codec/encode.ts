import { equal } from '../util/bytes.js';
import { Failure, invariant } from '../util/errors.js';
import { type ChkCap, formatCap, type LitCap, storageIndexText, verifyCapOf } from './caps.js';
import { encryptor } from './cipher.js';
import { ShareEncoder } from './encoder.js';
import { hashUeb, type TaggedHasher } from './hashutil.js';
import { convergenceHasher, convergenceKey, KEY_BYTES } from './keys.js';
import { layoutFor, shareLength } from './layout.js';
import { checkParams, type EncodeParams, LIT_MAX_BYTES } from './params.js';
import { type Shape, shapeFor } from './shape.js';
import { type ByteSource, readExactly, type ShareSink } from './source.js';
import { packUeb, uebLength } from './ueb.js';

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

/** What encoding gives for a file too large for its cap. @param ueb as packed, from its shares' hashes */
export function encodedFile(shape: Shape, key: Uint8Array, ueb: Uint8Array): EncodedFile {
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

/** A file of at most 55 bytes, in its cap. */
export function literalFile(data: Uint8Array): EncodedFile {
  invariant(data.length <= LIT_MAX_BYTES, 'a literal that is too long');
  const cap: LitCap = { kind: 'lit', data: data.slice() };
  return { cap, capText: formatCap(cap), shares: 0 };
}

/** The key given, or the one that the content gives: then the source is read once. Throws Failure('usage'). */
export async function keyFor(source: ByteSource, params: EncodeParams, secret: EncodeSecret): Promise<Uint8Array> {
  const key = 'key' in secret ? secret.key : await convergenceKey(source, params, secret.convergence);
  if (key.length !== KEY_BYTES) throw new Failure('usage', `a key is ${KEY_BYTES} bytes`);
  return key;
}

/**
 * Watches the pass that encrypts: other content under this key would give away, XORed, what two versions of the
 * file have in common. With a key that was given there is nothing to compare.
 */
export class ContentWatch {
  readonly #key: Uint8Array;
  readonly #hasher: TaggedHasher | undefined;

  constructor(shape: Shape, key: Uint8Array, secret: EncodeSecret) {
    this.#key = key;
    this.#hasher = 'convergence' in secret ? convergenceHasher(secret.convergence, shape) : undefined;
  }

  update(plaintext: Uint8Array): void {
    this.#hasher?.update(plaintext);
  }

  /** Once, at the end. Throws Failure('temporary') where the content is not what the key was made from. */
  finish(): void {
    if (!this.#hasher || equal(this.#hasher.digest().subarray(0, KEY_BYTES), this.#key)) return;
    throw new Failure('temporary', 'the file changed while it was being encoded', 'try again once it is at rest');
  }
}

/**
 * Encodes a file as Tahoe-LAFS does, bit for bit. Reads the source twice where the key comes from its content,
 * else once, and once more where segments are too large to hold. What was written to the sinks counts only once this returns.
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
  if (source.size <= LIT_MAX_BYTES) return literalFile(await readExactly(source, 0, source.size));
  const shape = shapeFor(params, source.size);
  const key = await keyFor(source, params, secret);
  const watch = new ContentWatch(shape, key, secret);
  const read = ciphertextReader(source, key, watch);
  const encoder = new ShareEncoder(shape, sinkFor);
  for (let segment = 0; segment < shape.segments; segment++) {
    const start = segment * shape.segmentSize;
    await encoder.segment((at, length) => read(start + at, length));
  }
  watch.finish();
  const ueb = packUeb(shape, await encoder.seal());
  await encoder.close(ueb);
  return encodedFile(shape, key, ueb);
}

/** Ciphertext at any offset. What is read for the first time is read in order, and shown to the watch. */
function ciphertextReader(source: ByteSource, key: Uint8Array, watch: ContentWatch) {
  let watched = 0;
  return async (offset: number, length: number): Promise<Uint8Array> => {
    const plaintext = await readExactly(source, offset, length);
    if (offset === watched) {
      watch.update(plaintext);
      watched += length;
    }
    return encryptor(key, offset)(plaintext);
  };
}
