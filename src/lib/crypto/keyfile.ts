import { scrypt } from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import * as v from 'valibot';
import { fromHex, toHex, utf8 } from '../util/bytes.js';
import { Failure, invariant } from '../util/errors.js';

const FORMAT = 'holdfast-key';
const DEFAULT_N = 1 << 15;
/** 256 MiB at r = 8: a file from elsewhere must not make the reader ask for more. */
const MAX_N = 1 << 18;
const MAX_TEXT = 1 << 20;

const hex = (bytes: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`)));
const powerOfTwo = v.check((n: number) => (n & (n - 1)) === 0, 'must be a power of two');
const KeyFileSchema = v.strictObject({
  format: v.literal(FORMAT),
  version: v.pipe(v.number(), v.integer(), v.minValue(1)),
  kdf: v.strictObject({
    name: v.literal('scrypt'),
    n: v.pipe(v.number(), v.integer(), v.minValue(1024), v.maxValue(MAX_N), powerOfTwo),
    r: v.literal(8),
    p: v.literal(1),
    salt: hex(16),
  }),
  cipher: v.strictObject({ name: v.literal('xchacha20-poly1305'), nonce: hex(24) }),
  ciphertext: v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2}){16,}$/)),
});
type KeyFile = v.InferOutput<typeof KeyFileSchema>;

function deriveKey(passphrase: string, { n, r, p, salt }: KeyFile['kdf']): Promise<Uint8Array> {
  const maxmem = 128 * n * r * 2;
  // NFKC, as BIP39 does: the same passphrase typed on another keyboard is the same bytes.
  const secret = utf8(passphrase.normalize('NFKC'));
  return new Promise((resolve, reject) => {
    scrypt(secret, fromHex(salt)!, 32, { N: n, r, p, maxmem }, (error, key) =>
      error ? reject(error) : resolve(new Uint8Array(key)),
    );
  });
}

/** Everything outside the ciphertext is authenticated with it. */
function header({ format, version, kdf, cipher }: Omit<KeyFile, 'ciphertext'>): Uint8Array {
  return utf8(JSON.stringify([format, version, kdf.name, kdf.n, kdf.r, kdf.p, kdf.salt, cipher.name, cipher.nonce]));
}

export interface KeyFileRandom {
  /** 16 random bytes. */
  salt: Uint8Array;
  /** 24 random bytes. */
  nonce: Uint8Array;
  /** scrypt's N: a power of two, 2^10 to 2^18; 2^15 by default (about 0.1 s, 32 MiB). */
  n?: number;
}

/** The payload under a passphrase (scrypt, XChaCha20-Poly1305), as the text of a key file. */
export async function sealKeyFile(payload: Uint8Array, passphrase: string, random: KeyFileRandom): Promise<string> {
  const outer = {
    format: FORMAT,
    version: 1,
    kdf: { name: 'scrypt', n: random.n ?? DEFAULT_N, r: 8, p: 1, salt: toHex(random.salt) },
    cipher: { name: 'xchacha20-poly1305', nonce: toHex(random.nonce) },
  } as const;
  invariant(v.is(KeyFileSchema, { ...outer, ciphertext: '00'.repeat(16) }), 'key file parameters out of bounds');
  const key = await deriveKey(passphrase, outer.kdf);
  const ciphertext = toHex(xchacha20poly1305(key, random.nonce, header(outer)).encrypt(payload));
  return `${JSON.stringify({ ...outer, ciphertext }, null, 2)}\n`;
}

function parseKeyFile(text: string): KeyFile {
  const bad = (hint?: string) => new Failure('failure', 'not a holdfast key file', hint);
  if (text.length > MAX_TEXT) throw bad();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw bad();
  }
  const result = v.safeParse(KeyFileSchema, json);
  if (!result.success) throw bad();
  if (result.output.version !== 1) {
    throw bad(`it is of version ${result.output.version}, and this program reads version 1`);
  }
  return result.output;
}

/**
 * The payload again. A Failure 'passphrase' where the passphrase doesn't open it (a changed file cannot
 * be told from that), 'failure' where the text is no key file.
 */
export async function openKeyFile(text: string, passphrase: string): Promise<Uint8Array> {
  const file = parseKeyFile(text);
  const key = await deriveKey(passphrase, file.kdf);
  try {
    return xchacha20poly1305(key, fromHex(file.cipher.nonce)!, header(file)).decrypt(fromHex(file.ciphertext)!);
  } catch {
    throw new Failure('passphrase', 'wrong passphrase');
  }
}
