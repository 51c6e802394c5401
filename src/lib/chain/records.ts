import { fromBigInt, toBigInt } from '../util/bytes.js';
import { encodeCbor } from '../util/cbor.js';
import type { Entry } from './entry.js';
import { decodeRecord } from './fields.js';
import { decodeBody, decodeHeader, encodeBody, encodeHeader, HEADER_BYTES_MAX } from './header.js';
import { bodyKey, headerKey, heightKey, tipKey, undoKey } from './layout.js';
import type { Reader, Staging } from './staging.js';
import type { Change } from './state.js';
import type { Hash } from './types.js';

export type { Entry } from './entry.js';

/** Sums of at most 2^32 works of at most 2^256 fit. */
const WORK_BYTES = 40;
/** The peaks of fewer than 2^53 leaves. */
const PEAKS_MAX = 53;

export function readEntry(reader: Reader, id: Hash): Entry | undefined {
  const bytes = reader.get(headerKey(id));
  if (bytes === undefined) return undefined;
  return decodeRecord(bytes, (f) => ({
    id,
    header: decodeHeader(f.bytes(1, HEADER_BYTES_MAX)),
    work: toBigInt(f.bytes(WORK_BYTES, WORK_BYTES)),
    unit: toBigInt(f.bytes(WORK_BYTES, WORK_BYTES)),
    range: { count: f.uint(), peaks: f.list(0, PEAKS_MAX, (list) => list.hash()) },
  }));
}

export function writeHeader(staging: Staging, entry: Entry): void {
  const { header, work, unit, range } = entry;
  const numbers = [work, unit].map((value) => fromBigInt(value, WORK_BYTES));
  staging.put(headerKey(entry.id), encodeCbor([encodeHeader(header), ...numbers, range.count, range.peaks]));
}

export function writeEntry(staging: Staging, entry: Entry, body: readonly Uint8Array[]): void {
  writeHeader(staging, entry);
  staging.put(bodyKey(entry.id), encodeBody(body));
}

export function eraseEntry(staging: Staging, id: Hash): void {
  staging.put(headerKey(id), null);
  staging.put(bodyKey(id), null);
}

export function readBody(reader: Reader, id: Hash): Uint8Array[] | undefined {
  const bytes = reader.get(bodyKey(id));
  return bytes === undefined ? undefined : decodeBody(bytes, Number.MAX_SAFE_INTEGER / 4);
}

export function idAt(reader: Reader, height: number): Hash | undefined {
  return reader.get(heightKey(height));
}

export function setTip(staging: Staging, entry: Entry): void {
  staging.put(heightKey(entry.header.height), entry.id);
  staging.put(tipKey, entry.id);
}

/** The state's keys a block changed, with what they held before. */
export function writeUndo(staging: Staging, id: Hash, before: readonly Change[]): void {
  const list = before.map(([key, value]) => [key, value]);
  staging.put(undoKey(id), encodeCbor(list));
}

export function readUndo(reader: Reader, id: Hash): Change[] | undefined {
  const bytes = reader.get(undoKey(id));
  if (bytes === undefined) return undefined;
  return decodeRecord(bytes, (f) => {
    const changes: Change[] = [];
    while (f.more()) changes.push(f.nested((pair) => [pair.bytes(1, 1 << 16), pair.bytesOrNull(1 << 24)]));
    return changes;
  });
}
