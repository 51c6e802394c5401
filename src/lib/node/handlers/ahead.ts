import type { Handlers } from '../../rpc/handlers.js';
import { lookAhead, risksAhead } from '../ahead.js';
import type { Context } from '../context.js';
import type { Lookers } from '../lookers.js';

/** What will run out: money, what may be spent, decks, terms. */
export function aheadHandlers(context: Context, lookers: Lookers): Pick<Handlers, 'owner.ahead' | 'owner.risks'> {
  return {
    'owner.ahead': (ask) => lookAhead(context, lookers, ask),
    'owner.risks': (ask) => risksAhead(context, ask),
  };
}
