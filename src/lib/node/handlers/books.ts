import * as v from 'valibot';
import { slotStartMs } from '../../chain/params.js';
import type { Handlers } from '../../rpc/handlers.js';
import { ActSchema } from '../../rpc/snapshot.js';
import { readU64be, u64be } from '../../util/bytes.js';
import { Failure } from '../../util/errors.js';
import { packJson, unpackJson } from '../../util/json.js';
import { type Performers, perform } from '../acts.js';
import { type Context, currentSlot } from '../context.js';
import { Lookers } from '../lookers.js';
import type { SeenAdverts } from '../seen.js';
import { takeSnapshot } from '../snapshot.js';

type BooksHandlers = Pick<Handlers, 'books.snapshot' | 'books.act' | 'books.follow'>;

export function booksHandlers(
  context: Context,
  performers: Performers,
  seen: SeenAdverts,
  lookers = new Lookers(),
): BooksHandlers {
  return {
    'books.snapshot': async (ask) => {
      lookers.looked(context.clock.now());
      return packJson(await takeSnapshot(context, performers.answers, seen, ask)) as object;
    },
    'books.act': async ({ act }) => {
      const parsed = v.safeParse(ActSchema, unpackJson(act));
      if (!parsed.success) throw new Failure('usage', `not an act: ${parsed.issues[0].message.toLowerCase()}`);
      return { records: await perform(context, performers, parsed.output) };
    },
    'books.follow': (_params, { signal }) => lookers.whileFollowed(follow(context, signal)),
  };
}

/** A timer that runs longer than 2^31 ms fires at once. */
const LONGEST_MS = 3_600_000;

/**
 * One line each time something changed that a plan depends on, be it that a slot came in which something
 * falls due; changes that come together are one line.
 */
async function* follow(context: Context, signal: AbortSignal): AsyncGenerator<object> {
  let changed = true;
  let wake = () => {};
  const notice = () => {
    changed = true;
    wake();
  };
  const stop = context.changes.listen(notice);
  const abort = () => wake();
  signal.addEventListener('abort', abort);
  try {
    while (!signal.aborted) {
      if (changed) {
        changed = false;
        yield { type: 'changed', height: context.ledger.tip.height };
        continue;
      }
      const slot = currentSlot(context);
      const due = await nextDueSlot(context, slot);
      // What changed while that was looked up is told at once.
      if (changed || signal.aborted) continue;
      const reached = await paused(context, due, (resolve) => {
        wake = resolve;
      });
      if (reached) changed = true;
    }
  } finally {
    stop();
    signal.removeEventListener('abort', abort);
  }
}

/** Waits until it is woken, or for a slot: true where that came. */
function paused(context: Context, slot: number, onWake: (wake: () => void) => void): Promise<boolean> {
  const ms = Math.max(0, slotStartMs(context.params, slot) - context.clock.now());
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(currentSlot(context) >= slot), Math.min(ms, LONGEST_MS));
    onWake(() => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}

/** The first slot after this one at which time alone makes something due. */
async function nextDueSlot({ books }: Context, slot: number): Promise<number> {
  let next = Number.MAX_SAFE_INTEGER;
  for (const index of [books.ownedIndexes.due, books.keptDue]) {
    for await (const { key } of index.places({ from: u64be(slot + 1), limit: 1 }))
      next = Math.min(next, Number(readU64be(key, 0)));
  }
  return next;
}
