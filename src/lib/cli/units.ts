import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot, selfCommand } from './layout.js';
import type { UnitRecord } from './records.js';

/** In the files of units/, where the pages show them too, holdfast is installed as most have it. */
const PROGRAM = '/usr/local/bin/holdfast';

/** Each with the place where it goes. */
const UNITS = [
  { name: 'holdfast-node.service', path: '~/.config/systemd/user/holdfast-node.service' },
  { name: 'holdfast-controller.service', path: '~/.config/systemd/user/holdfast-controller.service' },
  { name: 'crontab', path: 'crontab -e' },
];

/** What starts holdfast on this machine, for the directory that was named, if one was. */
export function units(home: string | undefined): UnitRecord[] {
  return UNITS.map(({ name, path }) => {
    const text = readFileSync(join(packageRoot, 'units', name), 'utf8');
    return { type: 'unit', name, path, text: fit(text, name === 'crontab', selfCommand(), home) };
  });
}

/**
 * Neither systemd nor cron has the PATH that a shell has, and a Node of its own is often on that alone: so
 * the program that runs now is named in full.
 */
export function fit(text: string, cron: boolean, command: readonly string[], home: string | undefined): string {
  // A per cent sign is a new line to cron, and a specifier to systemd.
  const literal = (word: string) => word.replaceAll('%', cron ? '\\%' : '%%');
  const program = command.map((word) => literal(quoted(word))).join(' ');
  const fitted = text.replaceAll(PROGRAM, () => program);
  if (home === undefined) return fitted;
  // cron takes an assignment as it stands, per cent signs and all.
  if (cron) return `HOLDFAST_HOME=${home}\n${fitted}`;
  return fitted.replace('[Service]\n', () => `[Service]\nEnvironment=${literal(quoted(`HOLDFAST_HOME=${home}`))}\n`);
}

/** As both a shell and systemd read it. */
function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `"${word.replace(/["\\$`]/g, '\\$&')}"`;
}
