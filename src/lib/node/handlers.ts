import type { Handlers } from '../rpc/handlers.js';
import { Failure } from '../util/errors.js';
import type { Performers } from './acts.js';
import type { Context } from './context.js';
import { aheadHandlers } from './handlers/ahead.js';
import { backupHandlers } from './handlers/backup.js';
import { blobHandlers } from './handlers/blobs.js';
import { booksHandlers } from './handlers/books.js';
import { bountyHandlers } from './handlers/bounties.js';
import { chainHandlers } from './handlers/chain.js';
import { contractHandlers } from './handlers/contracts.js';
import { fileHandlers } from './handlers/files.js';
import { marketHandlers } from './handlers/market.js';
import { stakeHandlers } from './handlers/stake.js';
import { stewardHandlers } from './handlers/steward.js';
import { walletHandlers } from './handlers/wallet.js';
import { Lookers } from './lookers.js';
import { outlookOf } from './outlook.js';
import type { SeenAdverts } from './seen.js';
import { nodeRecord } from './status.js';

export interface HandlerParts extends Performers {
  seen: SeenAdverts;
  onStop: () => void;
  /** The policy file. */
  policy: string;
  /** The books were filled from a backup: the node has to start anew on them. */
  onRestored: () => void;
  /** Until it has. */
  restarting: () => boolean;
}

/** What answers on the socket. */
export function createHandlers(context: Context, parts: HandlerParts): Handlers {
  const lookers = new Lookers();
  return {
    'node.status': async () => {
      if (parts.restarting()) throw new Failure('temporary', 'the node starts anew on restored books');
      return nodeRecord(context);
    },
    'node.outlook': () => outlookOf(context),
    'node.stop': async () => {
      // After the answer is out.
      setImmediate(parts.onStop);
      return {};
    },
    ...walletHandlers(context),
    ...backupHandlers(context, parts),
    ...fileHandlers(context, parts.files),
    ...blobHandlers(context),
    ...bountyHandlers(context, parts.answers),
    ...contractHandlers(context),
    ...marketHandlers(context, parts),
    ...stakeHandlers(context),
    ...stewardHandlers(context, parts.seen),
    ...chainHandlers(context),
    ...booksHandlers(context, parts, parts.seen, lookers),
    ...aheadHandlers(context, lookers),
  };
}
