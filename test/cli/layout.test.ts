import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { holdfast, type Ran } from '../helpers/cli.js';
import { yard } from '../helpers/processes.js';
import { projectRoot } from '../helpers/root.js';
import { succeeded } from '../helpers/solo.js';

/** Where each section of the page is, below the home directory. */
const PLACES: Record<string, string> = {
  'In the configuration directory': '.config/holdfast',
  'In the data directory': '.local/share/holdfast',
  'In the log directory': '.local/state/holdfast',
};

interface Entry {
  /** As the page writes it. */
  path: string;
  matches: RegExp;
  text: string;
}

/** The entries of holdfast-layout(7). */
function entriesOfPage(): Entry[] {
  const page = readFileSync(join(projectRoot(), 'man', 'holdfast-layout.7'), 'utf8');
  return page.split(/^\.Ss (?:\\&)?/m).flatMap((section) => {
    const [heading, ...lines] = section.split('\n');
    const place = PLACES[heading!];
    if (place === undefined) return [];
    const items = lines
      .join('\n')
      .split(/^\.It Pa /m)
      .slice(1);
    return items.map((item) => {
      const [head, ...text] = item.split('\n');
      const path = `${place}/${pathOf(head!)}`;
      const pattern = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/<[^>]*>/g, '[^/]+');
      // What ends in a slash is a directory with all that is in it.
      return { path, matches: new RegExp(`^${pattern}${path.endsWith('/') ? '.*' : ''}$`), text: text.join('\n') };
    });
  });
}

/** `blobs/ Ns Ar 2 digits Ns / Ns Ar UUID` is blobs/<2 digits>/<UUID>. */
function pathOf(head: string): string {
  return head
    .split(/ Ns /)
    .map((part) => part.replace(/^Ar (.*)$/, '<$1>').replace(/^Pa /, ''))
    .join('');
}

/** Every path below a directory, from there; a directory ends in a slash. */
function pathsBelow(dir: string, from = ''): string[] {
  return readdirSync(join(dir, from), { withFileTypes: true }).flatMap((entry) => {
    const path = `${from}${entry.name}`;
    return entry.isDirectory() ? [`${path}/`, ...pathsBelow(dir, `${path}/`)] : [path];
  });
}

const UMASK = process.umask();
const KIB = 1024;

function hold(home: string, path: string, { text, path: named }: Entry): void {
  const stat = lstatSync(join(home, path));
  const mode = stat.mode & 0o777;
  if (stat.isDirectory()) assert.equal(mode, 0o700, path);
  else if (/mode that the operator gives/.test(text)) return;
  else if (/0666 less the|with the same modes/.test(text)) assert.equal(mode, 0o666 & ~UMASK, path);
  else assert.equal(mode, 0o600, path);
  const [, below] = /^Below (\d+) KiB/m.exec(text) ?? [];
  if (below) assert.ok(stat.size < Number(below) * KIB, `${path} takes ${stat.size}`);
  if (/^(?:Some|One) lines?/m.test(text)) assert.ok(stat.size < 16 * KIB, `${path} takes ${stat.size}`);
  if (/^At most 16 MiB|^At 16 MiB/m.test(text)) assert.ok(stat.size <= 16 * KIB * KIB, path);
  // Its size, its mode, and what becomes of deleting it.
  assert.match(text, /\n\.br\n/, named);
}

/** Those of a home whose owner used it: what is there, and what of the page is not. */
const UNSEEN = [
  // A socket's path that is too long, a blob that went bad, a devnet, a log of 16 MiB.
  '.local/share/holdfast/node.sock.path',
  '.local/share/holdfast/blobs/corrupt/<UUID>',
  '.local/share/holdfast/devnet/',
  '.local/state/holdfast/node.log.1',
];

const PARENTS = new Set(['.config/', '.local/', '.local/share/', '.local/state/']);
const HOLDFAST = new Set(Object.values(PLACES).map((place) => `${place}/`));

test('a home after a story is what holdfast-layout(7) says, and what may be deleted may be', async (t) => {
  const { dir } = await yard(t);
  const home = join(dir, 'home');
  mkdirSync(home);
  const run = (...args: string[]) => holdfast(args, { env: { HOME: home }, cwd: dir });
  const must = async (...args: string[]): Promise<Ran> => {
    const ran = await run(...args);
    succeeded(ran);
    return ran;
  };
  writeFileSync(join(dir, 'pw'), 'correct horse\n');
  writeFileSync(join(dir, 'file'), Buffer.alloc(100_000, 7));
  await must('network', 'create', '--preset', 'devnet', 'toy');
  const { stdout } = await must('wallet', 'init', '--passphrase-file', 'pw', '--words-file', 'words');
  const start = ['node', 'start', '--network', 'toy', '--passphrase-file', 'pw', '--listen', '/ip4/127.0.0.1/tcp/0'];
  await must(...start, '--mine', stdout.trim(), '--detach');
  await must('blob', 'put', 'file');
  await must('file', 'put', '--cap-file', 'cap', 'file');
  await must('steward', 'init', '--price', '2', '--capacity', '1GiB');
  await must('node', 'wait', '--timeout', '60s');
  await must('controller', 'tick', '--max-spend', '1', '-q');
  writeFileSync(join(home, '.config', 'holdfast', 'config.json'), '{"network":"toy"}');

  const entries = entriesOfPage();
  const seen = new Set<Entry>();
  const look = () => {
    for (const path of pathsBelow(home)) {
      if (PARENTS.has(path)) continue;
      if (HOLDFAST.has(path)) {
        assert.equal(lstatSync(join(home, path)).mode & 0o777, 0o700, path);
        continue;
      }
      const found = entries.filter(({ matches }) => matches.test(path));
      const within = entries.filter(({ path: named }) => named.startsWith(path));
      assert.ok(found.length + within.length > 0 || /^\.local\/share\/holdfast\/blobs\/..\/$/.test(path), path);
      for (const entry of found) {
        hold(home, path, entry);
        seen.add(entry);
      }
    }
  };
  look();
  assert.deepEqual(
    entries.filter((entry) => !seen.has(entry)).map(({ path }) => path),
    UNSEEN,
  );

  await must('node', 'stop');
  const before = { files: await kept(run, must, start), deleted: 0 };
  for (const { path, text } of entries) {
    const last = text.split(/^\.br$/m).at(-1)!;
    if (!/^\s*(?:(?:It )?[Mm]ay be deleted|Deleting it restores|If it is deleted)/.test(last)) continue;
    before.deleted++;
    rmSync(join(home, path.replace(/<[^>]*>.*$/, '')), { recursive: true, force: true });
  }
  assert.ok(before.deleted >= 8, `${before.deleted}`);
  assert.deepEqual(await kept(run, must, start), before.files);
  look();
});

type Run = (...args: string[]) => Promise<Ran>;

/** What an owner would miss. Starts the node, and ends it. */
async function kept(run: Run, must: Run, start: string[]): Promise<string[]> {
  await must(...start, '--detach');
  const lists = [await must('file', 'ls', '--caps', '--json'), await must('blob', 'ls', '-q')];
  assert.equal((await run('file', 'get', 'cap')).status, 0);
  await must('node', 'stop');
  return lists.map(({ stdout }) => stdout);
}
