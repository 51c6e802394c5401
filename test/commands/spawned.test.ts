import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRpcServer } from '../../src/lib/rpc/server.js';
import { projectRoot } from '../helpers/root.js';
import { tempDir } from '../helpers/temp.js';
import { needTool } from '../helpers/tools.js';
import { each, file, id, NODE } from './samples.js';

const program = join(projectRoot(), 'bin', 'dev.js');
const env = { ...process.env, HOLDFAST_DIST: fileURLToPath(new URL('../..', import.meta.url)), TERM: 'dumb' };

async function served(t: TestContext): Promise<string> {
  const dir = tempDir(t);
  const block = { type: 'block' as const, height: 1, slot: 2, id: id('1'), parent: id('0'), state_root: id('3') };
  const rest = { producer: 'hf1qqq', txs: 0, bytes: 10, time: '2026-10-01T00:00:00.000Z' };
  const server = await createRpcServer({
    dir,
    log: { error: () => {} },
    handlers: {
      'node.status': async () => NODE,
      'file.put': async (_, body) => {
        for await (const _chunk of body);
        return file({ cap: 'URI:CHK:x', blobs: [id('a')] });
      },
      'chain.tail': async function* (_, { signal }) {
        for (let height = 0; !signal.aborted; height++) {
          yield { ...block, ...rest, height };
          if (height % 100 === 99) await sleep(1);
        }
      },
      'file.get': async () => ({ body: each(Buffer.from([0, 255, 254, 10])) }),
    },
  });
  t.after(() => server.close(0));
  return dir;
}

async function shell(
  script: string,
  home: string,
  input = '',
): Promise<{ status: number | null; stdout: Buffer; stderr: string }> {
  const child = spawn('bash', ['-c', script], {
    env: { ...env, HOLDFAST_HOME: home, HF: `${process.execPath} ${program}` },
  });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk) => out.push(chunk));
  child.stderr.on('data', (chunk) => err.push(chunk));
  child.stdin.end(input);
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() };
}

test('chain tail ends when its reader does, silently, with 141', async (t) => {
  const ran = await shell('$HF chain tail --follow --json | head -1; exit "${PIPESTATUS[0]}"', await served(t));
  assert.equal(ran.status, 141);
  assert.equal(ran.stderr, '');
  assert.equal(JSON.parse(ran.stdout.toString()).height, 0);
});

test('bytes through a pipe: a shell script puts and gets', async (t) => {
  const ran = await shell('set -e; cat | $HF file put -; echo URI:CHK:x | $HF file get -', await served(t), 'content');
  assert.equal(ran.stderr, '');
  assert.equal(ran.status, 0);
  assert.deepEqual(ran.stdout, Buffer.concat([Buffer.from(`${id('a')}\n`), Buffer.from([0, 255, 254, 10])]));
});

test('encode, lose a share, check, decode, with no node at all', async (t) => {
  const home = tempDir(t);
  const script = `
    head -c 200000 /dev/urandom > will.pdf
    $HF file encode --shares 3/5/5 --out media will.pdf > will.cap || exit 1
    $HF file check --offline --from media - < will.cap; echo $?
    rm media/2
    $HF file check --offline --from media -q - < will.cap; echo $?
    $HF file decode --from media - < will.cap | cmp - will.pdf`;
  const ran = await shell(`cd "$HOLDFAST_HOME"; ${script}`, home);
  assert.equal(ran.stderr, '');
  assert.equal(ran.status, 0);
  assert.match(ran.stdout.toString(), /^(\w{26})\thealthy\t5\t3\t5\t5\n0\n\1\n20\n$/);
});

/** A program on a terminal of its own, told what to type when a prompt appears. */
class Terminal {
  seen = '';
  readonly ended: Promise<unknown>;

  constructor(private readonly child: ChildProcess) {
    child.stdout!.on('data', (chunk) => {
      this.seen += chunk;
    });
    this.ended = once(child, 'close');
  }

  /** Waits for the prompt, types, and waits until it has been taken: a prompt is drawn again at each key. */
  async answer(prompt: RegExp, reply: (match: RegExpExecArray) => string): Promise<void> {
    const match = await this.read(prompt);
    this.child.stdin!.write(`${reply(match)}\r`);
    await this.read(/[✔√]/);
  }

  private async read(pattern: RegExp): Promise<RegExpExecArray> {
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(20)) {
      const match = pattern.exec(this.seen);
      if (!match) continue;
      this.seen = this.seen.slice(match.index + match[0].length);
      return match;
    }
    throw new Error(`no ${pattern} in ${JSON.stringify(this.seen)}`);
  }
}

function onTerminal(t: TestContext, command: string): { terminal: Terminal; child: ChildProcess } {
  const child = spawn('script', ['-qefc', `${process.execPath} ${program} ${command}`, '/dev/null'], { env });
  t.after(() => child.kill('SIGKILL'));
  return { terminal: new Terminal(child), child };
}

const WORD = /\?\S* \S*Word (\d+)\D/;

test('wallet init on a terminal: a passphrase twice, the words once, three of them back', async (t) => {
  if (!needTool(t, 'script')) return;
  const home = tempDir(t);
  const { terminal, child } = onTerminal(t, `wallet init --home ${home}`);
  await terminal.answer(/New passphrase/, () => 'pw');
  await terminal.answer(/The same again/, () => 'pw');
  let words: string[] = [];
  const shown = /((?:\s*\d+ {2}[a-z]+\r?\n){24})[\s\S]*?Word (\d+)\D/;
  await terminal.answer(shown, ([, list, number]) => {
    words = list!
      .trim()
      .split(/\r?\n/)
      .map((line) => line.trim().split(/ +/)[1]!);
    return words[Number(number) - 1]!;
  });
  assert.ok(!existsSync(join(home, 'wallet.key')));
  for (let asked = 1; asked < 3; asked++) await terminal.answer(WORD, ([, number]) => words[Number(number) - 1]!);
  await terminal.ended;
  assert.equal(child.exitCode, 0);
  assert.match(terminal.seen, /hf1[a-z0-9]{58}/);
  assert.match(readFileSync(join(home, 'wallet.key'), 'utf8'), /holdfast-key/);
});

test('a wallet whose words are not known is not made', async (t) => {
  if (!needTool(t, 'script')) return;
  const home = tempDir(t);
  const { terminal, child } = onTerminal(t, `wallet init --home ${home} --passphrase-command 'echo pw'`);
  for (let attempt = 0; attempt < 3; attempt++) await terminal.answer(WORD, () => 'wrong');
  await terminal.ended;
  assert.equal(child.exitCode, 1);
  assert.match(terminal.seen, /no wallet was made/);
  assert.ok(!existsSync(join(home, 'wallet.key')));
});

test('spending asks whoever sits there, and does nothing on a no', async (t) => {
  if (!needTool(t, 'script')) return;
  const home = await served(t);
  const { terminal, child } = onTerminal(t, `bounty post --home ${home} --blob ${id('a')} --amount 0.5`);
  await terminal.answer(/Post a bounty of 0.5 tokens/, () => 'n');
  await terminal.ended;
  assert.equal(child.exitCode, 1);
  assert.match(terminal.seen, /not confirmed, nothing was spent/);
});
