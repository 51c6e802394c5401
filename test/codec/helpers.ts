import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { ChkCap, LitCap } from '../../src/lib/codec/caps.js';
import { decodeFile } from '../../src/lib/codec/decode.js';
import type { EncodeParams } from '../../src/lib/codec/encode.js';
import { encodeFile } from '../../src/lib/codec/encode.js';
import { BufferSink, type ByteSource, bufferSource } from '../../src/lib/codec/source.js';
import { equal } from '../../src/lib/util/bytes.js';

export const SECRET = new Uint8Array(16).fill(0x61);

/** Bytes that look random and are the same at every run. */
export function noise(length: number, seed = 'noise'): Uint8Array {
  const out = new Uint8Array(length);
  for (let at = 0, block = 0; at < length; block++) {
    const bytes = createHash('sha512')
      .update(`${seed}/${block}`)
      .digest()
      .subarray(0, length - at);
    out.set(bytes, at);
    at += bytes.length;
  }
  return out;
}

export interface Encoded {
  cap: ChkCap;
  shares: Uint8Array[];
}

export async function encodeAll(data: Uint8Array, params: EncodeParams): Promise<Encoded> {
  const sinks: BufferSink[] = [];
  const { cap } = await encodeFile(bufferSource(data), params, { convergence: SECRET }, (share) => {
    const sink = new BufferSink();
    sinks[share] = sink;
    return sink;
  });
  if (cap.kind !== 'chk') throw new Error('a literal');
  return { cap, shares: sinks.map((sink) => sink.bytes()) };
}

export function sources(shares: readonly Uint8Array[], numbers?: readonly number[]): Map<number, ByteSource> {
  const chosen = numbers ?? shares.map((_, share) => share);
  return new Map(chosen.map((share) => [share, bufferSource(shares[share]!)]));
}

export function flipped(bytes: Uint8Array, at: number, mask = 0x01): Uint8Array {
  const out = bytes.slice();
  out[at]! ^= mask;
  return out;
}

/** The file, joined; `emitted` counts how often plaintext was handed on. */
export async function decodeAll(
  cap: ChkCap | LitCap,
  from: Map<number, ByteSource>,
): Promise<{ data: Uint8Array; emitted: number; bad: [number, string][] }> {
  const parts: Uint8Array[] = [];
  const bad: [number, string][] = [];
  await decodeFile(cap, from, (plaintext) => void parts.push(plaintext.slice()), {
    onBadShare: (share, reason) => bad.push([share, reason]),
  });
  return { data: new Uint8Array(Buffer.concat(parts)), emitted: parts.length, bad };
}

export function assertSame(actual: Uint8Array, expected: Uint8Array, what?: string): void {
  assert.ok(equal(actual, expected), what ?? 'other bytes than expected');
}
