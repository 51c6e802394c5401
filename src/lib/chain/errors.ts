/**
 * Every reason for which the ledger refuses something. A test asserts the exact one, so a rule that
 * starts to refuse for another reason is noticed.
 */
export const RULES = {
  // Any transaction
  malformed: 'not in the one canonical form, or out of bounds',
  signature: 'a signature does not verify',
  'ref-unknown': 'the reference block is not on this chain',
  'ref-expired': 'the reference block is more than a cycle old',
  'fee-low': 'the fee is below what the base fee asks',
  'account-unknown': 'no such account',
  'seq-low': 'the sequence number is used already',
  'seq-high': 'the sequence number skips some',
  insufficient: 'not enough to spend',
  'below-minimum': 'an amount or balance would fall below the least an account may hold',
  'bad-key': 'a key is no valid point',
  duplicate: 'the same object twice in one transaction',
  // Bounties
  duration: 'a bounty is open too briefly or too long',
  'open-items': 'a bounty without a payee has exactly one item',
  'bounty-unknown': 'no such bounty: never posted, or gone already',
  'bounty-expired': 'the bounty has expired',
  'bounty-live': 'the bounty has not expired yet',
  'wrong-payee': 'the bounty pays another address',
  'wrong-funder': 'the bounty was funded by another account',
  // Market
  closes: 'the auction closes too soon or too late',
  'advert-unknown': 'no such advert',
  'advert-closed': 'the advert takes no more bids',
  'already-bid': 'one bid an account and advert',
  excluded: 'the advert excludes this account',
  barred: 'the account left an earlier bid unrevealed',
  'deposit-low': 'the deposit is too small',
  'bid-unknown': 'no such bid',
  'reveal-early': 'the advert has not closed yet',
  'reveal-late': 'the time to reveal is over',
  'already-revealed': 'the bid is revealed already',
  commitment: 'not what was committed to',
  // Stake
  'bond-low': 'a bond must be larger',
  'bond-unknown': 'the account has no bond',
  'bond-keys': 'the bond has other keys',
  'bond-leaving': 'the bond was asked back already',
  'bond-absent': 'the bond is absent: a rebond comes first',
  'bond-present': 'the bond is not absent',
  'evidence-pair': 'not two different headers of one slot by one account',
  'evidence-early': 'signed before the bond was made',
  'evidence-late': 'older than a bond is held for',
  // Blocks
  version: 'unknown block version',
  height: 'not one above its parent',
  slot: 'not after its parent',
  future: 'too far in the future',
  ancestors: 'not the ancestors the parent has',
  nonce: 'not the nonces that follow from its parent',
  lottery: 'not the snapshots, or not the first epoch of stake, that the chain below it gives',
  'proof-kind': 'mined where stake leads, or led by stake where it does not',
  'epoch-skipped': 'led by stake after an epoch without a block',
  'stake-proof': 'the leader is not in the snapshot',
  producer: 'the producer is not the leader',
  vrf: 'the proof of the draw does not verify',
  'not-leader': 'the draw does not win the slot',
  target: 'not the target the rules give',
  'proof-of-work': 'the proof of work misses its target',
  'body-size': 'the body does not have the size in the header, or is too large',
  'body-root': 'the body is not the one in the header',
  'state-root': 'the block leads to another state than it says',
  'too-deep': 'it forks deeper than any reorganisation goes',
  'known-invalid': 'refused before',
  'invalid-parent': 'its parent was refused',
  'state-part': 'not the part of the state that was asked for',
  checkpoint: 'not what leads to the checkpoint',
  // Memory pool
  known: 'in the memory pool already',
  underpriced: 'another with the same sequence number or object waits: the fee must be an eighth above its',
  'pool-full': 'the memory pool is full of better paying transactions',
} as const;

export type RuleCode = keyof typeof RULES;

/** Something from outside breaks a rule of the ledger: refuse it, and change nothing. */
export class LedgerError extends Error {
  readonly rule: RuleCode;

  constructor(rule: RuleCode, detail?: string) {
    super(detail === undefined ? RULES[rule] : `${RULES[rule]}: ${detail}`);
    this.name = 'LedgerError';
    this.rule = rule;
  }
}

/** Throws unless the rule is kept. */
export function enforce(kept: boolean, rule: RuleCode, detail?: string | (() => string)): asserts kept {
  if (!kept) throw new LedgerError(rule, typeof detail === 'function' ? detail() : detail);
}
