import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commonFlags } from '../src/lib/cli/flags.js';
import { EXIT_STATUS } from '../src/lib/util/errors.js';
import { runProgram } from './helpers/cli.js';
import { projectRoot } from './helpers/root.js';
import { commands, exitStatuses } from './helpers/surface.js';
import { needTool } from './helpers/tools.js';

const MAN = join(projectRoot(), 'man');
const PAGES = existsSync(MAN) ? readdirSync(MAN).sort() : [];
const page = (name: string) => readFileSync(join(MAN, name), 'utf8');
const pageOf = (id: string) => `holdfast-${id.replace(':', '-')}.1`;

/** The lines under a heading. */
function section(text: string, heading: string): string {
  const [, body = ''] = text.split(new RegExp(`^\\.Sh ${heading}$`, 'm'));
  return body.split(/^\.Sh /m)[0]!;
}

/** Flags that have an entry: `.It Fl n , Fl -dry-run`. */
function flagEntries(text: string): Set<string> {
  const entries = [...text.matchAll(/^\.It (.*\bFl\b.*)$/gm)].map(([, rest]) => rest!);
  return new Set(
    entries.flatMap((entry) => [...entry.matchAll(/\bFl (-?[A-Za-z0-9][\w-]*)/g)].map(([, name]) => name!)),
  );
}

test('mandoc finds nothing to complain about', async (t) => {
  if (!needTool(t, 'mandoc')) return;
  const ran = await runProgram('mandoc', ['-Tlint', '-W', 'style', ...PAGES.map((name) => join(MAN, name))]);
  // It looks for other pages where this machine keeps its own; ours are followed below.
  const said = (ran.stdout + ran.stderr).split('\n').filter((line) => !line.includes('referenced manual not found'));
  assert.equal(said.join('\n'), '');
});

test('groff renders every page without a word', async (t) => {
  if (!needTool(t, 'groff')) return;
  for (const name of PAGES) {
    const ran = await runProgram('groff', ['-mandoc', '-Tutf8', '-wall', join(MAN, name)]);
    assert.deepEqual([ran.status, ran.stderr], [0, ''], name);
  }
});

test('package.json lists the pages', () => {
  const { man } = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as { man?: string[] };
  assert.deepEqual(
    [...(man ?? [])].sort(),
    PAGES.map((name) => `man/${name}`),
  );
});

test('every command has its page, and every page of a command its command', async () => {
  const ids = (await commands()).map(({ id }) => pageOf(id)).sort();
  assert.deepEqual(
    PAGES.filter((name) => name.endsWith('.1') && name !== 'holdfast.1'),
    ids,
  );
});

test("a page's flags are the command's, both ways; the common ones are in holdfast(1)", async () => {
  const common = new Set(Object.keys(commonFlags).map((name) => `-${name}`));
  const chars = new Set(Object.values(commonFlags).flatMap(({ char }) => char ?? []));
  const main = flagEntries(page('holdfast.1'));
  for (const name of common) assert.ok(main.has(name), `holdfast.1 lacks -${name}`);
  for (const { id, command } of await commands()) {
    const written = flagEntries(page(pageOf(id)));
    for (const [name, { char, hidden, allowNo }] of Object.entries(command.flags ?? {})) {
      if (hidden) continue;
      // What is on unless it is switched off has the page of its switch.
      const spelt = [`-${name}`, ...(allowNo ? [`-no-${name}`] : [])];
      assert.ok(
        spelt.some((flag) => written.has(flag)),
        `${pageOf(id)} lacks --${name}`,
      );
      if (char) assert.ok(written.has(char), `${pageOf(id)} lacks -${char}`);
    }
    const known = new Set(
      Object.entries(command.flags ?? {}).flatMap(([name, { char }]) => [`-${name}`, `-no-${name}`, char ?? '']),
    );
    for (const flag of written) {
      assert.ok(known.has(flag) || common.has(flag) || chars.has(flag as 'q'), `${pageOf(id)} has -${flag}`);
    }
  }
});

test("a page's synopsis names the command's operands", async () => {
  for (const { id, command } of await commands()) {
    const synopsis = section(page(pageOf(id)), 'SYNOPSIS');
    assert.match(synopsis, /^\.Nm/m, pageOf(id));
    for (const name of Object.keys(command.args)) {
      assert.match(synopsis, new RegExp(`\\bAr ${name}\\b`, 'i'), `${pageOf(id)} lacks the operand ${name}`);
    }
  }
});

test("a page's exit statuses are the command's, both ways; holdfast(1) has them all", async () => {
  const listed = (text: string) =>
    [...section(text, 'EXIT STATUS').matchAll(/^\.It (?:Li |Dv |Sy )?(\d+)\b(?!\+)/gm)].map(([, status]) =>
      Number(status),
    );
  for (const { id, command } of await commands()) {
    assert.deepEqual(listed(page(pageOf(id))), exitStatuses(command), pageOf(id));
  }
  for (const status of Object.values(EXIT_STATUS)) assert.ok(listed(page('holdfast.1')).includes(status), `${status}`);
});

test('every cross-reference to a page of ours leads to one', () => {
  for (const name of PAGES) {
    for (const [, target, number] of page(name).matchAll(/^\.(?:.*\s)?Xr (holdfast\S*) (\d)/gm)) {
      assert.ok(PAGES.includes(`${target}.${number}`), `${name} → ${target}(${number})`);
    }
  }
});

test('sections stand in the order of mdoc(7)', () => {
  const order = [
    'NAME',
    'SYNOPSIS',
    'DESCRIPTION',
    'ENVIRONMENT',
    'FILES',
    'EXIT STATUS',
    'EXAMPLES',
    'DIAGNOSTICS',
    'SEE ALSO',
    'STANDARDS',
    'HISTORY',
    'CAVEATS',
    'SECURITY CONSIDERATIONS',
  ];
  for (const name of PAGES) {
    const known = [...page(name).matchAll(/^\.Sh (.+)$/gm)].map(([, heading]) => heading!);
    const standard = known.filter((heading) => order.includes(heading));
    assert.deepEqual(
      standard,
      [...standard].sort((a, b) => order.indexOf(a) - order.indexOf(b)),
      name,
    );
    assert.equal(known[0], 'NAME', name);
  }
});
