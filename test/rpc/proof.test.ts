import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bountyId } from '../../src/lib/chain/encoding.js';
import { readBond } from '../../src/lib/chain/stake/bond.js';
import { readAccount } from '../../src/lib/chain/state.js';
import { formatAddress } from '../../src/lib/crypto/address.js';
import { checkProof, proofRecord, subjectKey } from '../../src/lib/rpc/proof.js';
import type { ProofRecord } from '../../src/lib/rpc/records.js';
import { toHex } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { alice, bob, bountyItem, Card, carol, hashOf, Person, TestChain } from '../chain/helpers.js';
import { ada, bondedChain } from '../chain/stakers.js';

type Kind = ProofRecord['kind'];

const card = new Card(5n);
const refused = (error: unknown) =>
  isFailure(error) && error.code === 'failure' && /^the proof does not hold: /.test(error.message);

/** A chain with accounts, a bounty and an advert in its state. */
async function settled() {
  const chain = await TestChain.open();
  for (const person of [alice, bob]) await chain.produce([], { producer: person.address });
  const bounties = [{ amount: 7_000n, payee: bob.address, key: card.key, duration: 24, items: [bountyItem(1)] }];
  const post = chain.make({ kind: 'post', from: alice.address, bounties }, alice.signer);
  const closes = chain.ledger.tip.slot + 40;
  const terms = {
    lots: 2,
    size: 99,
    term: 30,
    reserve: 5n,
    creditDays: 4,
    closes,
    contact: card.key,
    excluded: [carol.address],
  };
  const advert = chain.make({ kind: 'advert', from: bob.address, ...terms }, bob.signer);
  await chain.produce([post.bytes, advert.bytes]);
  return { chain, bounty: toHex(bountyId(post.id, 0)), advert: toHex(advert.id) };
}

function prove({ ledger }: TestChain, kind: Kind, subject: string): ProofRecord {
  return proofRecord({ kind, subject, header: ledger.tip.header, ...ledger.prove(subjectKey(kind, subject)) });
}

test('what is there is proven under the header, with what it holds', async () => {
  const { chain, bounty, advert } = await settled();
  const { tip } = chain.ledger;
  const at = {
    ...{ type: 'proven', block: toHex(tip.id), height: tip.height, slot: tip.slot },
    state_root: toHex(tip.header.stateRoot),
  };
  const account = formatAddress(alice.address);
  assert.deepEqual(checkProof(prove(chain, 'account', account)), {
    ...{ ...at, kind: 'account', subject: account },
    holds: {
      kind: 'account',
      balance_grains: chain.balanceOf(alice.address).toString(),
      seq: chain.seqOf(alice.address).toString(),
      rent_paid_slot: readAccount(chain.ledger.state, alice.address)!.paid,
    },
  });
  const posted = checkProof(prove(chain, 'bounty', bounty));
  assert.deepEqual(posted, {
    ...{ ...at, kind: 'bounty', subject: bounty },
    holds: {
      ...{ kind: 'bounty', funder: account, payee: formatAddress(bob.address), amount_grains: '7000' },
      items_hash: posted.holds?.kind === 'bounty' && posted.holds.items_hash,
      ...{ key: toHex(card.key), opened_slot: tip.slot, expires_slot: tip.slot + 24 },
    },
  });
  const { holds } = checkProof(prove(chain, 'advert', advert));
  assert.equal(holds?.kind, 'advert');
  assert.deepEqual([holds.lots, holds.reserve_grains, holds.excluded], [2, '5', [formatAddress(carol.address)]]);
});

