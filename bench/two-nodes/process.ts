import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RpcClient } from '../../src/lib/rpc/client.js';
import type { NodeRecord } from '../../src/lib/rpc/records.js';

const bin = join(import.meta.dirname, '..', '..', '..', 'bin', 'run.js');
const STARTS_MS = 30_000;
const LOOK_MS = 250;
/** Of /proc: sysconf(_SC_CLK_TCK), which is 100 wherever Node.js runs. */
const TICKS_PER_SECOND = 100;

/** A `holdfast node start`, and what the system says of its process. */
export class NodeProcess {
  readonly rpc: RpcClient;
  readonly #child: ChildProcess;
  #diskFloor = Number.POSITIVE_INFINITY;
  #looking: NodeJS.Timeout | undefined;

  constructor(
    readonly home: string,
    options: readonly string[],
    genesis: string,
    flags: readonly string[],
  ) {
    const args = ['node', 'start', '--home', home, '--network', genesis, '--listen', '/ip4/127.0.0.1/tcp/0'];
    const log = openSync(`${home}.log`, 'w');
    this.#child = spawn(process.execPath, [...options, bin, ...args, ...flags], { stdio: ['ignore', 'ignore', log] });
    closeSync(log);
    // However the bench ends, its nodes do not outlive it.
    process.once('exit', () => this.#child.kill('SIGKILL'));
    this.rpc = new RpcClient(home);
  }

  async ready(): Promise<NodeRecord> {
    for (const deadline = Date.now() + STARTS_MS; ; await sleep(100)) {
      try {
        const status = await this.rpc.call('node.status', {});
        this.#looking ??= setInterval(() => this.#look(), LOOK_MS).unref();
        return status;
      } catch (error) {
        if (Date.now() > deadline || this.#child.exitCode !== null) throw error;
      }
    }
  }

  /** Bytes in RAM. */
  get memory(): number {
    return memoryOf(this.#child.pid!);
  }

  /** Seconds of processor time so far, all threads. */
  get cpu(): number {
    return cpuOf(this.#child.pid!);
  }

  /**
   * The fewest bytes on disk since it was last asked. Between two compactions LevelDB keeps what was overwritten and
   * deleted: at its lowest it holds what lives, and little else.
   */
  diskFloor(): number {
    this.#look();
    const floor = this.#diskFloor;
    this.#diskFloor = Number.POSITIVE_INFINITY;
    return floor;
  }

  #look(): void {
    this.#diskFloor = Math.min(this.#diskFloor, diskOf(this.home));
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }
}

function memoryOf(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}

export function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // proc(5): utime and stime are fields 14 and 15; the second, in brackets, may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function diskOf(dir: string): number {
  let total = 0;
  for (const entry of readdirSync(dir, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    try {
      total += statSync(join(entry.parentPath ?? entry.path, entry.name)).blocks * 512;
    } catch {
      // LevelDB removed it meanwhile
    }
  }
  return total;
}
