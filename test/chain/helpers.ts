import assert from 'node:assert/strict';
import { encodeSignedTx, headerId, txId } from '../../src/lib/chain/encoding.js';
import { type Entry, entryOn } from '../../src/lib/chain/entry.js';
import { type AddResult, Ledger, type LedgerStore, type LedgerTools } from '../../src/lib/chain/ledger.js';
import { rangeRoot } from '../../src/lib/chain/mmr.js';
import { type Params, type ParamsJson, parseParams } from '../../src/lib/chain/params.js';
import { mine, type Scrypt } from '../../src/lib/chain/pow.js';
import { readEntry } from '../../src/lib/chain/records.js';
import { requiredFee, type Signer, signTx } from '../../src/lib/chain/sign.js';
import type { StoreSnapshot } from '../../src/lib/chain/staging.js';
import { noncesAfter } from '../../src/lib/chain/stake/lottery.js';
import { type Change, readAccount } from '../../src/lib/chain/state.js';
import { decodeEntry } from '../../src/lib/chain/state-entry.js';
import type { Address, Block, Hash, Header, MinedBlock, MinedHeader, Tx } from '../../src/lib/chain/types.js';
import { publicFromSeed, signWithSeed } from '../../src/lib/crypto/ed25519.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import { pointOf, signRaw } from '../../src/lib/crypto/scalar.js';
import { fromHex, toHex, u32be, utf8 } from '../../src/lib/util/bytes.js';

export const PARAMS: ParamsJson = {
  name: 'test',
  salt: '00'.repeat(32),
  genesisTimeMs: 0,
  slotMs: 250,
  f: [1, 2],
  daySlots: 10,
  cycleBlocks: 200,
  k: 4,
  settleDepth: 4,
  auctionSlots: 16,
  miningReward: '1000000000',
  powBlocks: 100_000,
  mintRate: [1508, 10_000],
  firstTarget: 'ff'.repeat(32),
  asertHalfLifeSlots: 1_000_000,
  minAccount: '1000',
  minBond: '100000',
  minBaseFee: '1',
  entryWeight: 100,
  bodyBytesMin: 64 * 1024,
  bodyBytesMax: 256 * 1024,
  cycleBytes: 50 * 1024 * 1024,
  rentPerDay: '0',
  rules: {},
  spreadAddresses: false,
};

export function testParams(change: Partial<ParamsJson> = {}): Params {
  return parseParams({ ...PARAMS, ...change });
}

/** Stands in for scrypt where the rules around it are what is tested. */
export const cheapScrypt: Scrypt = async (password, salt) => sha256(salt, password);

/** A store in memory. `failNext` makes one write fail with nothing written, as a crash before it would. */
export class MemoryStore implements LedgerStore {
  readonly map = new Map<string, Uint8Array>();
  writes = 0;
  failNext = false;

  get(key: Uint8Array): Uint8Array | undefined {
    return this.map.get(toHex(key));
  }

  async write(batch: Change[]): Promise<void> {
    await Promise.resolve();
    if (this.failNext) {
      this.failNext = false;
      throw new Error('the disk is gone');
    }
    this.writes += 1;
    for (const [key, value] of batch) {
      if (value === null) this.map.delete(toHex(key));
      else this.map.set(toHex(key), value);
    }
  }

  snapshot(): StoreSnapshot {
    const { map } = this.copy();
    return {
      get: (key) => map.get(toHex(key)),
      async *scan(first, last) {
        const [from, to] = [toHex(first), toHex(last)];
        for (const key of [...map.keys()].sort()) if (key >= from && key <= to) yield [fromHex(key)!, map.get(key)!];
      },
      close: async () => {},
    };
  }

  /** Everything in some areas (layout.ts), to compare. */
  dump(areas = 'hbnstum'): Map<string, string> {
    const prefixes = new Set([...areas].map((letter) => toHex(utf8(letter))));
    const found = [...this.map].filter(([key]) => prefixes.has(key.slice(0, 2)));
    return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, toHex(value)]));
  }

  /** The entries of the state by their flat keys, both in hexadecimal. */
  state(): Map<string, string> {
    const entries = [...this.dump('s').values()].map((record) => decodeEntry(fromHex(record)!));
    return new Map(entries.map(({ key, value }) => [toHex(key), toHex(value)]));
  }

  copy(): MemoryStore {
    const other = new MemoryStore();
    for (const [key, value] of this.map) other.map.set(key, value);
    return other;
  }
}

/** Somebody with an account. */
export class Person {
  readonly seed: Uint8Array;
  readonly address: Address;

  constructor(name: string) {
    this.seed = sha256(utf8(name));
    this.address = publicFromSeed(this.seed);
  }

  get signer(): Signer {
    return (message) => signWithSeed(this.seed, message);
  }
}

export const alice = new Person('alice');
export const bob = new Person('bob');
export const carol = new Person('carol');
export const miner = new Person('miner');

/** A key that bounties are swept with. */
export class Card {
  readonly key: Hash;

