import { existsSync, type Stats, statfsSync, statSync } from 'node:fs';
import type { Paths } from './paths.js';
import type { FindingRecord } from './records.js';
import { tell } from './report.js';
import { SETTINGS, type Settings } from './settings.js';

const GIB = 1 << 30;
const FREE_BYTES_WARN = 2 * GIB;
const FREE_BYTES_ERROR = GIB / 8;

export function finding(
  check: string,
  level: FindingRecord['level'],
  message: string,
  hint: string | null = null,
): FindingRecord {
  return { type: 'finding', check, level, message, hint };
}

/** Each setting's value, and where it comes from. */
export function checkSettings(settings: Settings, file: string): FindingRecord[] {
  try {
    return settings.all().map(({ name, value, source }) => {
      // A command may hold what it prints.
      const shown = value === undefined ? 'not set' : name === 'passphrase_command' ? 'set' : value;
      const where = { flag: 'a flag', environment: SETTINGS[name].variable, config: file, default: 'default' }[source];
      return finding(`setting ${name}`, 'ok', `${shown} (${where})`);
    });
  } catch (error) {
    const { message, hint } = tell(error);
    return [finding('settings', 'error', message, hint)];
  }
}

/** The file that the wallet's passphrase is read from, where a setting names one. */
export function checkPassphraseFile(settings: Settings): FindingRecord[] {
  let path: string | undefined;
  try {
    path = settings.get('passphrase_file');
  } catch {
    // The settings have a finding of their own.
    return [];
  }
  if (path === undefined) return [];
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat) return [checkPrivate('passphrase file', path, stat, '600')];
  const hint = 'the wallet stays locked without it: see passphrase_file in holdfast-config(5)';
  return [finding('passphrase file', 'error', `there is no file ${path}`, hint)];
}

/** The data directory, the wallet's file, and the room on its disk. */
export function checkHome(paths: Paths): FindingRecord[] {
  const stat = statSync(paths.data, { throwIfNoEntry: false });
  if (!stat) {
    return [finding('data directory', 'warning', `${paths.data} does not exist`, 'holdfast wallet init makes it')];
  }
  if (!stat.isDirectory()) return [finding('data directory', 'error', `${paths.data} is not a directory`)];
  return [checkPrivate('data directory', paths.data, stat, '700'), checkWallet(paths.wallet), checkDisk(paths.data)];
}

function checkWallet(path: string): FindingRecord {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat) return checkPrivate('wallet', path, stat, '600');
  return finding('wallet', 'warning', `there is no wallet at ${path}`, 'holdfast wallet init makes one');
}

function checkPrivate(check: string, path: string, { uid, mode }: Stats, wanted: string): FindingRecord {
  if (uid !== process.getuid?.()) {
    return finding(check, 'error', `${path} belongs to another user`, `run holdfast as the user that owns it`);
  }
  if ((mode & 0o077) !== 0) {
    const is = (mode & 0o777).toString(8);
    return finding(check, 'error', `${path} is open to others: its mode is ${is}`, `chmod ${wanted} ${path}`);
  }
  return finding(check, 'ok', path);
}

function checkDisk(path: string): FindingRecord {
  const { bavail, bsize } = statfsSync(path);
  const free = bavail * bsize;
  const level = free < FREE_BYTES_ERROR ? 'error' : free < FREE_BYTES_WARN ? 'warning' : 'ok';
  const hint = level === 'ok' ? null : 'holdfast steward prune frees what is paid for no more';
  return finding('disk', level, `${(free / GIB).toFixed(1)} GiB free for ${path}`, hint);
}

/** A socket that nobody answers on is left behind by kill -9, and breaks nothing. */
export function checkStaleSocket(path: string): FindingRecord[] {
  if (!existsSync(path)) return [];
  return [
    finding('socket', 'warning', `${path} is left over from a node that was killed`, 'the next node start clears it'),
  ];
}
