import type { Handlers } from '../../rpc/handlers.js';
import type { Context } from '../context.js';
import { Mover } from '../move.js';
import { attach, detach, listRoots } from '../roots.js';

type StewardHandlers = Pick<Handlers, 'steward.attach' | 'steward.detach' | 'steward.ls' | 'steward.move'>;

/** The disks of a machine that keeps blobs. */
export function stewardHandlers(context: Pick<Context, 'blobs' | 'log'>): StewardHandlers {
  const mover = new Mover(context);
  return {
    'steward.attach': (params) => attach(context, params),
    'steward.detach': (params) => detach(context, params),
    'steward.ls': () => listRoots(context),
    'steward.move': (params) => mover.move(params),
  };
}
