import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../util/errors.js';

/** What a node tells its parent over the channel once it serves. */
export interface ReadyMessage {
  type: 'ready';
  peer_id?: string;
  addresses?: string[];
}

/**
 * One process of a devnet: `holdfast …` with a channel to this one. The child ends when the channel
 * closes, so a parent killed with -9 leaves nothing behind.
 */
export class Member {
  private constructor(
    readonly name: string,
    readonly home: string,
    private readonly child: ChildProcess,
    readonly ready: ReadyMessage,
  ) {}

  /** Starts `holdfast args…` and waits until it says that it is ready. */
  static async start(options: {
    name: string;
    home: string;
    program: string;
    args: string[];
    timeoutMs: number;
    signal: AbortSignal;
  }): Promise<Member> {
    options.signal.throwIfAborted();
    await mkdir(join(options.home, 'log'), { recursive: true, mode: 0o700 });
    const logPath = join(options.home, 'log', `${options.name}.log`);
    const log = createWriteStream(logPath, { flags: 'a', mode: 0o600 });
    await once(log, 'open');
    const child = fork(options.program, options.args, {
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...process.env, HOLDFAST_PARENT_CHANNEL: '1' },
    });
    log.close();
    const ready = await readiness(child, { ...options, logPath });
    return new Member(options.name, options.home, child, ready);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async kill(): Promise<void> {
    if (!this.running) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  /** SIGTERM, and SIGKILL for what is still there after a while. */
  async stop(patienceMs = 5000): Promise<void> {
    if (!this.running) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), patienceMs);
    await gone;
    clearTimeout(timer);
  }
}

interface Awaited {
  name: string;
  timeoutMs: number;
  signal: AbortSignal;
  logPath: string;
}

function readiness(child: ChildProcess, { name, timeoutMs, signal, logPath }: Awaited): Promise<ReadyMessage> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      done();
      child.kill('SIGKILL');
      reject(new Failure('failure', `${name} ${why}`, `its log is ${logPath}`));
    };
    const stopped = () => fail('was stopped while it started');
    const timer = setTimeout(() => fail(`was not ready within ${timeoutMs} ms`), timeoutMs);
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stopped);
      child.removeAllListeners('exit');
    };
    signal.addEventListener('abort', stopped);
    child.once('error', (error) => fail(`did not start: ${error.message}`));
    child.once('exit', (code, ended) => fail(`ended at its start (${ended ?? code})`));
    child.on('message', (message: ReadyMessage) => {
      if (message?.type !== 'ready') return;
      done();
      resolve(message);
    });
  });
}
