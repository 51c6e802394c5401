import assert from 'node:assert/strict';
import { BlockRun, type Executed, holdings } from '../../../src/lib/chain/block.js';
import { supplyOf } from '../../../src/lib/chain/emission.js';
import { encodeSignedTx } from '../../../src/lib/chain/encoding.js';
import { makeGenesis } from '../../../src/lib/chain/genesis.js';
import type { Params } from '../../../src/lib/chain/params.js';
import type { Defences } from '../../../src/lib/chain/rules/run.js';
import { requiredFee, type Signer, signTx } from '../../../src/lib/chain/sign.js';
import { checkNow } from '../../../src/lib/chain/signatures.js';
import { type Bond, readBond, readBonds } from '../../../src/lib/chain/stake/bond.js';
import { type Change, readAccount, readGlobals, type StoredState } from '../../../src/lib/chain/state.js';
import type { Globals, Hash, Tx } from '../../../src/lib/chain/types.js';
import { vrfPublicKey } from '../../../src/lib/crypto/vrf.js';
import { toHex } from '../../../src/lib/util/bytes.js';
import { alice, bob, carol, type Draft, hashOf, miner, type Person, testParams } from '../helpers.js';

/** 80 slots an epoch, 400 until a bond comes back; mining ends after four blocks, and nothing is minted. */
export const stakeParams = (): Params =>
  testParams({ powBlocks: 4, mintRate: [0, 1], minBond: '100000', cycleBlocks: 200 });

/** The keys a person's bond has. */
export const keysOf = (person: Pick<Person, 'address' | 'seed'>) => ({
  vrfKey: vrfPublicKey(person.seed),
  signingKey: person.address,
});

/**
 * A state that blocks run over, one after another, without headers: who leads is what the test says. Every block is
 * undone and compared, and every grain counted.
 */
export class StakeWorld {
  readonly params: Params;
  readonly #entries = new Map<string, Uint8Array>();
  height = 0;
  slot = 0;
  last: Executed | undefined;

  constructor(
    params = stakeParams(),
    readonly defences: Partial<Defences> = {},
  ) {
    this.params = params;
    this.#apply(makeGenesis(this.params).changes);
  }

  /** Without a tree: nobody pays rent in here, so nothing walks it. */
  readonly view: StoredState = {
    get: (key) => this.#entries.get(toHex(key)),
    at: () => undefined,
    leavesAfter: () => [],
  };

  #apply(changes: readonly Change[]): Change[] {
    const before = changes.map(([key]): Change => [key, this.view.get(key) ?? null]);
    for (const [key, value] of changes) {
      if (value) this.#entries.set(toHex(key), value);
      else this.#entries.delete(toHex(key));
    }
    return before;
  }

  get globals(): Globals {
    return readGlobals(this.view);
  }

  get epoch(): number {
    return Math.floor(this.slot / this.params.derived.epochSlots);
  }

  bond(person: Person): Bond | undefined {
    return readBond(this.view, person.address);
  }

  kind(person: Person): Bond['state']['kind'] | undefined {
    return this.bond(person)?.state.kind;
  }

  balance(person: Person): bigint {
    return readAccount(this.view, person.address)?.balance ?? 0n;
  }

  /** A block at a slot. Throws LedgerError for a transaction that breaks a rule, and is then not there. */
  block(slot: number, txs: Uint8Array[] = [], by: { producer?: Person; staked?: boolean } = {}): Executed {
    assert.ok(slot > this.slot, 'slots increase');
    const { params } = this;
    const context = { params, height: this.height + 1, slot, staked: by.staked ?? false };
    const { defences } = this;
    const run = new BlockRun(this.view, { ...context, defences, check: checkNow, blockIdAt: idOf });
    for (const tx of txs) run.add(tx);
    const executed = run.finish(by.producer?.address ?? hashOf('nobody'), 0);
    const whole = new Map(this.#entries);
    const before = this.#apply(executed.changes);
    const after = new Map(this.#entries);
    this.#apply(before);
    assert.deepEqual(this.#entries, whole, 'a block can be taken back');
    this.#apply(executed.changes);
    assert.deepEqual(this.#entries, after);
    this.height += 1;
    this.slot = slot;
    this.last = executed;
    this.check();
    return executed;
  }

  /** The counts in the globals are what the bonds add up to; every grain is held by somebody. */
  check(): void {
    const { globals } = this;
    let held = 0n;
    for (const [key, value] of this.#entries) held += holdings(Buffer.from(key, 'hex'), value);
    assert.equal(held, supplyOf(globals), 'every grain is held by somebody');
    const bonds = readBonds(this.view);
    assert.equal(new Set(bonds.map(({ account }) => toHex(account))).size, globals.bonds);
    const drawn = bonds.filter(({ bond }) => bond.state.kind === 'active' || bond.state.kind === 'waiting');
    assert.equal(
      drawn.reduce((sum, { bond }) => sum + bond.stake, 0n),
      globals.bonded,
    );
    assert.equal(bonds.filter(({ bond }) => bond.state.kind === 'waiting').length, globals.waiting);
  }

  /** A block two slots on. */
  next(...txs: Uint8Array[]): Executed {
    return this.block(this.slot + 2, txs);
  }

  /** The first block of an epoch, in its slot number `at`. */
  enter(epoch: number, at = 0, txs: Uint8Array[] = []): Executed {
    return this.block(epoch * this.params.derived.epochSlots + at, txs);
  }

  make(draft: Draft, signer: Signer, seq?: bigint): Uint8Array {
    const account = 'from' in draft ? readAccount(this.view, draft.from) : undefined;
    const ref = { height: 0, id: idOf() };
    const bare = { seq: seq ?? account?.seq ?? 0n, ...draft, ref, fee: 0n } as Tx;
    const tx = { ...bare, fee: requiredFee(this.params, this.globals.baseFee, bare) };
    return encodeSignedTx(signTx(tx, this.params.derived.genesisId, signer));
  }

  bondTx(person: Person, amount: bigint, keys = keysOf(person)): Uint8Array {
    return this.make({ kind: 'bond', from: person.address, amount, ...keys }, person.signer);
  }

  unbondTx(person: Person): Uint8Array {
    return this.make({ kind: 'unbond', from: person.address }, person.signer);
  }

  rebondTx(person: Person): Uint8Array {
    return this.make({ kind: 'rebond', from: person.address }, person.signer);
  }
}

function idOf(): Hash {
  return hashOf('any block');
}

/** Each of these mined one of the first blocks: together they hold the whole supply of 4,000,000,000. */
export function funded(params?: Params, defences?: Partial<Defences>): StakeWorld {
  const world = new StakeWorld(params, defences);
  for (const producer of [alice, bob, carol, miner]) world.block(world.slot + 2, [], { producer });
  return world;
}

/** Staking begins with epoch 2: the running one, in its second block. What is bonded is what the world was told. */
export function staking(
  stakes: readonly [Person, bigint][],
  params?: Params,
  defences?: Partial<Defences>,
): StakeWorld {
  const world = funded(params, defences);
  world.next(...stakes.map(([person, stake]) => world.bondTx(person, stake)));
  world.enter(1);
  world.enter(2);
  assert.equal(world.globals.stakingSince, 2);
  return world;
}
