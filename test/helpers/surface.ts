import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { commonFlags } from '../../src/lib/cli/flags.js';
import { EXIT_STATUS, type FailureCode } from '../../src/lib/util/errors.js';
import { sources } from './imports.js';
import { projectRoot } from './root.js';

interface FlagSpec {
  type: 'boolean' | 'option';
  char?: string;
  options?: readonly string[];
  multiple?: boolean;
  allowNo?: boolean;
  required?: boolean;
  hidden?: boolean;
  allowStdin?: unknown;
}

interface OperandSpec {
  required?: boolean;
  multiple?: boolean;
  ignoreStdin?: boolean;
}

/** A command's class, as far as its surface goes. */
export interface CommandClass {
  summary?: string;
  strict?: boolean;
  enableJsonFlag?: boolean;
  args: Record<string, OperandSpec>;
  flags?: Record<string, FlagSpec>;
  baseFlags: Record<string, FlagSpec>;
  exits: readonly FailureCode[];
}

export interface LoadedCommand {
  /** `blob:put` */
  id: string;
  command: CommandClass;
}

/** Every command there is, from what tsc wrote next to this file. */
export async function commands(): Promise<LoadedCommand[]> {
  const files = sources(join('src', 'commands'));
  const loaded = files.map(async (file) => {
    const url = new URL(`../../${file.replace(/\.ts$/, '.js')}`, import.meta.url);
    const { default: command } = (await import(url.href)) as { default: CommandClass };
    return { id: file.replace(/^src\/commands\/|\.ts$/g, '').replace('/', ':'), command };
  });
  return Promise.all(loaded);
}

/** Statuses that a command may end with, in order; signals apart. */
export function exitStatuses({ exits }: CommandClass): number[] {
  const codes: FailureCode[] = ['failure', 'usage', ...exits];
  return [...new Set([0, ...codes.map((code) => EXIT_STATUS[code])])].sort((a, b) => a - b);
}

/** What other people's scripts hold on to. */
export async function surface(): Promise<Record<string, unknown>> {
  const all = await commands();
  const entries = all.map(({ id, command }) => [
    id.replace(':', ' '),
    { operands: operandsOf(command), flags: flagsOf(command.flags), exits: exitStatuses(command) },
  ]);
  return { common: flagsOf(commonFlags as unknown as Record<string, FlagSpec>), commands: Object.fromEntries(entries) };
}

function operandsOf({ args }: CommandClass): string[] {
  return Object.entries(args).map(([name, { required, multiple }]) => {
    const word = `${name.toUpperCase()}${multiple ? '…' : ''}`;
    return required ? word : `[${word}]`;
  });
}

function flagsOf(flags: Record<string, FlagSpec> = {}): string[] {
  return Object.entries(flags)
    .map(([name, { type, char, options, multiple, allowNo }]) => {
      const value = type === 'boolean' ? '' : `=${options ? options.join('|') : 'VALUE'}${multiple ? '…' : ''}`;
      return `${char ? `-${char} ` : ''}--${allowNo ? '[no-]' : ''}${name}${value}`;
    })
    .sort();
}

export function surfaceFile(): string {
  return join(projectRoot(), 'test', 'surface.json');
}

export function frozenSurface(): unknown {
  return JSON.parse(readFileSync(surfaceFile(), 'utf8'));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href && process.argv.includes('--write')) {
  writeFileSync(surfaceFile(), `${JSON.stringify(await surface(), null, 2)}\n`);
}
