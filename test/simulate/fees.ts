import { dustLimit } from '../../src/lib/bounty/confidence.js';
import { requiredFee } from '../../src/lib/chain/sign.js';
import type { Tx } from '../../src/lib/chain/types.js';
import { PARAMS } from './setting.js';

const KEY = new Uint8Array(32).fill(1);
const SOME = 1n << 40n;
const common = { ref: { height: 1 << 24, id: KEY }, fee: 0n };
const from = { from: KEY, seq: SOME };
const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

/** A draft of each kind at about the size that it has on the ledger. */
const drafts = {
  post: (items: number): Tx => ({
    ...{ ...common, ...from, kind: 'post' },
    bounties: [
      { amount: SOME, payee: KEY, key: KEY, duration: 1 << 18, items: many(items, { name: KEY, nonce: KEY }) },
    ],
  }),
  sweep: (entries: number): Tx => ({ ...common, kind: 'sweep', entries: many(entries, { bounty: KEY, to: KEY }) }),
  revoke: (bounties: number): Tx => ({ ...common, kind: 'revoke', from: KEY, bounties: many(bounties, KEY) }),
  // At a reserve of nothing: what an advert consumes is added where its terms are known.
  advert: (excluded: number): Tx => ({
    ...{ ...common, ...from, kind: 'advert' },
    ...{
      lots: 10,
      size: 2 ** 30,
      term: 180,
      reserve: 0n,
      creditDays: 4,
      closes: 1 << 24,
      contact: KEY,
      excluded: many(excluded, KEY),
    },
  }),
  commit: (): Tx => ({ ...common, ...from, kind: 'commit', advert: KEY, commitment: KEY, deposit: SOME }),
  reveal: (): Tx => ({
    ...{ ...common, kind: 'reveal', from: KEY, advert: KEY },
    ...{ price: SOME, peer: new Uint8Array(38), payee: KEY, salt: KEY },
  }),
  transfer: (): Tx => ({
    ...{ ...common, ...from, kind: 'transfer', outputs: [{ to: KEY, amount: SOME }], memo: new Uint8Array(0) },
  }),
};

const known = new Map<string, bigint>();

/** What the ledger asks for a transaction with so many entries, at the lowest base fee: `requiredFee`'s own figure. */
export function feeOf(kind: keyof typeof drafts, count = 1): bigint {
  const name = `${kind} ${count}`;
  const fee = known.get(name) ?? requiredFee(PARAMS, PARAMS.minBaseFee, drafts[kind](count));
  known.set(name, fee);
  return fee;
}

/** As node/snapshot.ts works it out. */
export function dust(): bigint {
  const { minAccount } = PARAMS;
  return dustLimit({ minAccount, sweepFee: 2n * feeOf('sweep'), transferFee: 2n * feeOf('transfer') });
}
