import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Ledger } from '../../src/lib/chain/ledger.js';
import { Mempool } from '../../src/lib/chain/mempool.js';
import { type Params, type ParamsJson, parseParams, slotStartMs } from '../../src/lib/chain/params.js';
import type { Address, Block } from '../../src/lib/chain/types.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import { sealKeyFile } from '../../src/lib/crypto/keyfile.js';
import type { AwardRequest, GetRequest } from '../../src/lib/net/blob-client.js';
import type { Network } from '../../src/lib/net/network.js';
import { peerIdBytes, peerIdOfKey } from '../../src/lib/net/peer-ids.js';
import type { PollRequest } from '../../src/lib/net/polls.js';
import type { Performers } from '../../src/lib/node/acts.js';
import { Answers } from '../../src/lib/node/answers.js';
import { archiveBounties, bookClaims } from '../../src/lib/node/bookkeeping.js';
import { Books } from '../../src/lib/node/books.js';
import { Changes, type Context } from '../../src/lib/node/context.js';
import { Files } from '../../src/lib/node/files.js';
import { fundAccounts, retireFunders } from '../../src/lib/node/funders.js';
import { Indexer } from '../../src/lib/node/indexer.js';
import { Keeping } from '../../src/lib/node/keeping.js';
import type { Log } from '../../src/lib/node/log.js';
import { Patience } from '../../src/lib/node/patience.js';
import { ledgerStore, Relay } from '../../src/lib/node/relay.js';
import { resendPending } from '../../src/lib/node/resend.js';
import { ownerOf } from '../../src/lib/node/roots-owner.js';
import { SeenAdverts } from '../../src/lib/node/seen.js';
import { Wallet } from '../../src/lib/node/wallet.js';
import { BlobStore } from '../../src/lib/store/blobs.js';
import { Database } from '../../src/lib/store/database.js';
import { AREAS } from '../../src/lib/store/layout.js';
import { Spool } from '../../src/lib/store/spool.js';
import { Table } from '../../src/lib/store/table.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { Failure } from '../../src/lib/util/errors.js';
import { encodePayload } from '../../src/lib/wallet/payload.js';
import { cheapScrypt, MemoryStore, miner, PARAMS, seal } from '../chain/helpers.js';
import { tempDir } from '../helpers/temp.js';

const PASSPHRASE = 'correct horse';
const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet } as unknown as Log;

/** Several nodes over one chain, with a clock of their own and a network that is a function call. */
export class World {
  readonly nodes: TestNode[] = [];
  slot = 0;

  constructor(
    readonly t: TestContext,
    readonly genesis: ParamsJson = PARAMS,
    readonly params: Params = parseParams(genesis),
  ) {}

  /** A node with a wallet of its own; rich: it has mined a few blocks, and has accounts in reserve for its bounties. */
  async join(name: string, options: { rich?: boolean; reserve?: boolean } = {}): Promise<TestNode> {
    const node = await TestNode.open(this, name, tempDir(this.t));
    await this.follow(node);
    this.nodes.push(node);
    if (options.rich) {
      for (let i = 0; i < 3; i++) await this.mine({ producer: node.main });
      if (options.reserve ?? true) await this.stock(node);
    }
    return node;
  }

  /** Accounts in reserve, settle_depth deep, for a node's bounties. */
  async stock(
    node: TestNode,
    amounts: readonly bigint[] = Array.from({ length: 12 }, () => 2_000_000n),
  ): Promise<void> {
    await node.context.books.exclusive(() => fundAccounts(node.context, amounts));
    await this.mineMany(this.params.settleDepth + 1);
    node.network.published.length = 0;
  }

  /** The next block, of what waits in the first node's pool; every node adds it. */
  async mine(options: { producer?: Address; slots?: number } = {}): Promise<Block> {
    const [first] = this.nodes;
    const { ledger, mempool } = first!.context;
    const slot = ledger.tip.slot + (options.slots ?? 2);
    this.slot = Math.max(this.slot, slot);
    const txs = mempool.candidates(ledger.bodyLimit());
    const block = await seal(ledger.buildBlock(txs, options.producer ?? miner.address, slot));
    for (const node of this.nodes) await node.add(block);
    return block;
  }

  async mineTo(slot: number): Promise<void> {
    const { tip } = this.nodes[0]!.context.ledger;
    if (tip.slot < slot) await this.mine({ slots: slot - tip.slot });
  }

  async mineMany(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.mine();
  }

