import type { Handlers } from '../../rpc/handlers.js';
import type { TxRecord } from '../../rpc/records.js';
import type { Context } from '../context.js';
import { ask, recall } from '../requests.js';
import { type Draft, spend } from '../spend.js';
import { stakeRecord } from '../stake.js';

type StakeHandlers = Pick<Handlers, 'stake.bond' | 'stake.rebond' | 'stake.unbond' | 'stake.status'>;

export function stakeHandlers(context: Context): StakeHandlers {
  const { wallet } = context;
  return {
    'stake.bond': (params) =>
      send(context, 'stake.bond', params, () => {
        const { vrf, signing } = wallet.keys().stakeKeys();
        const keys = { vrfKey: vrf.y, signingKey: signing.publicKey };
        return { kind: 'bond', from: wallet.main, amount: params.amount, ...keys };
      }),
    'stake.rebond': (params) => send(context, 'stake.rebond', params, () => ({ kind: 'rebond', from: wallet.main })),
    'stake.unbond': (params) => send(context, 'stake.unbond', params, () => ({ kind: 'unbond', from: wallet.main })),
    'stake.status': () => stakeRecord(context),
  };
}

interface Asking {
  requestId?: string | undefined;
  dryRun: boolean;
  maxSpend?: bigint | undefined;
}

async function send(context: Context, method: string, params: Asking, draft: () => Draft): Promise<TxRecord> {
  const { books } = context;
  const asked = ask(method, params);
  return books.exclusive(async () => {
    const known = recall(books, asked);
    if (known) return { ...(known.result as TxRecord), repeated: true };
    const { dryRun, maxSpend } = params;
    const result = ([sent]: readonly { record: TxRecord }[]) => sent!.record;
    return (await spend(context, { draft: draft() }, { asked, result, dryRun, maxSpend })).record;
  });
}
