import type { Handlers } from '../../rpc/handlers.js';
import type { Context } from '../context.js';
import { keptRecords, keptTotals } from '../kept-status.js';
import { Mover } from '../move.js';
import { attach, detach, listRoots } from '../roots.js';
import type { SeenAdverts } from '../seen.js';

type StewardHandlers = Pick<
  Handlers,
  'steward.attach' | 'steward.detach' | 'steward.ls' | 'steward.move' | 'steward.blobs' | 'steward.totals'
>;

/** The disks of a machine that keeps blobs, and what these bring. */
export function stewardHandlers(context: Context, seen: SeenAdverts): StewardHandlers {
  const mover = new Mover(context);
  return {
    'steward.attach': (params) => attach(context, params),
    'steward.detach': (params) => detach(context, params),
    'steward.ls': () => listRoots(context),
    'steward.blobs': () => keptRecords(context),
    'steward.totals': () => keptTotals(context, seen),
    'steward.move': (params) => mover.move(params),
  };
}
