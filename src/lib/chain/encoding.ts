import { taggedHash } from '../crypto/hash.js';
import { u32be } from '../util/bytes.js';
import { type Cbor, encodeCbor } from '../util/cbor.js';
import { enforce } from './errors.js';
import { decodeRecord, type Fields, nested } from './fields.js';
import { decodeHeader, encodeHeader, HEADER_BYTES_MAX } from './header.js';
import type { BlockRef, Hash, SignedTx, StakedHeader, Tx, TxKind } from './types.js';

export { bodyRoot, bodySize, decodeBody, decodeHeader, encodeBody, encodeHeader, headerId } from './header.js';

/** What one transaction may hold. A larger one is malformed. */
export const LIMITS = {
  txBytes: 256 * 1024,
  memo: 64,
  outputs: 256,
  bounties: 16,
  items: 256,
  sweeps: 256,
  revokes: 256,
  excluded: 256,
  lots: 256,
  termDays: 365,
  creditDaysMin: 4,
  creditDays: 60,
  peer: 64,
  signature: 64,
} as const;

/** The first field of a transaction. */
const CODES: Record<TxKind, number> = {
  ...{ transfer: 1, post: 2, sweep: 3, revoke: 4, advert: 5, commit: 6, reveal: 7 },
  ...{ bond: 8, unbond: 9, rebond: 10, evidence: 11 },
};
const MAX_HEIGHT = 0xffff_ffff;

function bodyOf(tx: Tx): Cbor[] {
  switch (tx.kind) {
    case 'transfer':
      return [tx.from, tx.seq, tx.outputs.map((output) => [output.to, output.amount]), tx.memo];
    case 'post':
      return [
        tx.from,
        tx.seq,
        tx.bounties.map((b) => [b.amount, b.payee, b.key, b.duration, b.items.map((item) => [item.name, item.nonce])]),
      ];
    case 'sweep':
      return [tx.entries.map((entry) => [entry.bounty, entry.to])];
    case 'revoke':
      return [tx.from, tx.bounties];
    case 'advert':
      return [
        ...[tx.from, tx.seq, tx.lots, tx.size, tx.term, tx.reserve],
        ...[tx.creditDays, tx.closes, tx.contact, tx.excluded],
      ];
    case 'commit':
      return [tx.from, tx.seq, tx.advert, tx.commitment, tx.deposit];
    case 'reveal':
      return [tx.from, tx.advert, tx.price, tx.peer, tx.payee, tx.salt];
    case 'bond':
      return [tx.from, tx.seq, tx.amount, tx.vrfKey, tx.signingKey];
    case 'unbond':
    case 'rebond':
      return [tx.from, tx.seq];
    case 'evidence':
      return [encodeHeader(tx.first), encodeHeader(tx.second), tx.to];
  }
}

function toCbor(tx: Tx): Cbor {
  return [CODES[tx.kind], tx.ref.height, tx.ref.id, tx.fee, ...bodyOf(tx)];
}

function readStaked(fields: Fields): StakedHeader {
  const header = decodeHeader(fields.bytes(1, HEADER_BYTES_MAX));
  enforce(header.proof.kind === 'stake', 'malformed', 'a header that no bond signed');
  return header as StakedHeader;
}

