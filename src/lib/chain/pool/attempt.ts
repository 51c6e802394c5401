import { globalsKey, keyKind } from '../keys.js';
import { Overlay } from '../overlay.js';
import { applyTx, type ReadTx } from '../rules/apply.js';
import type { BlockContext } from '../rules/run.js';
import { globalsCodec } from '../values.js';
import { type Entry, nameOf, rateOf, same, type Touch } from './entry.js';
import type { Lanes } from './lanes.js';

const GLOBALS = nameOf(globalsKey);

/** What applying a transaction at a place comes to. Throws LedgerError where it does not apply there. */
export function attempt(
  context: BlockContext,
  lanes: Lanes,
  read: ReadTx,
  order: number,
): Pick<Entry, 'rate' | 'touched' | 'timed'> {
  const { view, found } = lanes.at(order);
  const state = new Overlay(view);
  const { weight } = applyTx(context, state, read);
  const touched = touchesOf(state, found);
  return { rate: rateOf(read.tx, weight), touched, timed: isTimed(read, touched) };
}

function touchesOf(state: Overlay, found: Map<string, Uint8Array | undefined>): Map<string, Touch> {
  const touched = new Map<string, Touch>();
  for (const [name, value] of found) touched.set(name, { found: value, left: value });
  for (const key of state.touched()) {
    const name = nameOf(key);
    const left = state.get(key);
    const before = found.has(name) ? found.get(name) : undefined;
    touched.set(name, { found: before, left: same(before, left) ? before : left });
  }
  const globals = globalsTouch(touched.get(GLOBALS));
  if (globals) touched.set(GLOBALS, globals);
  else touched.delete(GLOBALS);
  return touched;
}

/**
 * Every transaction reads the base fee and feeds the fee pool: that ties none to another. The pool's share is left
 * out of what waits; whoever changes more of the globals stands in their lane.
 */
function globalsTouch(touch: Touch | undefined): Touch | undefined {
  if (!touch?.found || !touch.left || touch.found === touch.left) return undefined;
  const { feePool } = globalsCodec.decode(touch.found);
  const left = globalsCodec.encode({ ...globalsCodec.decode(touch.left), feePool });
  return same(touch.found, left) ? undefined : { found: touch.found, left };
}

/** Only a transfer between accounts that are there does the same whenever it is included. */
function isTimed({ tx }: ReadTx, touched: Map<string, Touch>): boolean {
  if (tx.kind !== 'transfer') return true;
  for (const [name, { found, left }] of touched)
    if (found === undefined && left !== undefined && keyKind(Uint8Array.of(name.charCodeAt(0))) === 'a') return true;
  return false;
}
