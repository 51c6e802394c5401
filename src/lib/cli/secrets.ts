import { execFile } from 'node:child_process';
import { createReadStream, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Failure, fromSystemError } from '../util/errors.js';
import { askSecret } from './prompt.js';
import type { Settings } from './settings.js';

export interface PassphraseFlags {
  'passphrase-fd'?: number;
  'passphrase-file'?: string;
  'passphrase-command'?: string;
}

const SECRET_BYTES_MAX = 4096;

/**
 * The passphrase, from the first of: descriptor, file, command; the same from the environment and
 * the config file; a prompt. `twice`: a new one, typed twice. Fails with 12 where there is none.
 */
export async function readPassphrase(
  flags: PassphraseFlags,
  settings: Settings,
  options: { twice?: boolean } = {},
): Promise<string> {
  const fd = flags['passphrase-fd'];
  if (fd !== undefined) return fromDescriptor(fd);
  if (flags['passphrase-file'] !== undefined) return fromFile(flags['passphrase-file']);
  if (flags['passphrase-command'] !== undefined) return fromCommand(flags['passphrase-command']);
  const file = settings.get('passphrase_file');
  if (file) return fromFile(file);
  const command = settings.get('passphrase_command');
  if (command) return fromCommand(command);
  return fromTerminal(options.twice ?? false);
}

async function fromDescriptor(fd: number): Promise<string> {
  const parts: Buffer[] = [];
  try {
    for await (const chunk of createReadStream('', { fd, autoClose: false, end: SECRET_BYTES_MAX })) parts.push(chunk);
  } catch (error) {
    throw fromSystemError(error, `cannot read descriptor ${fd}`);
  }
  return line(Buffer.concat(parts).toString('utf8'));
}

function fromFile(name: string): string {
  try {
    return line(readFileSync(name, 'utf8'));
  } catch (error) {
    throw fromSystemError(error, `cannot read ${name}`);
  }
}

async function fromCommand(command: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], { maxBuffer: SECRET_BYTES_MAX });
    return line(stdout);
  } catch {
    // Node's message repeats the command line, and the command's own output may be the secret.
    throw new Failure('passphrase', 'the passphrase command failed');
  }
}

async function fromTerminal(twice: boolean): Promise<string> {
  const first = await askSecret(twice ? 'New passphrase' : 'Passphrase');
  if (first === undefined) {
    throw new Failure('passphrase', 'no passphrase, and no terminal to ask on', 'give one with --passphrase-file');
  }
  if (twice && (await askSecret('The same again')) !== first) {
    throw new Failure('passphrase', 'the two passphrases differ');
  }
  return first;
}

/** The first line: editors and echo end a file with a newline that is not meant. */
function line(text: string): string {
  const secret = text.split(/\r?\n/, 1)[0]!;
  if (secret === '') throw new Failure('passphrase', 'the passphrase is empty');
  if (Buffer.byteLength(secret) > SECRET_BYTES_MAX) throw new Failure('passphrase', 'the passphrase is too long');
  return secret;
}

/** All of a small secret, line breaks and all, from a descriptor or a file; undefined where neither is named. */
export async function readSecret(fd: number | undefined, file: string | undefined): Promise<string | undefined> {
  if (fd === undefined && file === undefined) return undefined;
  const parts: Buffer[] = [];
  const from = fd === undefined ? { path: file! } : { path: '', fd, autoClose: false };
  try {
    for await (const chunk of createReadStream(from.path, { ...from, end: SECRET_BYTES_MAX })) parts.push(chunk);
  } catch (error) {
    throw fromSystemError(error, `cannot read ${file ?? `descriptor ${fd}`}`);
  }
  return Buffer.concat(parts).toString('utf8');
}
