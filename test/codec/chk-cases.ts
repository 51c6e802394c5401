import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { encodeFile } from '../../src/lib/codec/encode.js';
import { bufferSource } from '../../src/lib/codec/source.js';
import { fromHex } from '../../src/lib/util/bytes.js';
import { vector } from '../helpers/root.js';

/** Tahoe's own integration/vectors/test_vectors.yaml, immutable files only. */
export interface ChkCase {
  id: number;
  convergenceHex: string;
  seedHex: string;
  length: number;
  dataSha256: string;
  required: number;
  total: number;
  segmentSize: number;
  expected: string;
}

export const chkVectors = JSON.parse(vector('chk-vectors.json')) as {
  cases: ChkCase[];
  lit: { dataHex: string; expected: string }[];
};

export function dataOf(item: ChkCase): Uint8Array {
  const data = Buffer.alloc(item.length, Buffer.from(item.seedHex, 'hex'));
  assert.equal(createHash('sha256').update(data).digest('hex'), item.dataSha256);
  return new Uint8Array(data);
}

/** Encodes to no sinks: the cap binds every byte of every share. */
export async function checkCase(item: ChkCase): Promise<void> {
  const params = { needed: item.required, happy: 1, total: item.total, segmentSize: item.segmentSize };
  const convergence = fromHex(item.convergenceHex)!;
  const made = await encodeFile(bufferSource(dataOf(item)), params, { convergence }, () => undefined);
  assert.equal(made.capText, item.expected, `case ${item.id}`);
  assert.equal(made.shares, item.total);
}

/**
 * The large cases of one k-of-N, for one or both of the two convergence secrets. With many shares they take
 * seconds, so those have a file for each secret.
 */
export function largeCases(needed: number, total: number, secrets: readonly (1 | 2)[] = [1, 2]): ChkCase[] {
  const known = [...new Set(chkVectors.cases.map(({ convergenceHex }) => convergenceHex))];
  return chkVectors.cases.filter((item) => {
    const secret = (known.indexOf(item.convergenceHex) + 1) as 1 | 2;
    return item.required === needed && item.total === total && item.length > 1e6 && secrets.includes(secret);
  });
}
