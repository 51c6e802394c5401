import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { runProgram } from './helpers/cli.js';
import { projectRoot } from './helpers/root.js';
import { commands } from './helpers/surface.js';
import { tempDir } from './helpers/temp.js';
import { needTool } from './helpers/tools.js';

/** As `npm run build` makes them, and the package has them. */
const DIR = join(projectRoot(), 'dist', 'cli', 'completions');

/** The start of a line, and what a shell should offer there. */
interface Asked {
  line: string;
  /** Sorted. */
  offered: string[];
}
const asked: Asked[] = [];

before(async () => {
  const all = await commands();
  const topics = new Set(all.map(({ id }) => id.split(':')[0]!));
  asked.push({ line: 'holdfast ', offered: [...topics].sort() });
  for (const topic of topics) {
    const verbs = all.filter(({ id }) => id.startsWith(`${topic}:`)).map(({ id }) => id.split(':')[1]!);
    if (verbs.length > 0) asked.push({ line: `holdfast ${topic} `, offered: verbs.sort() });
  }
  for (const { id, command } of all) {
    const name = `holdfast ${id.replace(':', ' ')}`;
    const flags = Object.entries({ ...command.baseFlags, ...command.flags }).filter(([, { hidden }]) => !hidden);
    const long = flags.flatMap(([flag, { allowNo }]) => [`--${flag}`, ...(allowNo ? [`--no-${flag}`] : [])]);
    asked.push({ line: `${name} --`, offered: long.sort() });
    for (const [flag, { options }] of flags) {
      if (options) asked.push({ line: `${name} --${flag} `, offered: [...options].sort() });
    }
  }
  assert.ok(asked.length > 100);
});

/** A directory with a file and a folder, for what takes either. */
function place(t: TestContext): string {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'one file'), '');
  mkdirSync(join(dir, 'one-folder'));
  return dir;
}

const PATHS: [string, string[]][] = [
  ['holdfast file put one', ['one file', 'one-folder']],
  ['holdfast steward attach one', ['one-folder']],
  ['holdfast file encode --out one', ['one-folder']],
  ['holdfast blob get --out one', ['one file', 'one-folder']],
  ['holdfast blob show one', []],
];

function compare(stdout: string, lines: readonly string[], wanted: readonly string[][]): void {
  const blocks = stdout.split('\0\n').slice(0, -1);
  assert.equal(blocks.length, lines.length);
  blocks.forEach((block, index) => {
    const got = block.split('\n').filter((word) => word !== '');
    assert.deepEqual([...new Set(got)].sort(), wanted[index], lines[index]);
  });
}

async function holds(t: TestContext, shell: (lines: readonly string[], dir: string) => Promise<string>): Promise<void> {
  const dir = place(t);
  const lines = [...asked.map(({ line }) => line), ...PATHS.map(([line]) => line)];
  compare(await shell(lines, dir), lines, [...asked.map(({ offered }) => offered), ...PATHS.map(([, paths]) => paths)]);
}

test('bash offers what every command takes', async (t) => {
  await holds(t, async (lines, cwd) => {
    const input = `source '${join(DIR, 'holdfast.bash')}'
      offered() {
        local IFS=' '
        COMP_WORDS=($1)
        if [[ $1 == *' ' ]]; then COMP_WORDS+=(''); fi
        COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
        _holdfast
        printf '%s\\n' "\${COMPREPLY[@]}"
        printf '\\0\\n'
      }
      ${lines.map((line) => `offered '${line}'`).join('\n')}`;
    const ran = await runProgram('bash', ['--norc', '-s'], { cwd, input });
    assert.deepEqual([ran.stderr, ran.status], ['', 0]);
    return ran.stdout;
  });
});

test('fish offers what every command takes', async (t) => {
  if (!needTool(t, 'fish')) return;
  await holds(t, async (lines, cwd) => {
    // A candidate, a tab, what it is; a folder ends in a slash.
    const script = join(tempDir(t), 'ask.fish');
    const text = `source '${join(DIR, 'holdfast.fish')}'
      ${lines.map((line) => `complete -C '${line}' | string replace -r '\\t.*' '' | string replace -r '/$' '' | string unescape; printf '\\0\\n'`).join('\n')}`;
    writeFileSync(script, text);
    const ran = await runProgram('fish', ['--no-config', script], { cwd, home: dirname(script) });
    assert.deepEqual([ran.stderr, ran.status], ['', 0]);
    return ran.stdout;
  });
});

test('zsh offers what every command takes', async (t) => {
  if (!needTool(t, 'zsh') || !needTool(t, 'script')) return;
  await holds(t, async (lines, cwd) => {
    // zsh completes only while a line is edited. So it is given a terminal, and as it begins its first line each of
    // ours stands there once; what is offered, by whatever function, ends in compadd, which writes it down.
    const own = tempDir(t);
    writeFileSync(join(own, 'lines'), `${lines.join('\n')}\n`);
    writeFileSync(
      join(own, '.zshrc'),
      `fpath=('${DIR}' $fpath); autoload -Uz compinit; compinit -u -D; LISTMAX=100000
      compadd() {
        if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
        local -a got; builtin compadd -A got "$@"
        if (($#got)); then print -rl -- $got >> '${own}/offered'; fi
        builtin compadd "$@"
      }
      every() {
        local line
        while IFS= read -r line; do
          BUFFER=$line; CURSOR=$#line
          zle list-choices
          print -r -- $'\\0' >> '${own}/offered'
        done < '${own}/lines'
        BUFFER=exit; zle accept-line
      }
      zle -N zle-line-init every
`,
    );
    const env = { ZDOTDIR: own, TERM: 'xterm' };
    await runProgram('script', ['-qec', 'zsh -i', '/dev/null'], { cwd, env, home: own, replies: [] });
    return readFileSync(join(own, 'offered'), 'utf8').replace(/\/$/gm, '').replaceAll('\\', '');
  });
});
