import { execFileSync } from 'node:child_process';
import { projectRoot } from '../helpers/root.js';

/** Of a flag; ends the process with 2 where it is none. */
export function wholeNumber(text: string | undefined, otherwise: number, name: string): number {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  console.error(`holdfast: error: --${name} takes a whole number above 0`);
  process.exit(2);
}

export function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { cwd: projectRoot(), encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
