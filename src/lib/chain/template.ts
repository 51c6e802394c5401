import { BlockRun } from './block.js';
import { LedgerError } from './errors.js';
import { bodyRoot, bodySize, HEADER_VERSION } from './header.js';
import { rangeRoot } from './mmr.js';
import type { Params } from './params.js';
import { type Entry, idAt } from './records.js';
import type { ReadTx } from './rules/apply.js';
import { checkNow } from './signatures.js';
import { type Reader, stateIn, treeIn } from './staging.js';
import { drawnFrom, noncesAfter } from './stake/lottery.js';
import { readGlobals } from './state.js';
import { updateTree } from './tree.js';
import type { Address, Block, Header } from './types.js';

/** One tried in vain is tried once more after the others: it may spend what another one brings. */
const PASSES = 2;

/** A signed transaction; or one that was read, and its signatures verified, before. */
export type Candidate = Uint8Array | { bytes: Uint8Array; read: ReadTx };

/** What a block is made of: its producer's part, and what waits. */
export interface Draft {
  slot: number;
  producer: Address;
  proof: Header['proof'];
  candidates: readonly Candidate[];
}

/**
 * A block on a tip, complete but for its nonce or signature, which the state root does not depend on. Candidates
 * that do not apply, or no longer fit, are left out. Throws LedgerError 'slot' for a slot not after the tip's.
 */
export function makeTemplate(params: Params, reader: Reader, tip: Entry, draft: Draft): Block {
  const { slot, producer, proof, candidates } = draft;
  if (slot <= tip.header.slot) throw new LedgerError('slot');
  const height = tip.header.height + 1;
  const run = new BlockRun(stateIn(reader), {
    params,
    height,
    slot,
    staked: proof.kind === 'stake',
    check: checkNow,
    blockIdAt: (at) => idAt(reader, at),
  });
  const body: Uint8Array[] = [];
  let left = [...candidates];
  let room = run.bodyLimit;
  for (let pass = 0; pass < PASSES && left.length > 0; pass++) {
    left = left.filter((candidate) => {
      const bytes = candidate instanceof Uint8Array ? candidate : candidate.bytes;
      if (bytes.length > room || !applies(run, candidate)) return true;
      room -= bytes.length;
      body.push(bytes);
      return false;
    });
  }
  const size = bodySize(body);
  const { changes } = run.finish(producer, size);
  const { root } = updateTree(changes, treeIn(reader));
  const header: Header = {
    version: HEADER_VERSION,
    ...{ height, slot, parent: tip.id, stateRoot: root, bodyRoot: bodyRoot(body), bodySize: size, producer },
    ancestors: rangeRoot(tip.range),
    lottery: { ...noncesAfter(params, tip, slot), ...drawnFrom(readGlobals(run.state)) },
    proof,
  };
  return { header, body };
}

function applies(run: BlockRun, candidate: Candidate): boolean {
  try {
    if (candidate instanceof Uint8Array) run.add(candidate);
    else run.addVerified(candidate.read);
    return true;
  } catch (error) {
    if (error instanceof LedgerError) return false;
    throw error;
  }
}
