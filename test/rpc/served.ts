import type { TestContext } from 'node:test';
import { RpcClient } from '../../src/lib/rpc/client.js';
import type { Handlers } from '../../src/lib/rpc/handlers.js';
import { createRpcServer, type RpcServer } from '../../src/lib/rpc/server.js';
import { tempDir } from '../helpers/temp.js';

export interface Served {
  dir: string;
  server: RpcServer;
  client: RpcClient;
  /** What handlers threw that was not a Failure. */
  bugs: unknown[];
}

/** A server with these handlers in a directory of its own, and a client of it. */
export async function served(t: TestContext, handlers: Partial<Handlers>): Promise<Served> {
  const dir = tempDir(t);
  const bugs: unknown[] = [];
  const server = await createRpcServer({ dir, handlers, log: { error: ({ error }) => bugs.push(error) } });
  t.after(() => server.close(0));
  return { dir, server, client: new RpcClient(dir), bugs };
}

/** node.status answers, so that a test can ask whether the server still lives. */
export const alive: Partial<Handlers> = {
  'wallet.unlock': async () => ({}),
};

export async function lives(client: RpcClient): Promise<boolean> {
  await client.call('wallet.unlock', { passphrase: 'x' });
  return true;
}

export const CHAIN = {
  type: 'chain' as const,
  height: 7,
  slot: 9,
  tip: 'aa'.repeat(32),
  state_root: 'bb'.repeat(32),
  mined_grains: '5',
  minted_grains: '0',
  burnt_grains: '0',
  fee_pool_grains: '0',
  base_fee_grains: '1',
  mempool: 0,
  target: 'cc'.repeat(32),
  body_limit: 1024,
  next_rule: null,
};

/** A promise that a test settles itself. */
export function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
