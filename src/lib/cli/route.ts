import { Failure } from '../util/errors.js';
import { nearest } from './nearest.js';

export type Target =
  | { kind: 'run'; id: string; argv: string[] }
  | { kind: 'command-help'; id: string }
  | { kind: 'topic-help'; id: string };

/**
 * Which command a command line names. Exact names only: an abbreviation that works today would be
 * another command's name tomorrow. oclif's own lookup is not used, since it guesses, and exits 1.
 */
export function route(ids: readonly string[], argv: readonly string[]): Target {
  const [first, ...rest] = argv;
  if (first === undefined || isHelp(first)) return { kind: 'topic-help', id: '' };
  if (first === 'help') return route(ids, [...rest, '--help']);
  if (first.startsWith('-')) {
    throw new Failure('usage', 'a command comes first, then its flags', 'see holdfast --help');
  }
  const [verb, ...operands] = rest;
  if (verb !== undefined && ids.includes(`${first}:${verb}`)) return leaf(`${first}:${verb}`, operands);
  if (ids.includes(first) && !first.includes(':')) return leaf(first, rest);
  const verbs = ids.filter((id) => id.startsWith(`${first}:`)).map((id) => id.slice(first.length + 1));
  if (verbs.length === 0) {
    const topics = [...new Set(ids.map((id) => id.split(':')[0]!))];
    throw new Failure('usage', `unknown command: ${first}`, nearest(first, topics) ?? 'see holdfast --help');
  }
  if (verb !== undefined && isHelp(verb)) return { kind: 'topic-help', id: first };
  const known = `one of ${verbs.sort().join(', ')}`;
  if (verb === undefined) throw new Failure('usage', `${first} needs a verb`, known);
  throw new Failure('usage', `unknown command: ${first} ${verb}`, nearest(verb, verbs) ?? known);
}

function leaf(id: string, argv: string[]): Target {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  return own.some(isHelp) ? { kind: 'command-help', id } : { kind: 'run', id, argv };
}

function isHelp(arg: string): boolean {
  return arg === '--help' || arg === '-h';
}
