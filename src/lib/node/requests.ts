import { sha256 } from '../crypto/hash.js';
import type { Write } from '../store/database.js';
import { toHex, utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import type { Books } from './books.js';
import type { RequestEntry } from './entries.js';

/** A request under its id: asked again, it gives the first result and does nothing. */
export interface Asked {
  /** undefined: the caller did not ask for that. */
  id: string | undefined;
  /** Of what was asked, however the arguments were ordered. */
  argsHash: string;
}

/** What only says how to call is left out of the hash. */
export function ask(method: string, params: object): Asked {
  const { requestId, dryRun: _dry, maxSpend: _limit, ...rest } = params as Record<string, unknown>;
  const sorted = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([method, sorted], (_key, value) => (typeof value === 'bigint' ? `${value}n` : value));
  return { id: requestId as string | undefined, argsHash: toHex(sha256(utf8(text))) };
}

/** What the id was answered with; a usage Failure where it was used for something else. */
export function recall(books: Books, { id, argsHash }: Asked): RequestEntry | undefined {
  if (id === undefined) return undefined;
  const found = books.requests.get(utf8(id));
  if (found && found.argsHash !== argsHash) {
    throw new Failure('usage', `request id ${id} was used with other arguments`, 'choose a new id for a new request');
  }
  return found;
}

/** To be written in the batch that does what was asked. */
export function remember(books: Books, { id, argsHash }: Asked, result: unknown): Write[] {
  return id === undefined ? [] : [books.requests.put(utf8(id), { argsHash, result })];
}
