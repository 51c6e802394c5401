import { base58 } from '@scure/base';
import { bountyId, headerId } from '../chain/encoding.js';
import { bondCodec } from '../chain/stake/bond.js';
import type { Address, Hash, NewBounty, Tx } from '../chain/types.js';
import { accountCodec, advertCodec, bountyCodec } from '../chain/values.js';
import { formatAddress } from '../crypto/address.js';
import { toHex } from '../util/bytes.js';
import type { StateEntry, TxDetails } from './ledger-details.js';

/** The ledger's objects as records carry them: ids in hexadecimal, accounts as addresses, amounts in grains. */

const orNull = (address: Address | null) => address && formatAddress(address);

/** What a transaction does. Bounties get the ids they have on the ledger. */
export function describeTx(tx: Tx, txid: Hash): TxDetails {
  const { kind } = tx;
  switch (kind) {
    case 'transfer': {
      const outputs = tx.outputs.map(({ to, amount }) => ({ to: formatAddress(to), amount_grains: amount.toString() }));
      return { kind, outputs, memo: textOf(tx.memo), memo_hex: toHex(tx.memo) };
    }
    case 'post':
      return { kind, bounties: tx.bounties.map((bounty, i) => describeBounty(bounty, bountyId(txid, i))) };
    case 'sweep':
      return { kind, entries: tx.entries.map(({ bounty, to }) => ({ bounty: toHex(bounty), to: formatAddress(to) })) };
    case 'revoke':
      return { kind, bounties: tx.bounties.map(toHex) };
    case 'advert': {
      const { lots, size, term, reserve, creditDays, closes, contact, excluded } = tx;
      return {
        ...{ kind, lots, size, term_days: term, reserve_grains: reserve.toString(), closes_slot: closes },
        ...{ credit_days: creditDays, contact: toHex(contact), excluded: excluded.map(formatAddress) },
      };
    }
    case 'commit': {
      const { advert, commitment, deposit } = tx;
      return { kind, advert: toHex(advert), commitment: toHex(commitment), deposit_grains: deposit.toString() };
    }
    case 'reveal': {
      const { advert, price, payee, salt } = tx;
      return {
        ...{ kind, advert: toHex(advert), price_grains: price.toString(), peer: base58.encode(tx.peer) },
        ...{ payee: toHex(payee), salt: toHex(salt) },
      };
    }
    case 'bond': {
      const { amount, vrfKey, signingKey } = tx;
      return { kind, amount_grains: amount.toString(), vrf_key: toHex(vrfKey), signing_key: toHex(signingKey) };
    }
    case 'unbond':
    case 'rebond':
      return { kind };
    case 'evidence': {
      const { first, second, to } = tx;
      const account = formatAddress(first.producer);
      const headers = [toHex(headerId(first)), toHex(headerId(second))];
      return { kind, account, offence_slot: first.slot, headers, to: formatAddress(to) };
    }
  }
}

function describeBounty(bounty: NewBounty, id: Hash) {
  return {
    bounty: toHex(id),
    amount_grains: bounty.amount.toString(),
    payee: orNull(bounty.payee),
    key: toHex(bounty.key),
    duration_slots: bounty.duration,
    items: bounty.items.map(({ name, nonce }) => ({ name: toHex(name), nonce: toHex(nonce) })),
  };
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** An entry of the state, from its bytes. Throws LedgerError 'malformed' for what is none of that kind. */
export function describeEntry(kind: StateEntry['kind'], bytes: Uint8Array): StateEntry {
  switch (kind) {
    case 'account': {
      const { balance, seq, paid } = accountCodec.decode(bytes);
      return { kind, balance_grains: balance.toString(), seq: seq.toString(), rent_paid_slot: paid };
    }
    case 'bounty': {
      const { funder, payee, amount, itemsHash, key, opened, expires } = bountyCodec.decode(bytes);
      return {
        ...{ kind, funder: formatAddress(funder), payee: orNull(payee), amount_grains: amount.toString() },
        ...{ items_hash: toHex(itemsHash), key: toHex(key), opened_slot: opened, expires_slot: expires },
      };
    }
    case 'advert': {
      const { from, lots, size, term, reserve, creditDays, opened, closes, revealsUntil, contact, excluded, bids } =
        advertCodec.decode(bytes);
      return {
        ...{ kind, from: formatAddress(from), lots, size, term_days: term, reserve_grains: reserve.toString() },
        ...{ credit_days: creditDays, opened_slot: opened, closes_slot: closes, reveals_until_slot: revealsUntil },
        ...{ contact: toHex(contact), excluded: excluded.map(formatAddress), bids },
      };
    }
    case 'bond': {
      const { stake, vrfKey, signingKey, since, state, signed } = bondCodec.decode(bytes);
      return {
        ...{ kind, state: state.kind, stake_grains: stake.toString() },
        ...{ vrf_key: toHex(vrfKey), signing_key: toHex(signingKey), since_slot: since },
        unbond_slot: state.kind === 'waiting' ? state.since : null,
        returns_slot: state.kind === 'leaving' ? state.until : null,
        signed_epoch: signed,
      };
    }
  }
}
