import { bodyRoot, bodySize, decodeHeader, encodeHeader, headerId } from '../chain/encoding.js';
import { LedgerError, type RuleCode } from '../chain/errors.js';
import type { Offers } from '../chain/join/offers.js';
import type { AddResult, Ledger } from '../chain/ledger.js';
import { equal } from '../util/bytes.js';
import type { SyncLedger } from './blocksync.js';
import type { SyncHandlers } from './sync.js';

/** What an honest peer may hand us: our clocks differ, or we are both right about forks we can no longer join. */
const HONEST: ReadonlySet<RuleCode> = new Set(['future', 'too-deep']);
const INVALID_POINTS = 100;

/**
 * The ledger as the synchroniser sees it; without a pool, nothing waits. nowSlot: the slot the clock shows. onAdded hears of every block
 * taken in, before the next.
 */
export function syncLedger(
  ledger: Ledger,
  nowSlot: () => number,
  onAdded: (result: AddResult) => void = () => {},
  waiting: () => readonly Uint8Array[] = () => [],
): SyncLedger {
  return {
    status: () => statusOf(ledger),
    locator: () => ledger.locator(),
    has: (id) => ledger.has(id),
    readHeader(bytes) {
      const header = decodeHeader(bytes);
      return { id: headerId(header), parent: header.parent, height: header.height, empty: header.bodySize === 0 };
    },
    checkHeaders: async (run) => (await ledger.checkHeaders(run.map(decodeHeader), nowSlot())).status,
    placeOf: (bytes) => ledger.placeOf(decodeHeader(bytes)),
    async addBlock(header, body) {
      const result = await ledger.addBlock({ header: decodeHeader(header), body }, nowSlot());
      onAdded(result);
      return result.status;
    },
    fits(bytes, body) {
      const header = decodeHeader(bytes);
      return bodySize(body) === header.bodySize && equal(bodyRoot(body), header.bodyRoot);
    },
    waiting,
    blame: (error) => (error instanceof LedgerError && !HONEST.has(error.rule) ? INVALID_POINTS : 0),
  };
}

type Told = 'status' | 'headersAfter' | 'body' | 'checkpoints' | 'vouch' | 'ancestors' | 'part';

/** What peers are told of the chain; without offers, nobody joins from here. */
export function chainHandlers(ledger: Ledger, offers?: Offers): Pick<SyncHandlers, Told> {
  return {
    checkpoints: () => offers?.targets(ledger) ?? [],
    vouch: (named) => offers?.vouch(ledger, named) ?? named.map(() => false),
    ancestors: (id, max) => ancestorsOf(ledger, id, max),
    part: async (id, part) => offers?.part(id, part),
    status: () => statusOf(ledger),
    headersAfter: (locator, max) => ledger.headersAfter(locator, max).map(encodeHeader),
    body: (id) => ledger.body(id),
  };
}

function ancestorsOf(ledger: Ledger, id: Uint8Array, max: number): Uint8Array[] | undefined {
  const headers: Uint8Array[] = [];
  let header = ledger.header(id);
  for (; header && headers.length < max; header = ledger.header(header.parent)) headers.push(encodeHeader(header));
  return headers.length > 0 ? headers : undefined;
}

function statusOf({ tip: { height, id, work } }: Ledger) {
  return { height, id, work };
}
