import type { BlockRecord, ReorgRecord } from '../rpc/records.js';
import { fromHex } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { blockRecord } from './block-record.js';
import type { Change, Context } from './context.js';

/** A follower that does not read is cut off when so many changes wait for it. */
const WAITING_MAX = 10_000;

/** The last blocks, and then each that comes, with reorganisations between them. */
export async function* tail(
  context: Context,
  { count, follow }: { count: number; follow: boolean },
  signal: AbortSignal,
): AsyncGenerator<BlockRecord | ReorgRecord> {
  const waiting: Change[] = [];
  let wake = () => {};
  const stop = follow
    ? context.changes.listen((change) => {
        if (change.kind !== 'books') waiting.push(change);
        wake();
      })
    : () => {};
  const aborted = () => wake();
  signal.addEventListener('abort', aborted);
  try {
    yield* last(context, count);
    while (follow && !signal.aborted) {
      const change = waiting.shift();
      if (change) yield* recordOf(context, change);
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      if (waiting.length > WAITING_MAX) throw new Failure('temporary', 'too many blocks wait to be read');
    }
  } finally {
    stop();
    signal.removeEventListener('abort', aborted);
  }
}

function* last(context: Context, count: number): Generator<BlockRecord> {
  const { ledger } = context;
  for (let height = Math.max(0, ledger.tip.height - count + 1); height <= ledger.tip.height && count > 0; height++) {
    const id = ledger.idAt(height);
    const header = id && ledger.header(id);
    if (id && header) yield blockRecord(context, header, id);
  }
}

function* recordOf(context: Context, change: Change): Generator<BlockRecord | ReorgRecord> {
  if (change.kind === 'reorg') {
    const { from, to, depth, forkHeight } = change;
    yield { type: 'reorg', depth, from, to, fork_height: forkHeight };
  } else if (change.kind === 'block') {
    const id = fromHex(change.id)!;
    const header = context.ledger.header(id);
    if (header) yield blockRecord(context, header, id);
  }
}
