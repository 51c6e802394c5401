import type { Interfaces } from '@oclif/core';
import { RpcClient } from '../rpc/client.js';
import { EXIT_STATUS, type FailureCode } from '../util/errors.js';
import { type BatchOptions, runBatch } from './batch.js';
import { type ConsentFlags, consent } from './consent.js';
import { commonFlags } from './flags.js';
import { Command } from './oclif.js';
import { type Column, jsonLine, tableText, tsvLine } from './output.js';
import { findPaths, type Paths } from './paths.js';
import { type Progress, startProgress } from './progress.js';
import { oneLine } from './report.js';
import { type PassphraseFlags, readPassphrase } from './secrets.js';
import { Settings } from './settings.js';

interface CommonFlags {
  json: boolean;
  quiet: boolean;
  verbose: boolean;
  progress: string;
  home?: string;
  'wait-lock'?: string;
}

/**
 * What every command keeps of the contract with scripts: data alone on stdout, silence off a
 * terminal, NDJSON with `--json`, one line an error, the exit statuses of one table.
 */
export abstract class Base extends Command {
  static override enableJsonFlag = false;
  static override baseFlags = commonFlags;
  /** The failures its page lists, besides `failure` and `usage`, which every command may have. */
  static exits: readonly FailureCode[] = [];

  protected common!: CommonFlags;
  protected paths!: Paths;
  protected settings!: Settings;
  #node: RpcClient | undefined;

  /** As oclif's; and from here on `common`, `paths` and `settings` are there. */
  protected override async parse<
    F extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    B extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    A extends Interfaces.OutputArgs<Interfaces.ArgInput>,
  >(options?: Interfaces.Input<F, B, A>, argv = this.argv): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse<F, B, A>(options, argv);
    this.common = parsed.flags as unknown as CommonFlags;
    this.paths = findPaths(this.common.home);
    this.settings = new Settings(this.paths.config);
    return parsed;
  }

  /** The local node. Nothing is sent, and nothing fails, before its first call. */
  protected get node(): RpcClient {
    this.#node ??= new RpcClient(this.paths.data);
    return this.#node;
  }

  /** A thing that was made or done: its record with `--json`, else its id alone, if it has one. */
  protected emit(record: object, id?: string | null): void {
    if (this.common.json) process.stdout.write(jsonLine(record));
    else if (id !== undefined && id !== null) process.stdout.write(`${oneLine(id)}\n`);
  }

  /** A list: NDJSON, or ids with `-q`, or a table on a terminal, or tab-separated lines as they come. */
  protected async list<T extends object>(
    rows: AsyncIterable<T> | Iterable<T>,
    options: { columns: readonly Column<T>[]; id: (row: T) => string; follow?: boolean },
  ): Promise<void> {
    const { columns, id, follow = false } = options;
    const aligned = !this.common.json && !this.common.quiet && !follow && Boolean(process.stdout.isTTY);
    const kept: T[] = [];
    for await (const row of rows) {
      if (this.common.json) process.stdout.write(jsonLine(row));
      else if (this.common.quiet) process.stdout.write(`${oneLine(id(row))}\n`);
      else if (aligned) kept.push(row);
      else process.stdout.write(tsvLine(row, columns));
    }
    if (kept.length > 0) process.stdout.write(await tableText(kept, columns));
  }

  /** One thing in full: a line a field, name and value apart by a tab; its record with `--json`, its id with `-q`. */
  protected show<T extends object>(record: T, columns: readonly Column<T>[], id?: string): void {
    if (this.common.json || (this.common.quiet && id !== undefined)) {
      this.emit(record, id);
      return;
    }
    const gap = process.stdout.isTTY ? Math.max(...columns.map(({ head }) => head.length)) + 2 : 0;
    for (const { head, cell } of columns) {
      const name = gap > 0 ? head.padEnd(gap) : `${head}\t`;
      process.stdout.write(`${name}${oneLine(String(cell(record) ?? ''))}\n`);
    }
  }

  /** Bytes, as they are. */
  protected async bytes(body: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of body) {
      if (!process.stdout.write(chunk)) await new Promise((resolve) => process.stdout.once('drain', resolve));
    }
  }

  /** For the person who watches: on a terminal's stderr, and nowhere else. */
  protected note(text: string): void {
    if (process.stderr.isTTY && !this.common.quiet && !this.common.json) process.stderr.write(`${oneLine(text)}\n`);
  }

  /** Trouble that does not stop the command: on stderr, always. */
  protected caution(text: string): void {
    process.stderr.write(`holdfast: warning: ${oneLine(text)}\n`);
  }

  /** Ends well, with a verdict for the exit status: `degraded`, `lost`. The worst of several stands. */
  protected verdict(code: FailureCode): void {
    process.exitCode = Math.max(Number(process.exitCode ?? 0), EXIT_STATUS[code]);
  }

  /** Does one thing for many operands: one that fails is told, and the others still happen. */
  protected async batch<T>(items: AsyncIterable<T>, act: (item: T) => Promise<void>, options: BatchOptions<T> = {}) {
    await runBatch(items, act, { argv: this.argv, ...options });
  }

  protected async consent(flags: ConsentFlags, describe: () => Promise<string> | string): Promise<void> {
    await consent(flags, describe);
  }

  protected async passphrase(flags: PassphraseFlags, options: { twice?: boolean } = {}): Promise<string> {
    return readPassphrase(flags, this.settings, options);
  }

  protected async progress(): Promise<Progress> {
    return startProgress(this.common.progress, this.common.quiet);
  }

  /** Errors go to main, which tells them all in one way. oclif would print some, on stdout, and change the status. */
  protected override async catch(error: Error): Promise<never> {
    throw error;
  }

  override jsonEnabled(): boolean {
    return false;
  }

  protected override logJson(): void {}
}
