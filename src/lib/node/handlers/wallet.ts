import { slotStartMs } from '../../chain/params.js';
import { balanceAt } from '../../chain/rent.js';
import { readAccount } from '../../chain/state.js';
import { formatAddress, parseAddress } from '../../crypto/address.js';
import type { Handlers } from '../../rpc/handlers.js';
import type { HistoryRecord, TxRecord } from '../../rpc/records.js';
import type { Batch } from '../../store/table.js';
import { utf8 } from '../../util/bytes.js';
import { rfc3339 } from '../../util/clock.js';
import { Failure } from '../../util/errors.js';
import type { Context } from '../context.js';
import { draftTransfer } from '../drafts.js';
import type { FunderEntry } from '../entries.js';
import { ask, recall } from '../requests.js';
import { balanceOf, type Spent, spendAll } from '../spend.js';

type WalletHandlers = Pick<
  Handlers,
  'wallet.unlock' | 'wallet.address' | 'wallet.balance' | 'wallet.send' | 'wallet.draft' | 'wallet.history'
>;

export function walletHandlers(context: Context): WalletHandlers {
  return {
    'wallet.unlock': async ({ passphrase }) => {
      await context.wallet.unlock(passphrase);
      context.changes.tell({ kind: 'books' });
      return {};
    },
    'wallet.address': async () => ({ type: 'address', address: formatAddress(context.wallet.main) }),
    'wallet.balance': () => balance(context),
    'wallet.send': (params) => send(context, params),
    'wallet.draft': (params) => draftTransfer(context, params),
    'wallet.history': (params) => history(context, params),
  };
}

async function balance(context: Context) {
  const { books, ledger, params } = context;
  let total = 0n;
  let funding = 0n;
  let accounts = 0;
  for await (const [, { address, kind }] of books.accounts.entries()) {
    if (!readAccount(ledger.state, address)) continue;
    const held = balanceAt(params, ledger.state, address, ledger.tip.slot);
    total += held;
    if (kind === 'funder') funding += held;
    accounts += 1;
  }
  let unsettled = 0n;
  for await (const [, line] of books.history.entries({ reverse: true })) {
    if (ledger.tip.height - line.height >= params.settleDepth) break;
    if (line.direction === 'in') unsettled += line.amount;
  }
  return {
    type: 'balance' as const,
    balance_grains: total.toString(),
    unsettled_grains: (unsettled < total ? unsettled : total).toString(),
    funding_grains: funding.toString(),
    accounts,
  };
}

type SendParams = Parameters<WalletHandlers['wallet.send']>[0];

/** From the main account; where it does not hold enough, from one-time accounts beside it, largest first. */
async function* send(context: Context, params: SendParams): AsyncGenerator<TxRecord> {
  const to = parseAddress(params.to);
  const memo = utf8(params.memo ?? '');
  if (memo.length > 64) throw new Failure('usage', 'a memo is at most 64 bytes');
  const { books } = context;
  const asked = ask('wallet.send', params);
  yield* await books.exclusive(async () => {
    const known = recall(books, asked);
    if (known) return (known.result as TxRecord[]).map((record) => ({ ...record, repeated: true }));
    const parts = await split(context, params.amount);
    const spends = parts.map(({ from, amount, funder }) => ({
      draft: { kind: 'transfer' as const, from, outputs: [{ to, amount }], memo },
      // Spent from, an account funds no bounty any more: what is left is gathered.
      ...(funder && { book: (batch: Batch) => batch.put(books.accounts, from, { ...funder, stage: 'left' as const }) }),
    }));
    const result = (spent: readonly Spent[]) => spent.map(({ record }) => record);
    return result(await spendAll(context, spends, { asked, result, dryRun: params.dryRun, maxSpend: params.maxSpend }));
  });
}

interface Part {
  from: Uint8Array;
  amount: bigint;
  /** One in reserve. */
  funder?: FunderEntry | undefined;
}

/** Which accounts pay how much: one where one can, with room for its fee; those in reserve for bounties last. */
async function split(context: Context, amount: bigint): Promise<Part[]> {
  const { books, wallet, params } = context;
  const reserve = 2n * params.minAccount;
  const { main } = wallet;
  if (balanceOf(context, main) >= amount + reserve) return [{ from: main, amount }];
  const others: (Part & { last: boolean })[] = [];
  for await (const [, entry] of books.accounts.entries()) {
    const { address } = entry;
    const free = balanceOf(context, address) - reserve;
    const funder = entry.kind === 'funder' && entry.stage === 'reserve' ? entry : undefined;
    if (free >= params.minAccount) others.push({ from: address, amount: free, funder, last: funder !== undefined });
  }
  others.sort((a, b) => Number(a.last) - Number(b.last) || (a.amount < b.amount ? 1 : -1));
  const parts: Part[] = [];
  let left = amount;
  for (const { from, amount: free, funder } of others) {
    if (left === 0n) break;
    const part = free < left ? free : left;
    parts.push({ from, amount: part, funder });
    left -= part;
  }
  // The ledger says what is missing, where only the fee is.
  if (left > 0n) return [{ from: main, amount }];
  return parts;
}

async function* history(
  { books, params }: Context,
  filter: { kind?: string | undefined; sinceMs?: number | undefined },
): AsyncGenerator<HistoryRecord> {
  for await (const [, line] of books.history.entries()) {
    const ms = slotStartMs(params, line.slot);
    if (filter.kind !== undefined && line.kind !== filter.kind) continue;
    if (filter.sinceMs !== undefined && ms < filter.sinceMs) continue;
    const { amount, ...rest } = line;
    yield { type: 'history', ...rest, amount_grains: amount.toString(), time: rfc3339(ms) };
  }
}
