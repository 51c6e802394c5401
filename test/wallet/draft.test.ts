import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { withTokens } from '../../src/lib/cli/output.js';
import { MAX_AMOUNT } from '../../src/lib/util/amounts.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { draftRecord, parseDraft, type TransferDraft } from '../../src/lib/wallet/draft.js';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const drafts: fc.Arbitrary<TransferDraft> = fc.record(
  {
    network: bytes(32),
    from: bytes(32),
    to: bytes(32),
    amount: fc.bigInt(1n, MAX_AMOUNT / 2n),
    fee: fc.bigInt(0n, MAX_AMOUNT / 2n),
    seq: fc.bigInt(0n, MAX_AMOUNT),
    ref: fc.record({ height: fc.nat(0xffff_ffff), id: bytes(32) }, { noNullPrototype: true }),
    memo: fc.uint8Array({ maxLength: 64 }),
  },
  { noNullPrototype: true },
);
const printed = (draft: TransferDraft) => withTokens(draftRecord(draft)) as Record<string, unknown>;
const refused = (line: string, message = /^not a draft|^not an address/) =>
  assert.throws(
    () => parseDraft(line),
    (error) => isFailure(error) && error.code === 'usage' && message.test(error.message),
    line,
  );

const DRAFT: TransferDraft = {
  ...{ network: new Uint8Array(32).fill(1), from: new Uint8Array(32).fill(2), to: new Uint8Array(32).fill(3) },
  ...{ amount: 500_000_000n, fee: 1_500n, seq: 7n, memo: new Uint8Array(0) },
  ref: { height: 12, id: new Uint8Array(32).fill(4) },
};

test('a draft that is printed is read again, every field of it', () => {
  fc.assert(
    fc.property(drafts, (draft) => {
      assert.deepEqual(parseDraft(JSON.stringify(printed(draft))), draft);
    }),
  );
});

test('a draft with a field more, less, or of another form is refused', () => {
  const good = printed(DRAFT);
  parseDraft(JSON.stringify(good));
  for (const name of Object.keys(good)) {
    const { [name]: _, ...less } = good;
    refused(JSON.stringify(less));
    for (const other of [null, -1, 'x', [], 1e99]) refused(JSON.stringify({ ...good, [name]: other }));
  }
  refused(JSON.stringify({ ...good, note: 'pay more' }));
  refused('');
  refused('[]');
  refused(JSON.stringify(good).slice(0, -1));
  refused(JSON.stringify({ ...good, memo_hex: '00'.repeat(65) }));
  refused(`${JSON.stringify(good)}${' '.repeat(3000)}`, /too long/);
  refused(JSON.stringify({ ...good, version: 2, more: true }), /version 2/);
});

test('what a person reads in tokens is what is signed in grains', () => {
  refused(JSON.stringify({ ...printed(DRAFT), amount: '0.5' }), /tokens and in grains differ/);
  refused(JSON.stringify({ ...printed(DRAFT), fee: '0.1' }), /tokens and in grains differ/);
  refused(JSON.stringify(printed({ ...DRAFT, amount: 0n })), /no such amount/);
  refused(JSON.stringify(printed({ ...DRAFT, amount: MAX_AMOUNT, fee: 1n })), /no such amount/);
});
