import * as v from 'valibot';
import type { Handlers } from '../../rpc/handlers.js';
import { ActSchema } from '../../rpc/snapshot.js';
import { Failure } from '../../util/errors.js';
import { packJson, unpackJson } from '../../util/json.js';
import { type Performers, perform } from '../acts.js';
import type { Context } from '../context.js';
import type { SeenAdverts } from '../seen.js';
import { takeSnapshot } from '../snapshot.js';

type BooksHandlers = Pick<Handlers, 'books.snapshot' | 'books.act' | 'books.follow'>;

export function booksHandlers(context: Context, performers: Performers, seen: SeenAdverts): BooksHandlers {
  return {
    'books.snapshot': async () => packJson(await takeSnapshot(context, performers.answers, seen)) as object,
    'books.act': async ({ act }) => {
      const parsed = v.safeParse(ActSchema, unpackJson(act));
      if (!parsed.success) throw new Failure('usage', `not an act: ${parsed.issues[0].message.toLowerCase()}`);
      return { records: await perform(context, performers, parsed.output) };
    },
    'books.follow': (_params, { signal }) => follow(context, signal),
  };
}

/** One line each time something changed that a plan depends on; changes that come together are one line. */
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
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    stop();
    signal.removeEventListener('abort', abort);
  }
}