  constructor(readonly scalar: bigint) {
    this.key = pointOf(scalar);
  }

  sign(message: Uint8Array): Uint8Array {
    return signRaw(this.scalar, message, sha256(utf8('not so random')));
  }
}

export const hashOf = (text: string): Hash => sha256(utf8(text));

/** A drafted transaction still without reference, fee and sequence number. */
export type Draft = Tx extends infer T ? (T extends Tx ? Omit<T, 'ref' | 'fee' | 'seq'> : never) : never;

/** A ledger with hands. */
export class TestChain {
  slot = 0;

  private constructor(
    readonly params: Params,
    readonly store: MemoryStore,
    readonly ledger: Ledger,
  ) {}

  /** through: what the ledger is given as its store, where that is not the store itself. */
  static async open(
    params = testParams(),
    store = new MemoryStore(),
    through: LedgerStore = store,
    tools: Partial<LedgerTools> = {},
  ): Promise<TestChain> {
    const chain = new TestChain(params, store, await Ledger.open(params, through, { scrypt: cheapScrypt, ...tools }));
    chain.slot = chain.ledger.tip.slot;
    return chain;
  }

  /** Fills in reference, sequence number and the least fee (and a tip). */
  draft(draft: Draft, options: { tip?: bigint; seq?: bigint } = {}): Tx {
    const { ledger } = this;
    const ref = { height: ledger.tip.height, id: ledger.tip.id };
    const seq = options.seq ?? this.seqOf('from' in draft ? draft.from : undefined);
    const tx = { ...draft, ref, fee: 0n, ...(usesSequence(draft) ? { seq } : {}) } as Tx;
    const fee = requiredFee(this.params, ledger.globals().baseFee, tx) + (options.tip ?? 0n);
    return { ...tx, fee };
  }

  seqOf(address: Address | undefined): bigint {
    const account = address && readAccount(this.ledger.state, address);
    return account?.seq ?? 0n;
  }

  balanceOf(address: Address): bigint {
    return readAccount(this.ledger.state, address)?.balance ?? 0n;
  }

  sign(tx: Tx, signer: Signer): Uint8Array {
    return encodeSignedTx(signTx(tx, this.params.derived.genesisId, signer));
  }

  /** Drafts, signs. */
  make(
    draft: Draft,
    signer: Signer,
    options: { tip?: bigint; seq?: bigint } = {},
  ): { bytes: Uint8Array; id: Hash; tx: Tx } {
    const tx = this.draft(draft, options);
    return { bytes: this.sign(tx, signer), id: txId(tx), tx };
  }

  /** A mined block on the tip, not added yet. */
  async build(txs: Uint8Array[] = [], options: { slots?: number; producer?: Address } = {}): Promise<MinedBlock> {
    const slot = this.ledger.tip.slot + (options.slots ?? 2);
    const block = this.ledger.buildBlock(txs, options.producer ?? miner.address, slot);
    return seal(block);
  }

  /** A block of which only the parent need be here, as its children see it. */
  entryOf({ header }: Pick<Block, 'header'>): Entry {
    return entryOn(this.params, readEntry(this.store, header.parent)!, header, headerId(header));
  }

  async add(block: Block): Promise<AddResult> {
    this.slot = Math.max(this.slot, block.header.slot);
    return this.ledger.addBlock(block, this.slot);
  }

  /** Builds a block, adds it, and insists that it took every transaction. */
  async produce(txs: Uint8Array[] = [], options: { slots?: number; producer?: Address } = {}): Promise<AddResult> {
    const block = await this.build(txs, options);
    if (block.body.length !== txs.length) throw new Error(`the block left ${txs.length - block.body.length} out`);
    return this.add(block);
  }

  /** Blocks of nothing until the tip reaches a slot. */
  async advanceTo(slot: number): Promise<void> {
    if (this.ledger.tip.slot < slot) await this.produce([], { slots: slot - this.ledger.tip.slot });
  }
}

/** Mines a template, or a bent one. */
export async function seal(block: Block): Promise<MinedBlock> {
  const header = await mine(minedHeader(block.header), 10_000, cheapScrypt);
  if (!header) throw new Error('mined in vain');
  return { header, body: block.body };
}

export function minedHeader(header: Header): MinedHeader {
  assert.ok(header.proof.kind === 'pow');
  return { ...header, proof: header.proof };
}

/** A header on another, which need not be on any chain: what follows from the parent is as the rules want it. */
export function headerOn(params: Params, parent: Entry, header: Header): Header {
  return {
    ...header,
    ...{ height: parent.header.height + 1, parent: parent.id, ancestors: rangeRoot(parent.range) },
    lottery: { ...header.lottery, ...noncesAfter(params, parent, header.slot) },
  };
}

function usesSequence(draft: Draft): boolean {
  return !['sweep', 'revoke', 'reveal', 'evidence'].includes(draft.kind);
}

export const bountyItem = (n: number) => ({
  name: sha256(utf8('name'), u32be(n)),
  nonce: sha256(utf8('nonce'), u32be(n)),
});
