import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ParamsJson } from '../../src/lib/chain/params.js';
import { preset, target } from '../../src/lib/chain/presets.js';
import type { RpcClient } from '../../src/lib/rpc/client.js';
import { RpcClient as Client } from '../../src/lib/rpc/client.js';
import { cleanEnv, holdfastCommand } from '../helpers/cli.js';

/** A devnet in a hurry: a block each tenth of a second or so, and cycles so short that pruning comes soon. */
export function hurriedNetwork(name: string, salt: string, genesisTimeMs: number, more: Partial<ParamsJson> = {}) {
  return {
    ...preset('devnet', { name, salt, genesisTimeMs }),
    slotMs: 50,
    firstTarget: target(1),
    cycleBlocks: 200,
    // So that what was paid can be told from what is there.
    rentPerDay: '0',
    ...more,
  };
}

/** A node in a process of its own, which is `holdfast node start` on a directory. */
export class Victim {
  readonly rpc: RpcClient;
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly ready: Promise<boolean>;
  #said = '';

  private constructor(home: string, child: ChildProcess) {
    this.rpc = new Client(home);
    this.#child = child;
    this.#exit = once(child, 'exit');
    this.ready = Promise.race([once(child, 'message').then(() => true), this.#exit.then(() => false)]);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-4000);
    });
  }

  static start(dir: string, network: object, more: readonly string[]): Victim {
    const home = join(dir, 'home');
    const genesis = join(dir, 'genesis.json');
    writeFileSync(genesis, JSON.stringify(network));
    const [program, script] = holdfastCommand();
    const flags = ['--network', genesis, '--listen', '/ip4/127.0.0.1/tcp/0', ...more];
    const child = spawn(program, [script, 'node', 'start', ...flags], {
      // It ends with this process, however that ends.
      env: cleanEnv({ home, env: { HOLDFAST_PARENT_CHANNEL: '1' } }),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    return new Victim(home, child);
  }

  /** What it told its operator. */
  get said(): string {
    return this.#said;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
