import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { projectRoot } from './root.js';

export interface Import {
  /** As written; of our own files, the path of the source from the project's root. */
  target: string;
  kind: 'static' | 'type' | 'dynamic';
}

/** Every TypeScript source under a folder of the project, as paths from its root. */
export function sources(folder: string): string[] {
  const root = projectRoot();
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

export function readSource(file: string): string {
  return readFileSync(join(projectRoot(), file), 'utf8');
}

const STATEMENT = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'/g;
const WORKER = /new URL\(\s*'(\.[^']+)',\s*import\.meta\.url/g;

/** Line by line scanning is enough: the formatter leaves one spelling of an import. */
export function importsOf(file: string): Import[] {
  const text = readSource(file);
  const found: Import[] = [];
  const add = (target: string, kind: Import['kind']) => found.push({ target: resolved(file, target), kind });
  for (const [, type, target] of text.matchAll(STATEMENT)) add(target!, type ? 'type' : 'static');
  for (const [, target] of text.matchAll(DYNAMIC)) add(target!, 'dynamic');
  for (const [, target] of text.matchAll(WORKER)) add(target!, 'dynamic');
  return found;
}

function resolved(from: string, target: string): string {
  if (!target.startsWith('.')) return target;
  const base = join(dirname(from), target).replace(/\.js$/, '');
  const source = [`${base}.ts`, `${base}.d.ts`, base].find((path) => existsSync(join(projectRoot(), path)));
  return source ?? base;
}

/** Everything that loading a file loads: files of ours, and names of packages. */
export function closure(file: string, kinds: readonly Import['kind'][]): Set<string> {
  const seen = new Set<string>();
  const visit = (current: string) => {
    for (const { target, kind } of importsOf(current)) {
      if (!kinds.includes(kind) || seen.has(target)) continue;
      seen.add(target);
      if (target.endsWith('.ts')) visit(target);
    }
  };
  visit(file);
  return seen;
}
