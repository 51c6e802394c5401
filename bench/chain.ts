import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeBody, decodeHeader, encodeBody, encodeHeader, encodeSignedTx } from '../src/lib/chain/encoding.js';
import { Ledger, type LedgerStore, type LedgerTools } from '../src/lib/chain/ledger.js';
import { type Params, parseParams } from '../src/lib/chain/params.js';
import { mine, type Scrypt } from '../src/lib/chain/pow.js';
import { preset } from '../src/lib/chain/presets.js';
import { requiredFee, signTx } from '../src/lib/chain/sign.js';
import { readAccount } from '../src/lib/chain/state.js';
import type { Address, TransferTx } from '../src/lib/chain/types.js';
import { publicFromSeed, signWithSeed } from '../src/lib/crypto/ed25519.js';
import { sha256 } from '../src/lib/crypto/hash.js';
import { chainStore } from '../src/lib/node/chain-areas.js';
import { areaKey, Database } from '../src/lib/store/database.js';
import { AREAS } from '../src/lib/store/layout.js';
import { u32be } from '../src/lib/util/bytes.js';

/** The main network's rules, but for what brings so many accounts into being within minutes. */
export const params: Params = parseParams({
  ...preset('main', { name: 'bench', salt: '00'.repeat(32), genesisTimeMs: 0 }),
  firstTarget: 'ff'.repeat(32),
  asertHalfLifeSlots: 10_000_000,
  miningReward: `${4n * 10n ** 13n}`,
  powBlocks: 100,
  spreadAddresses: false,
});

/** Mining is not what is measured. */
export const scrypt: Scrypt = async (password, salt) => sha256(salt, password);

const OUTPUTS = 256;
const GRANT = 500_000_000n;
/** One of so many outputs takes no more. */
const GRANTS_BYTES_MAX = 16_384;
const MINED_BLOCKS = 30;
/** One of one output takes no more. */
const TRANSFER_BYTES_MAX = 230;

/** Accounts that can sign; more than these only receive. */
const SENDERS_MAX = 10_000;

interface Sender {
  seed: Uint8Array;
  address: Address;
  seq: bigint;
}

/** What a ledger asked of its database. */
export interface Work {
  reads: number;
  writes: number;
  bytesWritten: number;
}

/** A ledger in a LevelDB of its own, as a node keeps it. */
export class BenchLedger {
  private constructor(
    readonly ledger: Ledger,
    readonly db: Database,
    private readonly folder: string,
    private readonly work: Work,
  ) {}

  static async open(tools: Partial<LedgerTools> = {}): Promise<BenchLedger> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
    const db = await Database.open(folder);
    const own = (key: Uint8Array) => areaKey(AREAS.CHAIN, key);
    const chain = chainStore(db, AREAS.CHAIN);
    const work: Work = { reads: 0, writes: 0, bytesWritten: 0 };
    const store: LedgerStore = {
      ...chain,
      get: (key) => {
        work.reads += 1;
        return chain.get(key);
      },
      write: (batch) => {
        work.writes += batch.length;
        for (const [key, value] of batch) work.bytesWritten += key.length + (value?.length ?? 0);
        return db.write(batch.map(([key, value]) => [own(key), value]));
      },
    };
    return new BenchLedger(await Ledger.open(params, store, { scrypt, ...tools }), db, folder, work);
  }

  /** Since it was last asked. */
  workDone(): Work {
    const done = { ...this.work };
    Object.assign(this.work, { reads: 0, writes: 0, bytesWritten: 0 });
    return done;
  }

  /** From the bytes a peer sends to the state on the disk. */
  async take({ header, body }: WireBlock): Promise<void> {
    const block = { header: decodeHeader(header), body: decodeBody(body, params.bodyBytesMin) };
    const { status } = await this.ledger.addBlock(block, block.header.slot);
    if (status !== 'extended') throw new Error(`a block was ${status}`);
  }

  async close(): Promise<void> {
    await this.db.close();
    await rm(this.folder, { recursive: true });
  }
}

