import type { Join, JoinTarget } from '../../chain/join/join.js';
import type { Part, PartAnswer } from '../../chain/join/part.js';
import type { NamedTarget } from '../../chain/join/records.js';

/** What joining needs of the network. */
export interface JoinPeers {
  peers(): string[];
  requestCheckpoints(peer: string, signal?: AbortSignal): Promise<JoinTarget[]>;
  /** For each checkpoint (at most LIMITS.vouched) whether the peer's own chain says the same. */
  requestVouch(peer: string, named: readonly NamedTarget[], signal?: AbortSignal): Promise<boolean[]>;
  /** Encoded headers from a block down; undefined where the peer does not know it. */
  requestAncestors(peer: string, id: Uint8Array, max: number, signal?: AbortSignal): Promise<Uint8Array[] | undefined>;
  /** Answers to the first of the parts; undefined where the state is not served. */
  requestParts(peer: string, id: Uint8Array, parts: Part[], signal?: AbortSignal): Promise<PartAnswer[] | undefined>;
  misbehave(peer: string, points: number, why: string): void;
}

/** The ledger in the making, over whatever store the node gives it. */
export interface JoinLedger {
  /** A join that was cut off. */
  resume(): Promise<Join | undefined>;
  /** Throws a LedgerError for a target that cannot be one. */
  begin(target: JoinTarget): Promise<Join>;
  nowSlot(): number;
}

/** How long joining waits for what; tests wait less. */
export interface Patience {
  /** Between two rounds of asking the peers. */
  roundMs: number;
  /** For an answer, all in all. */
  answerMs: number;
  /** A peer that failed is left alone for so long. */
  pauseMs: number;
  /** With nothing coming in for so long another checkpoint is looked for. */
  stalledMs: number;
}

export const PATIENCE: Patience = { roundMs: 2_000, answerMs: 45_000, pauseMs: 15_000, stalledMs: 90_000 };
