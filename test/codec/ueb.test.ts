import assert from 'node:assert/strict';
import { test } from 'node:test';
import { netstring } from '../../src/lib/codec/hashutil.js';
import { shapeFor } from '../../src/lib/codec/shape.js';
import { packUeb, readUeb, type Ueb, uebLength, unpackUeb } from '../../src/lib/codec/ueb.js';
import { concat, utf8 } from '../../src/lib/util/bytes.js';
import { noise } from './helpers.js';

const cap = { needed: 3, total: 10, size: 1000 };
const shape = shapeFor({ needed: 3, happy: 7, total: 10, segmentSize: 300 }, cap.size);
const hashes = { crypttextHash: noise(32, 'a'), crypttextRoot: noise(32, 'b'), shareRoot: noise(32, 'c') };
const good = packUeb(shape, hashes);

function pack(fields: Iterable<[string, Uint8Array | string]>): Uint8Array {
  const parts = [...fields].map(([key, value]) =>
    concat(utf8(`${key}:`), netstring(typeof value === 'string' ? utf8(value) : value)),
  );
  return concat(...parts);
}

function changed(changes: Record<string, Uint8Array | string | undefined>): Uint8Array {
  const fields = new Map<string, Uint8Array | string>(unpackUeb(good)!);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) fields.delete(key);
    else fields.set(key, value);
  }
  return pack(fields);
}

test('keys stand in sorted order and the length is known beforehand', () => {
  const keys = [...unpackUeb(good)!.keys()];
  assert.deepEqual(keys, [...keys].sort());
  assert.equal(keys.length, 11);
  assert.equal(good.length, uebLength(shape));
});

test('what was packed is read', () => {
  const ueb = readUeb(good, cap) as Ueb;
  assert.deepEqual(ueb.shape, shape);
  assert.deepEqual([ueb.crypttextRoot, ueb.shareRoot], [hashes.crypttextRoot, hashes.shareRoot]);
  assert.equal(ueb.hasPlaintextHashes, false);
});

test('other keys are let be, and k and N are the cap’s', () => {
  for (const changes of [
    { aaa: 'x', zzz: noise(40) },
    { needed_shares: '4', total_shares: '11' },
    { needed_shares: undefined, total_shares: undefined, codec_params: undefined, tail_codec_params: undefined },
    { num_segments: undefined, size: undefined, codec_name: undefined, crypttext_hash: undefined },
  ]) {
    const ueb = readUeb(changed(changes), cap);
    assert.ok(typeof ueb !== 'string', String(ueb));
    assert.deepEqual(ueb.shape, shape);
  }
  assert.equal((readUeb(changed({ plaintext_root_hash: noise(32) }), cap) as Ueb).hasPlaintextHashes, true);
  assert.deepEqual((readUeb(pack([...unpackUeb(good)!].reverse()), cap) as Ueb).shape, shape);
});

test('what contradicts the cap, or is missing, is refused', () => {
  for (const changes of [
    { crypttext_root_hash: undefined },
    { share_root_hash: undefined },
    { share_root_hash: noise(31) },
    { segment_size: undefined },
    { segment_size: '0' },
    { segment_size: '301' },
    { segment_size: '1005' },
    { segment_size: '0300' },
    { segment_size: '-300' },
    { segment_size: '9'.repeat(400) },
    { size: '1001' },
    { num_segments: '5' },
    { codec_name: 'other' },
  ]) {
    assert.equal(typeof readUeb(changed(changes), cap), 'string', JSON.stringify(changes));
  }
});

test('what is not key:netstring throughout is refused', () => {
  const text = Buffer.from(good).toString('latin1');
  const broken = [
    text.slice(0, -1),
    `${text},`,
    `${text}size`,
    `${text}size:4:1000,`,
    text.replace('size:4:1000,', 'size:04:1000,'),
    text.replace('size:4:1000,', 'size:5:1000,'),
    text.replace('size:4:1000,', 'size:4:1000;'),
    text.replace('size:4:1000,', 'size:-4:1000,'),
    text.replace('size:4:1000,', 'size:99999999:1000,'),
  ];
  for (const each of broken) assert.equal(unpackUeb(Buffer.from(each, 'latin1')), undefined, each.slice(-40));
  assert.equal(typeof readUeb(new Uint8Array(), cap), 'string');
});
