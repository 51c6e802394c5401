import { taggedHash } from '../crypto/hash.js';
import { fromBigInt, toBigInt } from '../util/bytes.js';
import { type Cbor, encodeCbor } from '../util/cbor.js';
import { enforce } from './errors.js';
import { decodeRecord, type Fields, nested } from './fields.js';
import type { StakeProof } from './stake/snapshot.js';
import type { Hash, Header, LeaderProof, Lottery, MinedHeader, PowProof, StakedHeader } from './types.js';

export const HEADER_VERSION = 2;
/** Comfortably above the largest header; the wire and the store refuse more. */
export const HEADER_BYTES_MAX = 2048;
const POW = 1;
const STAKE = 2;
/** Bonds are numbered with 32 bits. */
const LEAVES_MAX = 2 ** 32;
const PATH_MAX = 32;
const ZERO = new Uint8Array(32);

export function encodeHeader(header: Header): Uint8Array {
  const { lottery, proof } = header;
  return encodeCbor([
    header.version,
    header.height,
    header.slot,
    header.parent,
    header.stateRoot,
    header.bodyRoot,
    header.bodySize,
    header.producer,
    header.ancestors,
    [lottery.nonce, lottery.evolving, lottery.snapshot, lottery.next, lottery.since],
    proof.kind === 'pow'
      ? [POW, fromBigInt(proof.target, 32), proof.nonce]
      : [STAKE, stakeFields(proof.stake), proof.pi, proof.signature],
  ]);
}

function stakeFields({ leaf, index, count, total, path }: StakeProof): Cbor {
  return [[leaf.account, leaf.stake, leaf.vrfKey, leaf.signingKey], index, count, total, path];
}

function readStake(fields: Fields): StakeProof {
  return {
    leaf: nested(fields, (f) => ({ account: f.hash(), stake: f.amount(), vrfKey: f.hash(), signingKey: f.hash() })),
    index: fields.uint(0, LEAVES_MAX),
    count: fields.uint(0, LEAVES_MAX),
    total: fields.amount(),
    path: fields.list(0, PATH_MAX, (list) => list.hash()),
  };
}

function readProof(fields: Fields): PowProof | LeaderProof {
  const kind = fields.uint();
  if (kind === POW) return { kind: 'pow', target: toBigInt(fields.hash()), nonce: fields.amount() };
  enforce(kind === STAKE, 'malformed', 'unknown kind of proof');
  return { kind: 'stake', stake: nested(fields, readStake), pi: fields.bytes(80, 80), signature: fields.bytes(64, 64) };
}

function readLottery(fields: Fields): Lottery {
  return {
    nonce: fields.hash(),
    evolving: fields.hash(),
    snapshot: fields.hash(),
    next: fields.hash(),
    since: fields.uint(),
  };
}

/** Throws LedgerError 'malformed' for anything but the canonical form. */
export function decodeHeader(bytes: Uint8Array): Header {
  enforce(bytes.length <= HEADER_BYTES_MAX, 'malformed', 'header too large');
  return decodeRecord(bytes, (f) => ({
    version: f.uint(),
    height: f.uint(0, 0xffff_ffff),
    slot: f.uint(),
    parent: f.hash(),
    stateRoot: f.hash(),
    bodyRoot: f.hash(),
    bodySize: f.uint(),
    producer: f.hash(),
    ancestors: f.hash(),
    lottery: nested(f, readLottery),
    proof: nested(f, readProof),
  }));
}

export function isMined(header: Header): header is MinedHeader {
  return header.proof.kind === 'pow';
}

export function isStaked(header: Header): header is StakedHeader {
  return header.proof.kind === 'stake';
}

const NO_SIGNATURE = new Uint8Array(0);

function unsigned(header: Header): Header {
  return isStaked(header) ? { ...header, proof: { ...header.proof, signature: NO_SIGNATURE } } : header;
}

/**
 * A block's id. A mined header's nonce is in it: the same body mined twice gives two blocks. A leader's signature is
 * not, as with transactions: who signs the same header in another way makes no other block, so two blocks of one
 * slot are always two that it can be held to.
 */
export function headerId(header: Header): Hash {
  return taggedHash('holdfast/header/v1', encodeHeader(unsigned(header)));
}

/** What a leader signs: the genesis, and the header whole but for the signature. */
export function headerMessage(header: StakedHeader, genesisId: Hash): Hash {
  return taggedHash('holdfast/sign-header/v1', genesisId, encodeHeader(unsigned(header)));
}

/** The bytes of all transactions, signatures included: what the base fee and the limit count. */
export function bodySize(body: readonly Uint8Array[]): number {
  return body.reduce((sum, tx) => sum + tx.length, 0);
}

/**
 * Merkle root over the whole signed transactions. Leaves and nodes carry different tags and an odd
 * node moves up unpaired, so no two bodies share a root (Bitcoin's duplicated last leaf, CVE-2012-2459).
 */
export function bodyRoot(body: readonly Uint8Array[]): Hash {
  let level = body.map((tx) => taggedHash('holdfast/body-leaf/v1', tx));
  while (level.length > 1) {
    const above: Hash[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const right = level[i + 1];
      above.push(right ? taggedHash('holdfast/body-node/v1', level[i]!, right) : level[i]!);
    }
    level = above;
  }
  return level[0] ?? ZERO;
}

export function encodeBody(body: readonly Uint8Array[]): Uint8Array {
  return encodeCbor(body);
}

/** A body as stored or sent: at most `maxBytes` of transactions. */
export function decodeBody(bytes: Uint8Array, maxBytes: number): Uint8Array[] {
  // Each transaction adds at most 5 bytes of CBOR head, and none is smaller than its head.
  enforce(bytes.length <= 2 * maxBytes + 16, 'malformed', 'body too large');
  const body = decodeRecord(bytes, (f) => {
    const list: Uint8Array[] = [];
    while (f.more()) list.push(f.view(1, maxBytes));
    return list;
  });
  enforce(bodySize(body) <= maxBytes, 'malformed', 'body too large');
  return body;
}
