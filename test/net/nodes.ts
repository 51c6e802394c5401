import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { createHost, type Host } from '../../src/lib/net/host.js';
import { silentLog } from '../../src/lib/net/log.js';
import { createNetwork, type Network, type NetworkHandlers, type NetworkOptions } from '../../src/lib/net/network.js';
import { Failure } from '../../src/lib/util/errors.js';

export const GENESIS = new Uint8Array(32).fill(7);

export const sha256 = (...parts: (Uint8Array | string)[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/** A node that knows nothing and wants nothing. */
export function idle(changes: Partial<NetworkHandlers> = {}): NetworkHandlers {
  return {
    onHeader: async () => 'ignore',
    onTxs: async () => 'ignore',
    status: () => ({ height: 0, id: new Uint8Array(32), work: 0n }),
    headersAfter: () => [],
    body: () => undefined,
    checkpoints: () => [],
    vouch: (named) => named.map(() => false),
    ancestors: () => undefined,
    part: async () => undefined,
    pool: () => [],
    hasLocators: (locators) => locators.map(() => false),
    onAward: async () => {
      throw new Failure('over-limit', 'no room');
    },
    onGet: async () => undefined,
    onPoll: async () => undefined,
    ...changes,
  };
}

/** Starts a node on loopback; the caller's `after` stops it. */
export async function startNode(
  context: { after(stop: () => Promise<void>): void },
  name: string,
  handlers: Partial<NetworkHandlers> = {},
  bootstrap: Network[] = [],
  options: Partial<NetworkOptions> = {},
): Promise<Network> {
  const network = await createNetwork({
    seed: sha256(name),
    genesisId: GENESIS,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: bootstrap.map((node) => node.addresses()[0]!),
    handlers: idle(handlers),
    log: silentLog,
    keeperIntervalMs: 100,
    ...options,
  });
  context.after(() => network.stop());
  return network;
}

/** A host that speaks none of our protocols until told to. */
export async function bareHost(t: { after(stop: () => Promise<void>): void }, name: string): Promise<Host> {
  const host = await createHost({
    seed: sha256(name),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    topics: [],
    connectionsMax: 10,
    banned: () => false,
  });
  t.after(async () => host.stop());
  return host;
}

/** Waits until it holds, polling; fails after 20 s. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const connected = (a: Network, b: Network) =>
  until('connected', () => a.peers().includes(b.peerId) && b.peers().includes(a.peerId));

/** Counts what a node sends to whoever connects through it. */
export async function counted(t: { after(stop: () => void): void }, node: Network) {
  const port = Number(/tcp\/(\d+)/.exec(node.addresses()[0]!)![1]);
  const count = { bytes: 0, address: '' };
  const server = createServer((from) => {
    const to = connect(port, '127.0.0.1');
    to.on('data', (data) => {
      count.bytes += data.length;
    });
    from.pipe(to).pipe(from);
    for (const socket of [from, to]) socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = (server.address() as { port: number }).port;
  count.address = `/ip4/127.0.0.1/tcp/${own}/p2p/${node.peerId}`;
  t.after(() => server.close());
  return count;
}