  /** Another ledger at the same tip: what it builds competes with what is mined from here on. */
  async fork(): Promise<Ledger> {
    const [first] = this.nodes;
    const { ledger } = first!.context;
    const other = await Ledger.open(this.params, new MemoryStore(), { scrypt: cheapScrypt });
    for (let height = 1; height <= ledger.tip.height; height++) {
      const block = { header: ledger.headerAt(height)!, body: ledger.body(ledger.idAt(height)!)! };
      await other.addBlock(block, this.slot);
    }
    return other;
  }

  /** Blocks on a fork, the first with these transactions and the others empty, that every node changes over to. */
  async reorganise(fork: Ledger, count: number, txs: Uint8Array[] = []): Promise<void> {
    for (let i = 0; i < count; i++) {
      const slot = fork.tip.slot + 3;
      this.slot = Math.max(this.slot, slot);
      const block = await seal(fork.buildBlock(i === 0 ? txs : [], miner.address, slot));
      await fork.addBlock(block, this.slot);
      for (const node of this.nodes) await node.add(block);
    }
  }

  /** Whoever has a peer id here. */
  peer(id: string): TestNode {
    const node = this.nodes.find(({ peerId }) => peerId === id);
    if (!node) throw new Failure('unreachable', `no peer ${id}`);
    return node;
  }

  /** Brings a node to the tip of the first. */
  private async follow(node: TestNode): Promise<void> {
    const ledger = this.nodes[0]?.context.ledger;
    for (let height = 1; ledger && height <= ledger.tip.height; height++) {
      await node.add({ header: ledger.headerAt(height)!, body: ledger.body(ledger.idAt(height)!)! });
    }
  }
}

/** What stands in for the network: peers are called at once, and messages kept to look at. */
class FakeNetwork {
  readonly published: Uint8Array[] = [];
  /** Bytes that leave for a peer may be tampered with, or the transfer cut. */
  onTransfer: (body: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array> = (body) => body;
  /** What a peer answers may be lost. */
  onReceipt: (receipt: Uint8Array) => Uint8Array = (receipt) => receipt;
  /** What a steward answers to a poll may be another's. */
  onAnswer: (answer: Uint8Array) => Uint8Array = (answer) => answer;
  deaf = false;

  constructor(
    readonly world: World,
    readonly peerId: string,
  ) {}

  get peerIdBytes(): Uint8Array {
    return peerIdBytes(this.peerId);
  }

  private get others(): TestNode[] {
    return this.world.nodes.filter(({ peerId }) => peerId !== this.peerId);
  }

  peers(): string[] {
    return this.others.map(({ peerId }) => peerId);
  }

  addresses(): string[] {
    return [];
  }

  async publishHeader(): Promise<number> {
    return 0;
  }

  async publishTx(bytes: Uint8Array): Promise<number> {
    this.published.push(bytes);
    for (const node of this.others) if (!this.deaf) await node.relay.onTxs(this.peerId, [bytes]);
    return this.others.length;
  }

  async fetchPool(): Promise<void> {}

  async providers(locators: Uint8Array[]): Promise<Map<number, string[]>> {
    const found = new Map<number, string[]>();
    for (const node of this.others) {
      for (const [i, has] of (await node.keeping.hasLocators(locators)).entries())
        if (has) found.set(i, [...(found.get(i) ?? []), node.peerId]);
    }
    return found;
  }

  async award(peer: string, request: AwardRequest): Promise<Uint8Array> {
    const { keeping } = this.world.peer(peer);
    const award = await keeping.onAward(this.peerId, request.contract);
    if (!(await request.onSigned(award.signed))) throw new Failure('failure', 'wrongly signed');
    return this.onReceipt(await award.receive(this.onTransfer(request.body)));
  }

  async dialPeer(peer: string): Promise<void> {
    this.world.peer(peer);
  }

  async poll<R>(peer: string, { contractId, ask, read }: PollRequest<R>): Promise<R> {
    const { keeping } = this.world.peer(peer);
    const nonces = { contractId, owner: new Uint8Array(randomBytes(32)), steward: new Uint8Array(randomBytes(32)) };
    const answer = await keeping.onPoll(this.peerIdBytes, nonces, ask(nonces));
    if (!answer) throw new Failure('not-found', 'no such contract of yours here');
    const heard = read(nonces, this.onAnswer(answer));
    if (heard === undefined) throw new Failure('unreachable', 'an answer that its steward did not sign');
    return heard;
  }

  async get(peer: string, { locator, prove, offset = 0, length }: GetRequest) {
    const node = this.world.peer(peer);
    const nonce = new Uint8Array(randomBytes(32));
    const proof = prove(peerIdBytes(peer), nonce);
    const held = await node.keeping.onGet(this.peerIdBytes, locator, proof, nonce);
    if (!held) throw new Failure('not-found', 'not held, or not yours to read');
    const body = async function* () {
      try {
        yield* node.network.onTransfer(held.read(offset, length ?? held.size));
      } finally {
        await held.close?.();
      }
    };
    return { size: held.size, body: body() };
  }
}

/** A node put together as node.ts does it, but for socket, network and the clock. */
export class TestNode {
  /** The next write to the database fails, with nothing written. */
  failNextWrite = false;

