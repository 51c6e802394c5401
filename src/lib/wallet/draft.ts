import * as v from 'valibot';
import { formatAddress, parseAddress } from '../crypto/address.js';
import { formatTokens, MAX_AMOUNT } from '../util/amounts.js';
import { fromHex, toHex } from '../util/bytes.js';
import { Failure } from '../util/errors.js';

const VERSION = 1;
/** A line of a file of drafts, in characters; the longest there is takes some 900. */
export const DRAFT_CHARS_MAX = 2048;
/** Drafts in one file: more than a person looks through. */
export const DRAFTS_MAX = 256;
const MEMO_BYTES_MAX = 64;

const hex32 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const grains = v.pipe(
  v.string(),
  v.regex(/^(?:0|[1-9]\d{0,19})$/),
  v.check((text) => BigInt(text) <= MAX_AMOUNT),
);
const addressText = v.pipe(v.string(), v.maxLength(128));

/**
 * A transfer that waits for its signature, as one JSON object on a line: all that the transaction will say, and
 * nothing else, so that whoever signs sees all.
 */
export const DraftSchema = v.strictObject({
  type: v.literal('draft'),
  version: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  kind: v.literal('transfer'),
  /** The network's id: the hash of its genesis. */
  network: hex32,
  from: addressText,
  to: addressText,
  amount_grains: grains,
  fee_grains: grains,
  /** The sequence number of the account that it spends from. */
  seq: grains,
  reference_height: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(0xffff_ffff)),
  reference_block: hex32,
  memo_hex: v.pipe(v.string(), v.maxLength(2 * MEMO_BYTES_MAX), v.regex(/^(?:[0-9a-f]{2})*$/)),
});
export type DraftRecord = v.InferOutput<typeof DraftSchema>;

/** As it is printed: amounts stand in tokens, too. */
const PrintedSchema = v.strictObject({ ...DraftSchema.entries, amount: v.string(), fee: v.string() });
const VersionSchema = v.looseObject({ type: v.literal('draft'), version: DraftSchema.entries.version });

/** What the ledger calls a transfer, and the network that it is for. */
export interface TransferDraft {
  network: Uint8Array;
  from: Uint8Array;
  to: Uint8Array;
  amount: bigint;
  fee: bigint;
  seq: bigint;
  ref: { height: number; id: Uint8Array };
  memo: Uint8Array;
}

export function draftRecord({ network, from, to, amount, fee, seq, ref, memo }: TransferDraft): DraftRecord {
  return {
    ...{ type: 'draft', version: VERSION, kind: 'transfer', network: toHex(network) },
    ...{ from: formatAddress(from), to: formatAddress(to), amount_grains: `${amount}`, fee_grains: `${fee}` },
    ...{ seq: `${seq}`, reference_height: ref.height, reference_block: toHex(ref.id), memo_hex: toHex(memo) },
  };
}

/** One line of a file of drafts. A usage Failure for anything that `holdfast wallet send --draft` would not print. */
export function parseDraft(line: string): TransferDraft {
  const bad = (why: string, hint?: string) => new Failure('usage', `not a draft: ${why}`, hint);
  if (line.length > DRAFT_CHARS_MAX) throw bad('it is too long');
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw bad('it is not JSON', 'make one with holdfast wallet send --draft');
  }
  const version = v.safeParse(VersionSchema, json);
  if (version.success && version.output.version > VERSION) {
    throw bad(`it is of version ${version.output.version}`, `this holdfast knows version ${VERSION}`);
  }
  const printed = v.safeParse(PrintedSchema, json, { abortEarly: true });
  if (!printed.success) throw bad(`${v.getDotPath(printed.issues[0]) ?? 'its form'} is wrong`);
  const { amount, fee, ...record } = printed.output;
  const draft = fieldsOf(record);
  // Two readings of one amount: a person would look at the one, and sign the other.
  if (formatTokens(draft.amount) !== amount || formatTokens(draft.fee) !== fee) {
    throw bad('its amounts in tokens and in grains differ');
  }
  if (draft.amount === 0n || draft.amount + draft.fee > MAX_AMOUNT) throw bad('no such amount can be paid');
  return draft;
}

function fieldsOf(record: DraftRecord): TransferDraft {
  return {
    network: fromHex(record.network)!,
    from: parseAddress(record.from),
    to: parseAddress(record.to),
    amount: BigInt(record.amount_grains),
    fee: BigInt(record.fee_grains),
    seq: BigInt(record.seq),
    ref: { height: record.reference_height, id: fromHex(record.reference_block)! },
    memo: fromHex(record.memo_hex)!,
  };
}
