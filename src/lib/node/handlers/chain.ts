import { nextActivation } from '../../chain/activation.js';
import { encodeHeader } from '../../chain/encoding.js';
import { balanceAt } from '../../chain/rent.js';
import { readAccount } from '../../chain/state.js';
import { formatAddress, parseAddress } from '../../crypto/address.js';
import type { Handlers } from '../../rpc/handlers.js';
import { proofRecord, subjectKey } from '../../rpc/proof.js';
import type { ProofRecord, TxRecord } from '../../rpc/records.js';
import { fromHex, toHex } from '../../util/bytes.js';
import { Failure } from '../../util/errors.js';
import { noBlockAt, wholeBlock } from '../block-record.js';
import type { Context } from '../context.js';
import { currentSlot } from '../context.js';
import { joinRecords } from '../status.js';
import { submitTx } from '../submit.js';
import { supplyRecord, supplyYears } from '../supply.js';
import { tail } from '../tail.js';
import { locateTx, txRecord } from '../tx-lookup.js';

type Method = 'status' | 'tail' | 'account' | 'raw' | 'block' | 'tx' | 'proof' | 'submit' | 'supply' | 'schedule';
type ChainHandlers = Pick<Handlers, `chain.${Method}`>;

export function chainHandlers(context: Context): ChainHandlers {
  const { ledger } = context;
  return {
    'chain.status': async () => {
      const globals = ledger.globals();
      const { proof } = ledger.tip.header;
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
        target: proof.kind === 'pow' ? proof.target.toString(16).padStart(64, '0') : null,
        ...joinRecords(context),
        body_limit: ledger.bodyLimit(),
        next_rule: nextActivation(context.params, ledger.tip.height),
      };
    },
    'chain.tail': (params, { signal }) => tail(context, params, signal),
    'chain.account': async ({ address }) => {
      const account = parseAddress(address);
      const balance = balanceAt(context.params, ledger.state, account, ledger.tip.slot);
      return { balance_grains: balance.toString(), seq: (readAccount(ledger.state, account)?.seq ?? 0n).toString() };
    },
    'chain.raw': async ({ height }) => {
      const id = ledger.idAt(height);
      const header = id && ledger.header(id);
      if (!id || !header) throw noBlockAt(ledger, height);
      const body = header.bodySize === 0 ? [] : ledger.body(id);
      if (!body) throw new Failure('not-found', `the body of the block at height ${height} is pruned`);
      return { height, header: toHex(encodeHeader(header)), body: body.map(toHex) };
    },
    'chain.block': ({ block }) => wholeBlock(context, block),
    'chain.tx': ({ txid }) => findTx(context, txid),
    'chain.proof': ({ subject, bond }) => proofs(context, subject, bond),
    'chain.submit': ({ tx }) => submitTx(context, fromHex(tx)!),
    'chain.supply': ({ recount }) => supplyRecord(context, recount),
    'chain.schedule': ({ years }) => supplyYears(context, years),
  };
}

async function findTx(context: Context, txid: string): Promise<TxRecord> {
  const found = await locateTx(context, fromHex(txid)!);
  if (!found) throw new Failure('not-found', `no transaction ${txid} in the pool or in the last cycle's blocks`);
  return txRecord(context, found);
}

/** An id is a bounty's or an advert's: of one that is neither, the absence of both. */
async function* proofs({ ledger }: Context, given: string, bond: boolean): AsyncGenerator<ProofRecord> {
  const isId = /^[0-9a-f]{64}$/.test(given);
  if (isId && bond)
    throw new Failure('usage', `not an address: ${given}`, 'a bond is proven by the address of its account');
  const kinds = isId ? (['bounty', 'advert'] as const) : ([bond ? 'bond' : 'account'] as const);
  const subject = isId ? given : formatAddress(parseAddress(given));
  const { header } = ledger.tip;
  const claims = kinds.map((kind) => ({ kind, subject, header, ...ledger.prove(subjectKey(kind, subject)) }));
  const held = claims.filter(({ value }) => value !== null);
  for (const claim of held.length > 0 ? held : claims) yield proofRecord(claim);
}