  private constructor(
    readonly context: Context,
    readonly network: FakeNetwork,
    readonly indexer: Indexer,
    readonly seen: SeenAdverts,
    readonly keeping: Keeping,
    readonly files: Files,
    readonly performers: Performers,
    readonly relay: Relay,
    readonly db: Database,
  ) {
    const write = db.write.bind(db);
    db.write = async (batch) => {
      if (this.failNextWrite) {
        this.failNextWrite = false;
        throw new Failure('disk-full', 'writing to the database: no space left on the device');
      }
      return write(batch);
    };
  }

  static async open(world: World, name: string, home: string): Promise<TestNode> {
    const { params, t } = world;
    const db = await Database.open(join(home, 'db'));
    const books = await Books.open(db, params);
    const network = toHex(params.derived.genesisId);
    const blobs = await BlobStore.open({ folder: join(home, 'blobs'), db, network, log, owner: ownerOf(books) });
    const indexer = new Indexer(books, (uuid) => blobs.mayHold(uuid));
    const seen = new SeenAdverts(db);
    const spool = await Spool.open(home);
    const wallet = await makeWallet(home, name, books);
    const ledger = await Ledger.open(params, ledgerStore(params, db, indexer, seen), { scrypt: cheapScrypt });
    const fake = new FakeNetwork(world, peerIdOfKey(sha256(utf8(`peer ${name}`))));
    const context: Context = {
      ...{ home, version: 'test', genesis: world.genesis, params, log, ledger, books, blobs, wallet },
      ...{ mempool: new Mempool(ledger), changes: new Changes(), mining: false, behind: () => false },
      ...{ chainArea: AREAS.CHAIN, joining: () => undefined },
      clock: { now: () => slotStartMs(params, world.slot) },
      network: fake as unknown as Network,
    };
    const keeping = new Keeping(context);
    const files = new Files(context, spool);
    const patience = new Patience(4, params.daySlots);
    const performers = { files, keeping, answers: new Answers(context), spool, patience, running: new Map() };
    t.after(async () => {
      await blobs.close();
      await db.close();
    });
    return new TestNode(context, fake, indexer, seen, keeping, files, performers, new Relay(context), db);
  }

  get peerId(): string {
    return this.network.peerId;
  }

  get main(): Address {
    return this.context.wallet.main;
  }

  async add(block: Block): Promise<void> {
    await this.relay.addBlock(block);
  }

  /** As after each change: claims that lie deep enough are booked, what was lost is sent again. */
  async keepUp(): Promise<void> {
    await bookClaims(this.context);
    await resendPending(this.context);
    await archiveBounties(this.context);
    await retireFunders(this.context);
  }

  /** The books as they lie in the database, the ledger's own part left out. */
  async dump(): Promise<Map<string, unknown>> {
    const out = new Map<string, unknown>();
    for (const [name, table] of Object.entries(this.context.books)) {
      if (!(table instanceof Table)) continue;
      for await (const [key, value] of table.entries()) out.set(`${name}/${toHex(key)}`, value);
    }
    return out;
  }
}

async function makeWallet(home: string, name: string, books: Books): Promise<Wallet> {
  const payload = encodePayload({ entropy: sha256(utf8(name)), createdMs: 0 });
  const random = { salt: new Uint8Array(16), nonce: new Uint8Array(24), n: 1024 };
  writeFileSync(join(home, 'wallet.key'), await sealKeyFile(payload, PASSPHRASE, random));
  const wallet = new Wallet(join(home, 'wallet.key'), books);
  await wallet.unlock(PASSPHRASE);
  return wallet;
}

export async function* chunks(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

export async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

/** Bytes that look like nothing, the same for the same name. */
export function noise(name: string, size: number): Uint8Array {
  const parts = Array.from({ length: Math.ceil(size / 32) }, (_, i) => sha256(utf8(`${name} ${i}`)));
  return new Uint8Array(Buffer.concat(parts)).slice(0, size);
}

export async function recordsOf<T>(records: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const record of records) out.push(record);
  return out;
}