export interface WireBlock {
  header: Uint8Array;
  body: Uint8Array;
  transactions: number;
}

/** Makes blocks on a ledger's tip. Each is to be taken in by that ledger before the next is made. */
export class BlockMaker {
  readonly #accounts: Address[];
  readonly #senders: Sender[];
  #at = 0;

  constructor(
    private readonly ledger: Ledger,
    accounts: number,
  ) {
    this.#senders = Array.from({ length: Math.min(accounts, SENDERS_MAX) }, (_, i) => {
      const seed = sha256(u32be(i));
      return { seed, address: publicFromSeed(seed), seq: 0n };
    });
    const others = Array.from({ length: accounts - this.#senders.length }, (_, i) => sha256(u32be(i), u32be(0)));
    this.#accounts = [...this.#senders.map(({ address }) => address), ...others];
  }

  /** The blocks that bring all accounts into being. */
  async *found(): AsyncGenerator<WireBlock> {
    for (let i = 0; i < MINED_BLOCKS; i++) yield await this.#block([]);
    let waiting: Uint8Array[] = [];
    let room: number = params.bodyBytesMin;
    this.#sync();
    for (let at = 0; at < this.#accounts.length; at += OUTPUTS) {
      // Before it is made: its fee is the tip's.
      if (room < GRANTS_BYTES_MAX) {
        yield await this.#block(waiting);
        waiting = [];
        room = params.bodyBytesMin;
      }
      const tx = this.#transfer(0, this.#accounts.slice(at, at + OUTPUTS), GRANT);
      waiting.push(tx);
      room -= tx.length;
    }
    yield await this.#block(waiting);
    this.#sync();
  }

  /** Full, or of so many bytes: transfers between accounts taken here and there. */
  async full(bytes: number = params.bodyBytesMin): Promise<WireBlock> {
    return this.#block(this.transfers(bytes));
  }

  /** As many transfers, each applying after those before, as take so many bytes. */
  transfers(bytesMax: number): Uint8Array[] {
    const made: Uint8Array[] = [];
    for (let room = bytesMax; room >= TRANSFER_BYTES_MAX; ) {
      // Strides prime to the counts: everybody's turn comes, neighbours in the tree far apart in time.
      const to = this.#accounts[(this.#at * 7919) % this.#accounts.length]!;
      const tx = this.#transfer((this.#at * 104_729) % this.#senders.length, [to], 20_000n);
      this.#at += 1;
      room -= tx.length;
      made.push(tx);
    }
    return made;
  }

  #transfer(index: number, to: readonly Address[], amount: bigint): Uint8Array {
    const { ledger } = this;
    const sender = this.#senders[index]!;
    const outputs = to.map((address) => ({ to: address, amount }));
    const ref = { height: ledger.tip.height, id: ledger.tip.id };
    const draft: TransferTx = {
      ...{ kind: 'transfer', ref, fee: 0n, from: sender.address },
      ...{ seq: sender.seq, outputs, memo: new Uint8Array(0) },
    };
    const tx = { ...draft, fee: requiredFee(params, ledger.globals().baseFee, draft) };
    sender.seq += 1n;
    return encodeSignedTx(signTx(tx, params.derived.genesisId, (message) => signWithSeed(sender.seed, message)));
  }

  #sync(): void {
    for (const sender of this.#senders) sender.seq = readAccount(this.ledger.state, sender.address)?.seq ?? 0n;
  }

  async #block(txs: Uint8Array[]): Promise<WireBlock> {
    const draft = this.ledger.buildBlock(txs, this.#senders[0]!.address, this.ledger.tip.slot + 1);
    const header = await mine(draft.header, 10_000, scrypt);
    if (!header || draft.body.length !== txs.length)
      throw new Error(`a block left ${txs.length - draft.body.length} of ${txs.length} out`);
    return { header: encodeHeader(header), body: encodeBody(draft.body), transactions: txs.length };
  }
}
