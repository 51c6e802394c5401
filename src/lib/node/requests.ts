import { sha256 } from '../crypto/hash.js';
import type { Write } from '../store/database.js';
import { toHex, utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import type { Books } from './books.js';
import type { RequestEntry } from './entries.js';

/** Arguments as they were given, in one form, so that the same request can be told from another. */
export function hashArguments(method: string, args: Record<string, unknown>): string {
  const { requestId: _id, dryRun: _dry, maxSpend: _limit, ...rest } = args;
  const sorted = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([method, sorted], (_key, value) => (typeof value === 'bigint' ? `${value}n` : value));
  return toHex(sha256(utf8(text)));
}

/** The first answer to a request id, unless every transaction it made has failed for good. */
export function recall(books: Books, requestId: string | undefined, argsHash: string): RequestEntry | undefined {
  if (requestId === undefined) return undefined;
  const found = books.requests.get(utf8(requestId));
  if (!found) return undefined;
  if (found.argsHash !== argsHash) {
    throw new Failure(
      'usage',
      `request id ${requestId} was used with other arguments`,
      'choose a new id for a new request',
    );
  }
  return found;
}

export function remember(
  books: Books,
  requestId: string | undefined,
  argsHash: string,
  result: unknown,
  txids: string[],
): Write[] {
  if (requestId === undefined) return [];
  return [books.requests.put(utf8(requestId), { argsHash, result, txids })];
}
