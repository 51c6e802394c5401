import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Failure } from '../util/errors.js';
import type { Teller } from './teller.js';

/**
 * Runs holdfast's own commands as a person would type them, and shows each line. Background ones end
 * with this process: they have a channel to it.
 */
export class Stage {
  private readonly children = new Set<ChildProcess>();

  constructor(
    /** node and bin/run.js. */
    private readonly self: readonly string[],
    private readonly teller: Teller,
    private readonly signal: AbortSignal,
  ) {}

  /** Runs a command to its end; gives its output's lines. A status other than 0 is a Failure. */
  async run(args: readonly string[], input?: string | AsyncIterable<Uint8Array>): Promise<string[]> {
    this.teller.command(shown(args, input !== undefined));
    const child = this.spawn(args, ['pipe', 'pipe', 'pipe']);
    child.stdin!.on('error', () => {});
    child.stdin!.end(typeof input === 'string' ? input : undefined);
    const [out, error, status] = await Promise.all([text(child.stdout!), text(child.stderr!), exit(child)]);
    if (status !== 0) throw failed(args, status, error);
    return out.split('\n').filter((line) => line !== '');
  }

  /** Runs a command that writes a file's bytes; feeds each chunk on. */
  async pipe(args: readonly string[], input: string, onChunk: (chunk: Uint8Array) => void): Promise<void> {
    this.teller.command(shown(args, true));
    const child = this.spawn(args, ['pipe', 'pipe', 'pipe']);
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
    child.stdout!.on('data', onChunk);
    const [error, status] = await Promise.all([text(child.stderr!), exit(child)]);
    if (status !== 0) throw failed(args, status, error);
  }

  /** Starts a command that stays: its lines as they come; `ended` throws when it ends, and says why. */
  start(args: readonly string[]): { lines: AsyncIterable<string>; ended: Promise<never> } {
    this.teller.command(shown(args, false));
    const child = this.spawn(args, ['ignore', 'pipe', 'pipe', 'ipc']);
    const ended = Promise.all([exit(child), text(child.stderr!)]).then(([status, error]) => {
      throw failed(args, status, error);
    });
    ended.catch(() => {});
    return { lines: createInterface({ input: child.stdout! }), ended };
  }

  /** Ends what still runs. */
  async clear(): Promise<void> {
    await Promise.all(
      [...this.children].map(async (child) => {
        const gone = exit(child);
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
        await gone;
        clearTimeout(timer);
      }),
    );
  }

  private spawn(args: readonly string[], stdio: ('pipe' | 'ignore' | 'ipc')[]): ChildProcess {
    const [program, ...own] = this.self;
    const env = { ...process.env, HOLDFAST_PARENT_CHANNEL: '1' };
    const child = spawn(program!, [...own, ...args], { stdio, env, signal: this.signal });
    child.on('error', () => {});
    this.children.add(child);
    child.once('close', () => this.children.delete(child));
    return child;
  }
}

function shown(args: readonly string[], fed: boolean): string {
  const words = args.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`));
  return `${fed ? '… | ' : ''}holdfast ${words.join(' ')}`;
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function exit(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode ?? 1);
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
}

/** The command's own error line says why. */
function failed(args: readonly string[], status: number, output: string): Failure {
  const lines = output.trim().split('\n');
  const why = lines.find((line) => line.includes('error')) ?? lines.at(-1) ?? '';
  return new Failure('failure', `holdfast ${args.slice(0, 2).join(' ')} ended with ${status}: ${why}`);
}
