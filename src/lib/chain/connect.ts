import { equal } from '../util/bytes.js';
import { invariant } from '../util/errors.js';
import { type Executed, executeBlock } from './block.js';
import { enforce } from './errors.js';
import { heightKey, tipKey, treeKey, undoKey } from './layout.js';
import type { Params } from './params.js';
import { prune } from './prune.js';
import { type Entry, idAt, readBody, readEntry, readUndo, setTip, writeUndo } from './records.js';
import { checkNone, type SignatureCheck } from './signatures.js';
import { type Applied, type Reader, type Staging, stateIn, treeIn } from './staging.js';
import { epochOf } from './stake/epoch.js';
import { writeFrozen } from './stake/frozen.js';
import type { Change } from './state.js';
import { putState } from './state-entry.js';
import { updateTree } from './tree.js';
import { pathOf } from './tree-node.js';
import type { Hash, Header } from './types.js';

function execute(params: Params, reader: Reader, header: Header, body: Uint8Array[], check: SignatureCheck): Executed {
  return executeBlock(params, header, body, stateIn(reader), { check, blockIdAt: (height) => idAt(reader, height) });
}

/** Moves state and tree; returns the root they have then. */
function writeState(staging: Staging, changes: readonly Change[]): Hash {
  const paths = changes.map(([key]) => pathOf(key));
  const tree = updateTree(changes, treeIn(staging), paths);
  for (const [key, value] of tree.writes) staging.put(treeKey(key), value);
  for (const [index, change] of changes.entries()) putState(staging, change, paths[index]);
  return tree.root;
}

function bodyOf(reader: Reader, entry: Entry): Uint8Array[] {
  const body = readBody(reader, entry.id);
  invariant(body, 'a stored block has its body');
  return body;
}

/**
 * Executes a stored block on the tip it names as parent. Throws LedgerError at the first broken rule; its signatures it
 * hands to `check`.
 */
export function connect(
  params: Params,
  staging: Staging,
  entry: Entry,
  check: SignatureCheck,
  body = bodyOf(staging, entry),
): Applied {
  const { header, id } = entry;
  const { changes, before, events, txids, frozen } = execute(params, staging, header, body, check);
  const root = writeState(staging, changes);
  enforce(equal(root, header.stateRoot), 'state-root');
  writeUndo(staging, id, before);
  setTip(staging, entry);
  if (frozen) writeFrozen(staging, frozen, epochOf(params, header.slot));
  prune(params, staging, header.height);
  return { header, id, body, events, txids, keys: changes.map(([key]) => key) };
}

/** Takes the tip's block back. Its events are those of executing it once more. */
export function disconnect(params: Params, staging: Staging, entry: Entry): Applied {
  const { header, id } = entry;
  const undo = readUndo(staging, id);
  const parent = readEntry(staging, header.parent);
  invariant(undo && parent, 'a block above the deepest reorganisation has its undo record and parent');
  const root = writeState(staging, undo);
  invariant(equal(root, parent.header.stateRoot), 'undoing a block leads back to its parent');
  staging.put(undoKey(id), null);
  staging.put(heightKey(header.height), null);
  staging.put(tipKey, parent.id);
  const body = bodyOf(staging, entry);
  const { events, txids } = execute(params, staging, header, body, checkNone);
  return { header, id, body, events, txids, keys: undo.map(([key]) => key) };
}
