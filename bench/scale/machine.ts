import { join } from 'node:path';
import { Ledger } from '../../src/lib/chain/ledger.js';
import { Mempool } from '../../src/lib/chain/mempool.js';
import { slotStartMs } from '../../src/lib/chain/params.js';
import { Controller } from '../../src/lib/controller/controller.js';
import { Journal } from '../../src/lib/controller/journal.js';
import type { Network } from '../../src/lib/net/network.js';
import type { Performers } from '../../src/lib/node/acts.js';
import { Answers } from '../../src/lib/node/answers.js';
import { Books } from '../../src/lib/node/books.js';
import { Changes, type Context } from '../../src/lib/node/context.js';
import { booksHandlers } from '../../src/lib/node/handlers/books.js';
import { Indexer } from '../../src/lib/node/indexer.js';
import type { Log } from '../../src/lib/node/log.js';
import { ledgerStore } from '../../src/lib/node/relay.js';
import { ownerOf } from '../../src/lib/node/roots-owner.js';
import { SeenAdverts } from '../../src/lib/node/seen.js';
import { Wallet } from '../../src/lib/node/wallet.js';
import { parsePolicy, parseStewardPolicy } from '../../src/lib/plan/policy.js';
import type { RpcClient } from '../../src/lib/rpc/client.js';
import type { ActRecord } from '../../src/lib/rpc/records.js';
import type { Snapshot } from '../../src/lib/rpc/snapshot.js';
import { BlobStore } from '../../src/lib/store/blobs.js';
import { Database } from '../../src/lib/store/database.js';
import { AREAS } from '../../src/lib/store/layout.js';
import { unpackJson } from '../../src/lib/util/json.js';
import { Keyring } from '../../src/lib/wallet/keyring.js';
import { genesis, params } from './records.js';

/** After everything began, and long before anything falls due. */
export const NOW = 100;

const log = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Log;

type Ask = Parameters<ReturnType<typeof booksHandlers>['books.snapshot']>[0];

/** What of a node keeps the books, and a controller that plans over them: no network, and no block but the first. */
export class Machine {
  private constructor(
    readonly context: Context,
    readonly db: Database,
    readonly indexer: Indexer,
    /** Contracts that were in snapshots, since it was last set back. */
    readonly told: { owned: number; kept: number },
    private readonly controller: Controller,
    private readonly journal: Journal,
  ) {}

  /** From the database to what a tick needs. */
  static async open(folder: string): Promise<Machine> {
    const db = await Database.open(join(folder, 'db'));
    const books = await Books.open(db, params);
    const seen = new SeenAdverts(db);
    await seen.load();
    const indexer = new Indexer(books, () => false);
    const ledger = await Ledger.open(params, ledgerStore(params, db, indexer, seen, AREAS.CHAIN));
    const owner = ownerOf(books);
    const blobs = await BlobStore.open({ folder: join(folder, 'blobs'), db, network: 'bench', log, owner });
    const wallet = new Wallet(join(folder, 'wallet.key'), books);
    await wallet.open(new Keyring(new Uint8Array(64).fill(1)));
    const context: Context = {
      ...{ home: folder, version: 'bench', genesis, params, log, ledger, books, blobs, wallet, mining: true },
      ...{ mempool: new Mempool(ledger), changes: new Changes(), behind: () => false, joining: () => undefined },
      ...{ chainArea: AREAS.CHAIN, clock: { now: () => slotStartMs(params, NOW) } },
      network: { peers: () => [] } as unknown as Network,
    };
    const handlers = booksHandlers(context, { answers: new Answers(context) } as Performers, seen);
    const signal = new AbortController().signal;
    // As over the socket: what is told becomes text, and is read again.
    const told = { owned: 0, kept: 0 };
    const call = async (_method: string, ask: Ask) => {
      const text = JSON.stringify(await handlers['books.snapshot'](ask, { signal }));
      const { owner, steward } = unpackJson(JSON.parse(text)) as Snapshot;
      told.owned += owner.contracts.length;
      told.kept += steward.contracts.length;
      return JSON.parse(text);
    };
    const journal = await Journal.open(join(folder, 'journal'));
    const policies = { owner: parsePolicy({ minPeers: 0 }), steward: parseStewardPolicy({}) };
    const controller = new Controller({ call } as unknown as RpcClient, journal, {
      ...{ policies: () => policies, repairBelow: undefined, maxSpend: undefined, dryRun: true },
    });
    return new Machine(context, db, indexer, told, controller, journal);
  }

  /** Looks and plans, and does nothing. */
  tick(): Promise<ActRecord[]> {
    return this.controller.tick();
  }

  async close(): Promise<void> {
    await this.journal.close();
    await this.context.blobs.close();
    await this.db.close();
  }
}
