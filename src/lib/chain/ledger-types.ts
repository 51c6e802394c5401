import type { SignatureVerifier } from '../crypto/signatures.js';
import type { HeaderTools } from './header-rules.js';
import type { Moved } from './staging.js';
import type { Hash, Header } from './types.js';

export interface Tip {
  header: Header;
  id: Hash;
  height: number;
  slot: number;
  work: bigint;
}

export interface AddResult extends Moved {
  /**
   * known: nothing new. orphan: its parent is unknown, and it was not kept. side: kept, on a branch that
   * does not win. extended: the new tip. reorganised: the new tip, on another branch.
   */
  status: 'known' | 'orphan' | 'side' | 'extended' | 'reorganised';
}

/** What a run of headers, checked ahead of their bodies, would give. */
export type HeadersResult =
  | { status: 'orphan' }
  /** missing: the ids, lowest first, whose bodies are not here. work: in all, up to the last header. */
  | { status: 'good'; work: bigint; missing: Hash[] };

/** What a ledger calculates with; all are slow, and a node may have threads for them. */
export interface LedgerTools extends HeaderTools {
  verifier: SignatureVerifier;
  /** In place of TWINS_KEPT: only a test that attacks hands any in. */
  twinsKept: number;
}
