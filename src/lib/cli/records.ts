import * as v from 'valibot';

/**
 * What the command line tells by itself, beside what the node tells (rpc/records.ts). Commands import
 * the types alone: the schemas are for the files in schemas/ and for the tests.
 */
const hex32 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const int = v.pipe(v.number(), v.integer(), v.minValue(0));

/** One thing that doctor looked at. */
export const FindingRecord = v.object({
  type: v.literal('finding'),
  check: v.string(),
  level: v.picklist(['ok', 'warning', 'error']),
  message: v.string(),
  hint: v.nullable(v.string()),
});

/** What systemd or cron is to be told, and where it goes. */
export const UnitRecord = v.object({ type: v.literal('unit'), name: v.string(), path: v.string(), text: v.string() });

/** A blob read whole and hashed anew. */
export const BlobCheckRecord = v.object({
  type: v.literal('blob-check'),
  uuid: hex32,
  good: v.boolean(),
  reason: v.nullable(v.string()),
});

/** What a steward decided, as the policy file has it now. */
export const PolicyRecord = v.object({
  type: v.literal('policy'),
  path: v.string(),
  price_grains: v.nullable(v.string()),
  capacity: v.nullable(int),
  reserve: int,
  term_days: int,
  min_size: int,
  max_size: v.nullable(int),
  prune: v.boolean(),
  drain: v.boolean(),
});

/** Whether this machine drains, and until when contracts keep it. null: nothing keeps it, or the node does not say. */
export const DrainRecord = v.object({
  type: v.literal('drain'),
  drain: v.boolean(),
  blobs: v.nullable(int),
  contracts: v.nullable(int),
  last_end_slot: v.nullable(int),
  last_end: v.nullable(v.string()),
});

/** What a blob's bytes answer to a nonce. */
export const ChallengeRecord = v.object({ type: v.literal('challenge'), nonce: hex32, key: hex32, bytes: int });

/** A draft that `wallet sign` signed: `tx` is what `chain submit` takes. */
export const SignedRecord = v.object({
  type: v.literal('signed'),
  txid: hex32,
  network: hex32,
  from: v.string(),
  to: v.string(),
  amount_grains: v.string(),
  fee_grains: v.string(),
  tx: v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2})+$/)),
});

/** The last line on stderr of a command that failed. */
export const ErrorRecord = v.object({
  type: v.literal('error'),
  code: v.string(),
  message: v.string(),
  hint: v.nullable(v.string()),
});

/** A line on stderr with `--progress=json`. */
export const ProgressRecord = v.object({
  type: v.literal('progress'),
  what: v.string(),
  done: v.nullable(int),
  total: v.nullable(int),
});

export const MemberStatusRecord = v.object({
  type: v.literal('member-status'),
  name: v.string(),
  role: v.string(),
  running: v.boolean(),
  height: v.nullable(int),
  peers: v.nullable(int),
  blobs: v.nullable(int),
  home: v.string(),
});

/** A command that the demo runs, as it would be typed. */
export const CommandRecord = v.object({ type: v.literal('command'), line: v.string() });

export const StepRecord = v.object({ type: v.literal('step'), step: v.string(), text: v.string() });

/** How a blob of the demo's stands now. */
export const WatchRecord = v.object({
  type: v.literal('watch'),
  uuid: hex32,
  share: v.nullable(int),
  generation: v.nullable(int),
  state: v.string(),
  confidence: int,
  interval_days: v.nullable(int),
  paid_grains: v.string(),
  steward: v.string(),
});

/** Something that the demo saw happen; what it tells depends on the event. */
export const EventRecord = v.looseObject({ type: v.literal('event'), event: v.string() });

/** The last event of the demo, where all of it was seen to happen. */
export const DoneRecord = v.object({ type: v.literal('done'), restored_sha256: hex32 });

export type UnitRecord = v.InferOutput<typeof UnitRecord>;
export type FindingRecord = v.InferOutput<typeof FindingRecord>;
export type BlobCheckRecord = v.InferOutput<typeof BlobCheckRecord>;
export type PolicyRecord = v.InferOutput<typeof PolicyRecord>;
export type DrainRecord = v.InferOutput<typeof DrainRecord>;
export type SignedRecord = v.InferOutput<typeof SignedRecord>;
export type ChallengeRecord = v.InferOutput<typeof ChallengeRecord>;
