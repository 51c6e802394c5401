import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const LICENCE = /^(licen[cs]e|copying|notice)/i;

/** What the packages that went into the bundle ask to be told: each one's name, licence and text. */
export function noticesOf(root, inputs) {
  const folders = new Set(inputs.flatMap((input) => FOLDER.exec(input)?.[1] ?? []));
  const entries = new Map();
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    if (!license) throw new Error(`${name} does not say what its licence is`);
    const files = readdirSync(join(root, folder)).filter((file) => LICENCE.test(file) && !/\.[jt]s$/.test(file));
    const texts = files.sort().map((file) => readFileSync(join(root, folder, file), 'utf8').trim());
    entries.set(`${name} ${version}`, [`${name} ${version} (${license})`, ...texts].join('\n\n'));
  }
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  return `${['Parts of these packages are in the files beside this one.', ...sorted].join(`\n\n${'-'.repeat(78)}\n\n`)}\n`;
}
