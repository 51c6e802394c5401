import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RpcClient } from '../../src/lib/rpc/client.js';
import type { NodeRecord } from '../../src/lib/rpc/records.js';
import { holdfast, type Ran, type RunOptions } from './cli.js';

export const PASSPHRASE = 'correct horse';

/** A network with one node, in a directory of its own, which commands start, kill and start again. */
export class Solo {
  readonly rpc: RpcClient;

  private constructor(
    readonly dir: string,
    readonly home: string,
    readonly genesis: string,
    readonly passphraseFile: string,
    /** Of its wallet. */
    readonly address: string,
  ) {
    this.rpc = new RpcClient(home);
  }

  /** A genesis and a wallet; no process yet. */
  static async create(dir: string): Promise<Solo> {
    const home = join(dir, 'home');
    const genesis = join(dir, 'genesis.json');
    const passphraseFile = join(dir, 'passphrase');
    writeFileSync(passphraseFile, `${PASSPHRASE}\n`, { mode: 0o600 });
    succeeded(await holdfast(['network', 'create', 'solo', '--preset', 'devnet', '--out', genesis], { home }));
    const words = join(dir, 'words');
    const made = await holdfast(['wallet', 'init', '--passphrase-file', passphraseFile, '--words-file', words], {
      home,
    });
    succeeded(made);
    return new Solo(dir, home, genesis, passphraseFile, made.stdout.trim());
  }

  /** Another node of the network, without a wallet. */
  beside(name: string): Solo {
    return new Solo(this.dir, join(this.dir, name), this.genesis, this.passphraseFile, this.address);
  }

  run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return holdfast(args, { home: this.home, ...options });
  }

  /** The flags of `node start`. */
  flags(...more: string[]): string[] {
    return ['--network', this.genesis, '--listen', '/ip4/127.0.0.1/tcp/0', ...more];
  }

  get unlocked(): string[] {
    return ['--passphrase-file', this.passphraseFile];
  }

  get mining(): string[] {
    return ['--mine', this.address];
  }

  async start(...more: string[]): Promise<NodeRecord> {
    succeeded(await this.run(['node', 'start', '--detach', ...this.flags(...more)]));
    return this.rpc.call('node.status', {});
  }

  async stop(): Promise<void> {
    succeeded(await this.run(['node', 'stop']));
  }

  async kill(): Promise<void> {
    const { pid } = await this.rpc.call('node.status', {});
    process.kill(pid, 'SIGKILL');
    await gone(pid);
  }

  async height(atLeast: number): Promise<void> {
    for await (const record of this.rpc.records('chain.tail', { count: 1, follow: true })) {
      if (record.type === 'block' && record.height >= atLeast) return;
    }
  }

  /** All that an operator would miss: of the ledger, the wallet, blobs, files and bounties. */
  async books(): Promise<Record<string, unknown>> {
    const { rpc } = this;
    const { tip, mempool } = await rpc.call('chain.status', {});
    return {
      ...{ tip, mempool },
      balance: await rpc.call('wallet.balance', {}),
      history: await all(rpc.records('wallet.history', {})),
      blobs: await all(rpc.records('blob.ls', {})),
      files: await all(rpc.records('file.ls', { caps: true })),
      bounties: await all(rpc.records('bounty.ls', {})),
    };
  }
}

export async function all<T>(records: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const record of records) out.push(record);
  return out;
}

/** Exit 0, and nothing on stderr. */
export function succeeded(ran: Ran): void {
  assert.equal(ran.stderr, '');
  assert.equal(ran.status, 0);
}

/** One clear line, perhaps a hint, nothing on stdout, the status. */
export function failed(ran: Ran, status: number, message: RegExp): void {
  assert.equal(ran.stdout, '');
  assert.match(ran.stderr, /^holdfast: error: [^\nA-Z][^\n]*[^\n.]\n(?:holdfast: hint: [^\n]+\n)?$/);
  assert.match(ran.stderr.split('\n')[0]!, message);
  assert.equal(ran.status, status, ran.stderr);
}

/** Waits for a process that is not our child. */
export async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await sleep(20);
  }
}
