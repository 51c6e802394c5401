import { encodeHeader } from '../../chain/encoding.js';
import { slotStartMs } from '../../chain/params.js';
import { readAccount } from '../../chain/state.js';
import type { Header } from '../../chain/types.js';
import { formatAddress, parseAddress } from '../../crypto/address.js';
import type { Handlers } from '../../rpc/handlers.js';
import type { BlockRecord, ReorgRecord } from '../../rpc/records.js';
import { fromHex, toHex } from '../../util/bytes.js';
import { rfc3339 } from '../../util/clock.js';
import { Failure } from '../../util/errors.js';
import type { Change, Context } from '../context.js';
import { currentSlot } from '../context.js';

type ChainHandlers = Pick<Handlers, 'chain.status' | 'chain.tail' | 'chain.account' | 'chain.block'>;

export function chainHandlers(context: Context): ChainHandlers {
  const { ledger } = context;
  return {
    'chain.status': async () => {
      const globals = ledger.globals();
      return {
        type: 'chain',
        height: ledger.tip.height,
        slot: currentSlot(context),
        tip: toHex(ledger.tip.id),
        state_root: toHex(ledger.tip.header.stateRoot),
        mined_grains: globals.mined.toString(),
        minted_grains: globals.minted.toString(),
        burnt_grains: globals.burnt.toString(),
        fee_pool_grains: globals.feePool.toString(),
        base_fee_grains: globals.baseFee.toString(),
        mempool: context.mempool.size,
        target: ledger.tip.header.proof.target.toString(16).padStart(64, '0'),
      };
    },
    'chain.tail': (params, { signal }) => tail(context, params, signal),
    'chain.account': async ({ address }) => {
      const account = readAccount(ledger.state, parseAddress(address));
      return { balance_grains: (account?.balance ?? 0n).toString(), seq: (account?.seq ?? 0n).toString() };
    },
    'chain.block': async ({ height }) => {
      const id = ledger.idAt(height);
      const header = id && ledger.header(id);
      if (!id || !header) throw new Failure('not-found', `no block at height ${height}`);
      const body = ledger.body(id);
      if (!body) throw new Failure('not-found', `the body at height ${height} is not held`);
      return { height, header: toHex(encodeHeader(header)), body: body.map(toHex) };
    },
  };
}

function blockRecord(context: Context, header: Header, id: Uint8Array): BlockRecord {
  return {
    type: 'block',
    height: header.height,
    slot: header.slot,
    id: toHex(id),
    parent: toHex(header.parent),
    state_root: toHex(header.stateRoot),
    producer: formatAddress(header.producer),
    txs: context.ledger.body(id)?.length ?? 0,
    bytes: header.bodySize,
    time: rfc3339(slotStartMs(context.params, header.slot)),
  };
}

/** A follower that does not read is cut off when so many changes wait for it. */
const WAITING_MAX = 10_000;

async function* tail(
  context: Context,
  { count, follow }: { count: number; follow: boolean },
  signal: AbortSignal,
): AsyncGenerator<BlockRecord | ReorgRecord> {
  const waiting: Change[] = [];
  let wake = () => {};
  const stop = follow
    ? context.changes.listen((change) => {
        if (change.kind !== 'books') waiting.push(change);
        wake();
      })
    : () => {};
  const aborted = () => wake();
  signal.addEventListener('abort', aborted);
  try {
    yield* last(context, count);
    while (follow && !signal.aborted) {
      const change = waiting.shift();
      if (change) yield* recordOf(context, change);
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      if (waiting.length > WAITING_MAX) throw new Failure('temporary', 'too many blocks wait to be read');
    }
  } finally {
    stop();
    signal.removeEventListener('abort', aborted);
  }
}

function* last(context: Context, count: number): Generator<BlockRecord> {
  const { ledger } = context;
  for (let height = Math.max(0, ledger.tip.height - count + 1); height <= ledger.tip.height && count > 0; height++) {
    const id = ledger.idAt(height);
    const header = id && ledger.header(id);
    if (id && header) yield blockRecord(context, header, id);
  }
}

function* recordOf(context: Context, change: Change): Generator<BlockRecord | ReorgRecord> {
  if (change.kind === 'reorg') {
    const { from, to, depth, forkHeight } = change;
    yield { type: 'reorg', depth, from, to, fork_height: forkHeight };
  } else if (change.kind === 'block') {
    const id = fromHex(change.id)!;
    const header = context.ledger.header(id);
    if (header) yield blockRecord(context, header, id);
  }
}