const READERS: { [K in TxKind]: (f: Fields, common: { ref: BlockRef; fee: bigint }) => Extract<Tx, { kind: K }> } = {
  transfer: (f, common) => ({
    kind: 'transfer',
    ...common,
    from: f.hash(),
    seq: f.amount(),
    outputs: f.list(1, LIMITS.outputs, (list) => nested(list, (o) => ({ to: o.hash(), amount: o.amount(1n) }))),
    memo: f.bytes(0, LIMITS.memo),
  }),
  post: (f, common) => ({
    kind: 'post',
    ...common,
    from: f.hash(),
    seq: f.amount(),
    bounties: f.list(1, LIMITS.bounties, (list) =>
      nested(list, (b) => ({
        amount: b.amount(1n),
        payee: b.hashOrNull(),
        key: b.hash(),
        duration: b.uint(1),
        items: b.list(1, LIMITS.items, (items) => nested(items, (i) => ({ name: i.hash(), nonce: i.hash() }))),
      })),
    ),
  }),
  sweep: (f, common) => ({
    kind: 'sweep',
    ...common,
    entries: f.list(1, LIMITS.sweeps, (list) => nested(list, (e) => ({ bounty: e.hash(), to: e.hash() }))),
  }),
  revoke: (f, common) => ({
    kind: 'revoke',
    ...common,
    from: f.hash(),
    bounties: f.list(1, LIMITS.revokes, (list) => list.hash()),
  }),
  advert: (f, common) => ({
    kind: 'advert',
    ...common,
    from: f.hash(),
    seq: f.amount(),
    lots: f.uint(1, LIMITS.lots),
    size: f.uint(1),
    term: f.uint(1, LIMITS.termDays),
    reserve: f.amount(1n),
    creditDays: f.uint(LIMITS.creditDaysMin, LIMITS.creditDays),
    closes: f.uint(),
    contact: f.hash(),
    excluded: f.list(0, LIMITS.excluded, (list) => list.hash()),
  }),
  commit: (f, common) => ({
    kind: 'commit',
    ...common,
    from: f.hash(),
    seq: f.amount(),
    advert: f.hash(),
    commitment: f.hash(),
    deposit: f.amount(),
  }),
  reveal: (f, common) => ({
    kind: 'reveal',
    ...common,
    from: f.hash(),
    advert: f.hash(),
    price: f.amount(),
    peer: f.bytes(1, LIMITS.peer),
    payee: f.hash(),
    salt: f.hash(),
  }),
  bond: (f, common) => ({
    kind: 'bond',
    ...common,
    from: f.hash(),
    seq: f.amount(),
    amount: f.amount(1n),
    vrfKey: f.hash(),
    signingKey: f.hash(),
  }),
  unbond: (f, common) => ({ kind: 'unbond', ...common, from: f.hash(), seq: f.amount() }),
  rebond: (f, common) => ({ kind: 'rebond', ...common, from: f.hash(), seq: f.amount() }),
  evidence: (f, common) => ({
    kind: 'evidence',
    ...common,
    first: readStaked(f),
    second: readStaked(f),
    to: f.hash(),
  }),
};

const KINDS = new Map(Object.entries(CODES).map(([kind, code]) => [code, kind as TxKind]));

function readTx(fields: Fields): Tx {
  const kind = KINDS.get(fields.uint());
  enforce(kind !== undefined, 'malformed', 'unknown kind of transaction');
  const ref = { height: fields.uint(0, MAX_HEIGHT), id: fields.hash() };
  return READERS[kind](fields, { ref, fee: fields.amount() });
}

/** How many signatures a transaction carries: one by `from`; a sweep one for each entry; evidence brings its own. */
export function signatureCount(tx: Tx): number {
  if (tx.kind === 'evidence') return 0;
  return tx.kind === 'sweep' ? tx.entries.length : 1;
}

/** The body: everything but the signatures. */
export function encodeTx(tx: Tx): Uint8Array {
  return encodeCbor(toCbor(tx));
}

export function encodeSignedTx(signed: SignedTx): Uint8Array {
  return encodeCbor([toCbor(signed.tx), signed.signatures]);
}

/** A transaction, and its body's own bytes as they came (a view): what ids and signatures are made of. */
export interface ReceivedTx extends SignedTx {
  encoded: Uint8Array;
}

/** Throws LedgerError 'malformed' for anything but the one canonical form of a transaction within its limits. */
export function receiveSignedTx(bytes: Uint8Array): ReceivedTx {
  enforce(bytes.length <= LIMITS.txBytes, 'malformed', 'too large');
  return decodeRecord(bytes, (fields) => {
    const { value: tx, encoded } = fields.span(readTx);
    const count = signatureCount(tx);
    const signatures = fields.list(count, count, (list) => list.bytes(LIMITS.signature, LIMITS.signature));
    return { tx, signatures, encoded };
  });
}

/** As `receiveSignedTx`, without the bytes. */
export function decodeSignedTx(bytes: Uint8Array): SignedTx {
  const { tx, signatures } = receiveSignedTx(bytes);
  return { tx, signatures };
}

/**
 * The hash of the body: signatures apart, so nobody but the signer changes it. The body names a block
 * of its chain, so ids of two networks never meet. An advert is known by its transaction's id.
 */
export function txId(tx: Tx, encoded = encodeTx(tx)): Hash {
  return taggedHash('holdfast/tx/v1', encoded);
}

/** What every signature of a transaction covers: the genesis, and the whole body with its reference block. */
export function signingMessage(tx: Tx, genesisId: Hash, encoded = encodeTx(tx)): Uint8Array {
  return taggedHash('holdfast/sign-tx/v1', genesisId, encoded);
}

export function bountyId(txid: Hash, index: number): Hash {
  return taggedHash('holdfast/bounty/v1', txid, u32be(index));
}
