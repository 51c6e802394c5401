import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBase32 } from '../../src/lib/codec/base32.js';
import { formatCap, parseCap, storageIndexText, verifyCapOf } from '../../src/lib/codec/caps.js';
import { encryptor } from '../../src/lib/codec/cipher.js';
import { encodeFile, shareSizeFor } from '../../src/lib/codec/encode.js';
import { FecEncoder } from '../../src/lib/codec/fec.js';
import { crypttextHasher, hashBlock, hashCrypttextSegment, hashUeb } from '../../src/lib/codec/hashutil.js';
import { convergenceKey, convergenceTag, storageIndexOf } from '../../src/lib/codec/keys.js';
import { encodingMatrix } from '../../src/lib/codec/matrix.js';
import { chainOrder, HashTree } from '../../src/lib/codec/merkle.js';
import { segmentLength, shapeFor } from '../../src/lib/codec/shape.js';
import { BufferSink, bufferSource } from '../../src/lib/codec/source.js';
import { packUeb } from '../../src/lib/codec/ueb.js';
import { fromHex, toHex } from '../../src/lib/util/bytes.js';
import { vector } from '../helpers/root.js';

interface Example {
  dataHex: string;
  required: number;
  total: number;
  maxSegmentSize: number;
  convergenceHex: string;
  segmentSize: number;
  convergenceTag: string;
  keyHex: string;
  storageIndexHex: string;
  storageIndex: string;
  ciphertextHex: string;
  crypttextSegmentHashes: string[];
  crypttextHashTree: string[];
  crypttextHash: string;
  blocks: string[][];
  blockHashTrees: string[][];
  shareHashTree: string[];
  shareHashChainOrder: number[][];
  uebHex: string;
  uebHashHex: string;
  cap: string;
  verifyCap: string;
  sharesHex: string[];
}

const { examples, zfecMatrices } = JSON.parse(vector('worked-example.json')) as {
  examples: Example[];
  zfecMatrices: Record<string, number[][]>;
};

function shapeOfExample(example: Example) {
  const { required, total, maxSegmentSize, dataHex } = example;
  const params = { needed: required, happy: 1, total, segmentSize: maxSegmentSize };
  return { params, shape: shapeFor(params, dataHex.length / 2) };
}

function tree(leaves: Uint8Array[]): HashTree {
  const made = new HashTree(leaves.length);
  leaves.forEach((leaf, index) => {
    made.setLeaf(index, leaf);
  });
  return made.seal();
}

function nodes(made: HashTree): string[] {
  return Array.from({ length: made.bytes.length / 32 }, (_, index) => toHex(made.node(index)));
}

test('zfec matrices', () => {
  assert.equal(Object.keys(zfecMatrices).length, 4);
  for (const [name, rows] of Object.entries(zfecMatrices)) {
    const [needed, total] = name.split('-of-').map(Number) as [number, number];
    assert.deepEqual(
      encodingMatrix(needed, total).map((row) => [...row]),
      rows,
      name,
    );
  }
});

for (const [number, example] of examples.entries()) {
  const data = fromHex(example.dataHex)!;
  const secret = fromHex(example.convergenceHex)!;
  const { params, shape } = shapeOfExample(example);

  test(`example ${number}: key, storage index and ciphertext`, async () => {
    assert.equal(shape.segmentSize, example.segmentSize);
    assert.equal(Buffer.from(convergenceTag(secret, shape)).toString('latin1'), example.convergenceTag);
    const key = await convergenceKey(bufferSource(data), params, secret);
    assert.equal(toHex(key), example.keyHex);
    assert.equal(toHex(storageIndexOf(key)), example.storageIndexHex);
    assert.equal(encodeBase32(storageIndexOf(key)), example.storageIndex);
    assert.equal(toHex(encryptor(key)(data)), example.ciphertextHex);
  });

  test(`example ${number}: blocks, hash trees and UEB`, () => {
    const ciphertext = fromHex(example.ciphertextHex)!;
    const fec = new FecEncoder(shape.needed, shape.total);
    const segmentHashes: Uint8Array[] = [];
    const blocks: Uint8Array[][] = Array.from({ length: shape.total }, () => []);
    for (let segment = 0, at = 0; segment < shape.segments; segment++) {
      const piece = ciphertext.subarray(at, at + segmentLength(shape, segment));
      at += piece.length;
      segmentHashes.push(hashCrypttextSegment(piece));
      const length = Math.ceil(piece.length / shape.needed);
      const padded = new Uint8Array(length * shape.needed);
      padded.set(piece);
      const pieces = Array.from({ length: shape.needed }, (_, p) => padded.subarray(p * length, (p + 1) * length));
      fec.encode(pieces).forEach((block, share) => {
        blocks[share]!.push(block.slice());
      });
    }
    assert.deepEqual(segmentHashes.map(toHex), example.crypttextSegmentHashes);
    assert.deepEqual(
      blocks.map((row) => row.map(toHex)),
      example.blocks,
    );

    const crypttextTree = tree(segmentHashes);
    assert.deepEqual(nodes(crypttextTree), example.crypttextHashTree);
    const blockTrees = blocks.map((row) => tree(row.map(hashBlock)));
    assert.deepEqual(blockTrees.map(nodes), example.blockHashTrees);
    const shareTree = tree(blockTrees.map(({ root }) => root));
    assert.deepEqual(nodes(shareTree), example.shareHashTree);
    const orders = blocks.map((_, share) => chainOrder(shape.total, share));
    assert.deepEqual(orders, example.shareHashChainOrder);

    const crypttextHash = crypttextHasher().update(ciphertext).digest();
    assert.equal(toHex(crypttextHash), example.crypttextHash);
    const ueb = packUeb(shape, { crypttextHash, crypttextRoot: crypttextTree.root, shareRoot: shareTree.root });
    assert.equal(toHex(ueb), example.uebHex);
    assert.equal(toHex(hashUeb(ueb)), example.uebHashHex);
  });

  test(`example ${number}: caps and every share in full`, async () => {
    const sinks = Array.from({ length: shape.total }, () => new BufferSink());
    const made = await encodeFile(bufferSource(data), params, { convergence: secret }, (share) => sinks[share]);
    assert.equal(made.capText, example.cap);
    assert.equal(made.verifyCap, example.verifyCap);
    assert.equal(made.storageIndex, example.storageIndex);
    assert.deepEqual(
      sinks.map((sink) => toHex(sink.bytes())),
      example.sharesHex,
    );
    for (const sink of sinks) assert.equal(sink.bytes().length, made.shareSize);
    assert.equal(shareSizeFor(params, data.length), made.shareSize);

    const cap = parseCap(example.cap);
    assert.ok(cap.kind === 'chk');
    assert.equal(formatCap(verifyCapOf(cap)), example.verifyCap);
    assert.equal(storageIndexText(cap), example.storageIndex);
  });

  test(`example ${number}: the key given outright makes the same shares`, async () => {
    const sink = new BufferSink();
    const key = fromHex(example.keyHex)!;
    const made = await encodeFile(bufferSource(data), params, { key }, (share) => (share === 1 ? sink : undefined));
    assert.equal(made.capText, example.cap);
    assert.equal(toHex(sink.bytes()), example.sharesHex[1]);
  });
}
