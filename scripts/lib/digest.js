import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

const SOURCES = ['src', 'test', 'bench', 'scripts', 'assembly', 'package.json', 'package-lock.json', 'tsconfig.json'];
const NOT_SOURCES = [join('test', 'vectors'), join('assembly', 'build')];

export function digestOf(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

export function* filesUnder(path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) return void (yield path);
  for (const name of readdirSync(path).sort()) yield* filesUnder(join(path, name));
}

/** Contents, not times: a checkout or a copy touches every file, and changes none. */
export function digestOfSources(root) {
  const hash = createHash('sha256').update(process.version);
  for (const source of SOURCES) {
    for (const file of filesUnder(join(root, source))) {
      if (NOT_SOURCES.some((part) => file.includes(part))) continue;
      hash.update(`${relative(root, file)}\0${digestOf(file)}\n`);
    }
  }
  return hash.digest('hex');
}
