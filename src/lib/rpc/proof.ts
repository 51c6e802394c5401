import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { LedgerError } from '../chain/errors.js';
import { decodeHeader, encodeHeader, headerId } from '../chain/header.js';
import { accountKey, advertKey, bondKey, bountyKey } from '../chain/keys.js';
import { type Proof, verifyProof } from '../chain/tree-proof.js';
import type { Header } from '../chain/types.js';
import { parseAddress } from '../crypto/address.js';
import { fromHex, toHex } from '../util/bytes.js';
import { Failure, isFailure } from '../util/errors.js';
import { describeEntry } from './describe.js';
import { ProofRecord, type ProvenRecord } from './records.js';

type Kind = ProofRecord['kind'];

/** The state's key of an account or its bond by its address, of a bounty or an advert by its id. */
export function subjectKey(kind: Kind, subject: string): Uint8Array {
  if (kind === 'account') return accountKey(parseAddress(subject));
  if (kind === 'bond') return bondKey(parseAddress(subject));
  const id = fromHex(subject);
  if (id?.length !== 32) throw new Failure('usage', `not an id: ${subject}`);
  return kind === 'bounty' ? bountyKey(id) : advertKey(id);
}

/** What is claimed of a subject, and by which block. */
export interface Claim {
  kind: Kind;
  subject: string;
  header: Header;
  value: Uint8Array | null;
  proof: Proof;
}

/** The one record of a claim. */
export function proofRecord({ kind, subject, header, value, proof }: Claim): ProofRecord {
  return {
    type: 'proof',
    kind,
    subject,
    block: toHex(headerId(header)),
    height: header.height,
    header: toHex(encodeHeader(header)),
    key: toHex(subjectKey(kind, subject)),
    value: value && toHex(value),
    steps: proof.steps.map(({ depth, sibling }) => ({ depth, sibling: toHex(sibling) })),
    end: endRecord(proof.end),
  };
}

function endRecord(end: Proof['end']): ProofRecord['end'] {
  if (end.kind === 'other-leaf') return { kind: end.kind, path: toHex(end.path), value_hash: toHex(end.valueHash) };
  if (end.kind !== 'inner') return end;
  return { ...end, prefix: toHex(end.prefix), left: toHex(end.left), right: toHex(end.right) };
}

const Strict = v.strictObject(ProofRecord.entries);

/**
 * Checks a proof from value to state root to block id, and says what it shows. Whatever differs from the
 * one record that holds it together is refused, white space apart. Throws a Failure. That the block is on
 * the chain is for the caller to know.
 */
export function checkProof(json: unknown): ProvenRecord {
  const read = v.safeParse(Strict, json, { abortEarly: true });
  if (!read.success) throw refused(`bad field ${v.getDotPath(read.issues[0]) ?? 'list'}`);
  const record = read.output;
  try {
    const claim = claimOf(record);
    const { kind, subject, header, value, proof } = claim;
    const { stateRoot } = header;
    if (!isDeepStrictEqual(proofRecord(claim), record)) throw refused('its fields contradict each other');
    if (!verifyProof(stateRoot, subjectKey(kind, subject), value, proof)) throw refused('it does not lead to the root');
    const holds = value && describeEntry(kind, value);
    const { block, height } = record;
    return { type: 'proven', kind, subject, holds, block, height, slot: header.slot, state_root: toHex(stateRoot) };
  } catch (error) {
    if (error instanceof LedgerError) throw refused(error.message);
    if (isFailure(error) && error.code === 'usage') throw refused(error.message);
    throw error;
  }
}

function claimOf({ kind, subject, header, value, steps, end }: ProofRecord): Claim {
  return {
    kind,
    subject,
    header: decodeHeader(bytes(header)),
    value: value === null ? null : bytes(value),
    proof: { steps: steps.map(({ depth, sibling }) => ({ depth, sibling: bytes(sibling) })), end: endOf(end) },
  };
}

function endOf(end: ProofRecord['end']): Proof['end'] {
  if (end.kind === 'other-leaf') return { kind: end.kind, path: bytes(end.path), valueHash: bytes(end.value_hash) };
  if (end.kind !== 'inner') return end;
  return { ...end, prefix: bytes(end.prefix), left: bytes(end.left), right: bytes(end.right) };
}

/** The schema let nothing else through. */
const bytes = (hex: string): Uint8Array => fromHex(hex)!;

function refused(why: string): Failure {
  return new Failure('failure', `the proof does not hold: ${why}`);
}
