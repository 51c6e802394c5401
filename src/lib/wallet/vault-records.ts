import * as v from 'valibot';
import { concat, readU32be, u32be } from '../util/bytes.js';
import { type Cbor, decodeCbor, encodeCbor } from '../util/cbor.js';
import { Failure } from '../util/errors.js';

const FORMAT = 'holdfast-vault';
const VERSION = 1;
/** The longest record there may be: a batch's bounty, or what a request was answered with. */
const RECORD_BYTES_MAX = 16 * 1024 * 1024;
const POLICY_CHARS_MAX = 64 * 1024;
const KEY_BYTES_MAX = 1024;
const LENGTH_BYTES = 4;

const uint = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const bytes = (length: number) => v.pipe(v.instance(Uint8Array), v.length(length));
const VersionSchema = v.looseTuple([v.literal(FORMAT), v.pipe(v.number(), v.safeInteger(), v.minValue(1))]);
const HeadSchema = v.strictTuple([v.literal(FORMAT), v.literal(VERSION), bytes(32), uint, uint, uint, uint, uint]);
const PolicySchema = v.strictTuple([v.literal('policy'), v.pipe(v.string(), v.maxLength(POLICY_CHARS_MAX))]);
const RowSchema = v.strictTuple([
  v.literal('row'),
  v.pipe(v.instance(Uint8Array), v.minLength(1), v.maxLength(KEY_BYTES_MAX)),
  v.instance(Uint8Array),
]);
const EndSchema = v.strictTuple([v.literal('end'), uint]);

/** What a backup says of itself. */
export interface VaultHead {
  /** The network's id. */
  network: Uint8Array;
  /** The later of two has the higher: milliseconds since the Unix epoch, and above the one before. */
  generation: number;
  /** Of the records (store/schema.ts). */
  schema: number;
  /** Of the ledger, when it was made. */
  height: number;
  slot: number;
  /** Of the wallet (node/original.ts). */
  epoch: number;
}

/** A record of the node's database, as it lies there. */
export type VaultRow = readonly [key: Uint8Array, value: Uint8Array];

export type VaultRecord =
  | { kind: 'head'; head: VaultHead }
  /** The policy file's text. */
  | { kind: 'policy'; text: string }
  | { kind: 'row'; row: VaultRow };

/** Head, policy (undefined: there was none), rows and end, each as u32be length ‖ CBOR. */
export async function* encodeRecords(
  head: VaultHead,
  policy: string | undefined,
  rows: AsyncIterable<VaultRow>,
): AsyncGenerator<Uint8Array> {
  const { network, generation, schema, height, slot, epoch } = head;
  yield framed([FORMAT, VERSION, network, generation, schema, height, slot, epoch]);
  if (policy !== undefined) yield framed(['policy', policy]);
  let count = 0;
  for await (const [key, value] of rows) {
    yield framed(['row', key, value]);
    count++;
  }
  yield framed(['end', count]);
}

function framed(value: Cbor): Uint8Array {
  const encoded = encodeCbor(value);
  return concat(u32be(encoded.length), encoded);
}

/** Strict: a Failure for what `encodeRecords` would not have written, and for anything but zeros behind the end. */
export async function* decodeRecords(plain: AsyncIterable<Uint8Array>): AsyncGenerator<VaultRecord> {
  let headed = false;
  let count = 0;
  let ended = false;
  for await (const record of recordsOf(plain)) {
    if (ended) throw bad();
    if (!headed) {
      headed = true;
      yield { kind: 'head', head: headOf(record) };
      continue;
    }
    const row = v.safeParse(RowSchema, record);
    if (row.success) {
      count++;
      yield { kind: 'row', row: [row.output[1], row.output[2]] };
      continue;
    }
    const policy = v.safeParse(PolicySchema, record);
    if (policy.success && count === 0) {
      yield { kind: 'policy', text: policy.output[1] };
      continue;
    }
    const end = v.safeParse(EndSchema, record);
    if (!end.success || end.output[1] !== count) throw bad();
    ended = true;
  }
  if (!ended) throw bad();
}

/** From a vault's first chunk. */
export function decodeHead(first: Uint8Array): VaultHead {
  const length = first.length < LENGTH_BYTES ? 0 : readU32be(first, 0);
  if (length === 0 || length > first.length - LENGTH_BYTES) throw bad();
  return headOf(decode(first.subarray(LENGTH_BYTES, LENGTH_BYTES + length)));
}

function headOf(record: unknown): VaultHead {
  const found = v.safeParse(HeadSchema, record);
  if (found.success) {
    const [, , network, generation, schema, height, slot, epoch] = found.output;
    return { network, generation, schema, height, slot, epoch };
  }
  const version = v.safeParse(VersionSchema, record);
  if (!version.success || version.output[1] <= VERSION) throw bad();
  throw new Failure(
    'failure',
    `the backup is of version ${version.output[1]}, this holdfast knows ${VERSION}`,
    'restore it with the release that made it, or a later one',
  );
}

/** Records as they come; one that is longer than any may be is refused before it is waited for. */
async function* recordsOf(plain: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  let rest: Uint8Array = new Uint8Array(0);
  let padding = false;
  for await (const part of plain) {
    rest = rest.length === 0 ? part : concat(rest, part);
    let at = 0;
    while (!padding && rest.length - at >= LENGTH_BYTES) {
      const length = readU32be(rest, at);
      if (length > RECORD_BYTES_MAX) throw bad();
      padding = length === 0;
      if (padding || rest.length - at < LENGTH_BYTES + length) break;
      yield decode(rest.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length));
      at += LENGTH_BYTES + length;
    }
    rest = rest.slice(at);
    if (!padding) continue;
    if (rest.some((byte) => byte !== 0)) throw bad();
    rest = new Uint8Array(0);
  }
  if (rest.some((byte) => byte !== 0)) throw bad();
}

function decode(record: Uint8Array): unknown {
  try {
    return decodeCbor(record);
  } catch {
    throw bad();
  }
}

function bad(): Failure {
  return new Failure('failure', 'what is in the backup is no copy of the books');
}
