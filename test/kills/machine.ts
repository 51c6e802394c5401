import { join } from 'node:path';
import { Controller } from '../../src/lib/controller/controller.js';
import { Journal } from '../../src/lib/controller/journal.js';
import { booksHandlers } from '../../src/lib/node/handlers/books.js';
import type { Policies } from '../../src/lib/plan/policy.js';
import type { RpcClient } from '../../src/lib/rpc/client.js';
import type { ActRecord } from '../../src/lib/rpc/records.js';
import { RemoteFailure } from '../../src/lib/rpc/wire.js';
import { Failure, isFailure } from '../../src/lib/util/errors.js';
import { TestNode, type World } from '../node/helpers.js';
import { Killed } from './cuts.js';

const JOURNAL = 'controller';
/** More rounds than any slot's work takes: a machine that is never done does something over and over. */
const ROUNDS_MAX = 12;

/** A node and its controller over one directory. */
export class Machine {
  private constructor(
    readonly name: string,
    readonly home: string,
    readonly node: TestNode,
    readonly journal: Journal,
    private readonly controller: Controller,
  ) {}

  static async open(world: World, name: string, home: string, policies: Policies): Promise<Machine> {
    const node = await TestNode.open(world, name, home);
    await node.seen.load();
    await node.context.blobs.leftovers.cleared();
    return Machine.over(name, home, node, policies);
  }

  private static async over(name: string, home: string, node: TestNode, policies: Policies): Promise<Machine> {
    const journal = await Journal.open(join(home, JOURNAL));
    const options = { policies: () => policies, repairBelow: undefined, maxSpend: undefined, dryRun: false };
    return new Machine(name, home, node, journal, new Controller(rpcOf(node), journal, options));
  }

  get journalFolder(): string {
    return join(this.home, JOURNAL);
  }

  /** Another controller beside the same node. */
  async withNewController(policies: Policies): Promise<Machine> {
    await this.journal.close();
    return Machine.over(this.name, this.home, this.node, policies);
  }

  /** Upkeep and ticks until nothing is left to do in this slot: what was done. */
  async settle(): Promise<ActRecord[]> {
    const done: ActRecord[] = [];
    for (let round = 0; round < ROUNDS_MAX; round++) {
      await this.node.keepUp();
      const records = (await this.controller.tick()).filter(({ status }) => status === 'done');
      if (records.length === 0) return done;
      done.push(...records);
    }
    throw new Error(`${this.name} is never done: ${done.map(({ request_id }) => request_id).join(', ')}`);
  }

  /** Nothing leaves a machine that is dead. */
  cutOff(): void {
    const dead = async () => {
      throw new Killed('network');
    };
    Object.assign(this.node.network, { publishTx: dead, award: dead, poll: dead, get: dead });
  }

  async close(): Promise<void> {
    const { context, db } = this.node;
    await this.journal.close();
    await context.blobs.close().catch(unlessKilled);
    await db.close();
  }
}

function unlessKilled(error: unknown): void {
  if (!(error instanceof Killed)) throw error;
}

/** As over the socket: a failure of the node's is told, its death is silence. */
function rpcOf(node: TestNode): RpcClient {
  const handlers = booksHandlers(node.context, node.performers, node.seen);
  const call = async (method: 'books.snapshot' | 'books.act', params: never) => {
    try {
      return await handlers[method](params, { signal: new AbortController().signal });
    } catch (error) {
      if (isFailure(error)) throw new RemoteFailure(error.code, error.message);
      if (error instanceof Killed) throw new Failure('unreachable', 'the node hung up in the middle of its answer');
      throw error;
    }
  };
  return { call } as unknown as RpcClient;
}
