import type { EncodedFile } from '../codec/encode.js';
import type { AloneJob } from './alone.js';
import type { BlobToAnswer } from './answering.js';
import type { DealJob } from './dealing.js';
import type { EncodeJob } from './encoding.js';
import type { HashJob, KeyJob } from './hashing.js';
import type { Outcome } from './outcome.js';

/** What threads do: what a job is given, and what it returns. Both are cloned on their way. */
export interface Jobs {
  hash: { given: HashJob; made: Uint8Array };
  answers: { given: { blobs: readonly BlobToAnswer[] }; made: Outcome[] };
  key: { given: KeyJob; made: Uint8Array };
  alone: { given: AloneJob; made: EncodedFile };
  deal: { given: DealJob; made: Uint8Array[] };
  vrf: { given: { publicKey: Uint8Array; alpha: Uint8Array; pi: Uint8Array }; made: Uint8Array | undefined };
  /** The gang's first thread returns the file. */
  encode: { given: EncodeJob; made: EncodedFile | undefined };
}

export type Kind = keyof Jobs;

export interface Order<K extends Kind = Kind> {
  kind: K;
  job: Jobs[K]['given'];
}