test('a bond is proven, whether it is drawn, and the absence of one', async () => {
  const chain = await bondedChain();
  const address = formatAddress(ada.address);
  const { holds } = checkProof(prove(chain, 'bond', address));
  assert.deepEqual(holds, {
    ...{ kind: 'bond', state: 'active', stake_grains: readBond(chain.ledger.state, ada.address)!.stake.toString() },
    ...{ vrf_key: toHex(ada.vrf.publicKey), signing_key: toHex(ada.signingKey) },
    since_slot: readBond(chain.ledger.state, ada.address)!.since,
    ...{ unbond_slot: null, returns_slot: null, signed_epoch: 0 },
  });
  await chain.produce([chain.make({ kind: 'unbond', from: ada.address }, ada.signer).bytes]);
  const leaving = checkProof(prove(chain, 'bond', address)).holds;
  assert.ok(leaving?.kind === 'bond' && leaving.state === 'leaving');
  assert.equal(leaving.returns_slot, chain.ledger.tip.slot + chain.params.derived.bondSlots);
  assert.equal(checkProof(prove(chain, 'bond', formatAddress(bob.address))).holds, null);
  const account = prove(chain, 'account', address);
  assert.throws(() => checkProof({ ...prove(chain, 'bond', address), kind: 'account' }), refused);
  assert.throws(() => checkProof({ ...account, kind: 'bond' }), refused);
});

test('what is not there is proven absent, whatever stands in its place', async () => {
  const { chain, bounty } = await settled();
  const ends = new Set<string>();
  for (let i = 0; i < 40; i++) {
    const proof = prove(chain, 'account', formatAddress(new Person(`nobody ${i}`).address));
    assert.equal(proof.value, null);
    assert.equal(checkProof(proof).holds, null);
    ends.add(proof.end.kind);
  }
  assert.deepEqual([...ends].sort(), ['inner', 'other-leaf']);
  assert.equal(checkProof(prove(chain, 'advert', bounty)).holds, null);
});

test('any one byte changed, left out or put in is refused', async () => {
  const { chain, bounty } = await settled();
  const proofs = [
    prove(chain, 'bounty', bounty),
    prove(chain, 'account', formatAddress(carol.address)),
    ...Array.from({ length: 8 }, (_, i) => prove(chain, 'account', formatAddress(new Person(`nobody ${i}`).address))),
  ];
  for (const proof of proofs) {
    const text = JSON.stringify(proof);
    assert.deepEqual(checkProof(JSON.parse(text)), checkProof(proof));
    for (let at = 0; at < text.length; at++) {
      const letter = text[at]!;
      const other = letter === '0' ? '1' : '0';
      for (const put of [other, '', `${letter}0`, letter.toUpperCase()]) {
        const bent = text.slice(0, at) + put + text.slice(at + 1);
        if (bent === text) continue;
        assert.throws(() => checkText(bent), refused, `${text}\n${bent}`);
      }
    }
  }
});

function checkText(text: string): void {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  checkProof(json);
}

test('no proof shows more than it is of: not another subject, value, kind, block or way', async () => {
  const { chain, bounty } = await settled();
  const [mine, other] = [alice, bob].map(({ address }) => prove(chain, 'account', formatAddress(address)));
  await chain.produce();
  const later = prove(chain, 'account', formatAddress(alice.address));
  const absent = prove(chain, 'advert', bounty);
  const there = prove(chain, 'bounty', bounty);
  const cases: Record<string, object> = {
    'the value of another': { ...mine, value: other!.value },
    'a present one, absent': { ...mine, value: null },
    'a present one, absent by the end of another way': { ...there, value: null, end: absent.end, steps: absent.steps },
    'an absent one, present': { ...absent, value: there.value, end: there.end, steps: there.steps },
    'the subject of another': { ...mine, subject: other!.subject },
    'with its key': { ...mine, subject: other!.subject, key: other!.key },
    'another block': { ...mine, block: later.block, height: later.height, header: later.header },
    'a step left out': { ...mine, steps: mine!.steps.slice(1) },
    'a step twice': { ...mine, steps: [mine!.steps[0], ...mine!.steps] },
    'an address in capitals': { ...mine, subject: mine!.subject.toUpperCase() },
    'a field too many': { ...mine, note: 'trust me' },
    'a field too many within': { ...mine, end: { ...mine!.end, note: 'trust me' } },
    'a header that is none': { ...mine, header: toHex(hashOf('noise')) },
    'a depth beyond the tree': { ...mine, steps: mine!.steps.map((step) => ({ ...step, depth: step.depth + 65_536 })) },
  };
  assert.ok(checkProof(mine).holds && checkProof(later).holds);
  for (const [name, json] of Object.entries(cases)) assert.throws(() => checkProof(json), refused, name);
  for (const json of [undefined, null, 5, 'proof', [], {}, [mine]]) assert.throws(() => checkProof(json), refused);
});
