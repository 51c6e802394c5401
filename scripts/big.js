// `npm run test:big -- [--size 10GiB] [--dir DIR]`: a file of that size through `file encode` and `file decode`
// as they ship, from a file and from stdin, in bounded memory. Prints one line of NDJSON a step; takes up to
// 4.4 times the size on disk, and leaves nothing.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { link, mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { filesUnder } from './lib/digest.js';
import { measured } from './lib/measured.js';
import { noise } from './lib/noise.js';

const RSS_MAX = 300 * 2 ** 20;
const DISK_TIMES = 4.4;
const SEED = 'holdfast test:big';
const SECRET = '62'.repeat(16);
const SHARES = 10;
/** Three of ten give the file back: one that holds the ciphertext itself, two of parity. */
const CHOSEN = ['1', '5', '9'];
/** Fed to an encode that is then killed: much more than a pipe and a process hold before it is on disk. */
const SPOOLED = 64 * 2 ** 20;
const SPOOL_MS_MAX = 60_000;
const POLL_MS = 50;

const COMMAND = join(import.meta.dirname, '..', 'bin', 'run.js');

function parsedSize(text) {
  const [, count, unit] = /^(\d+)(B|KiB|MiB|GiB)?$/.exec(text) ?? [];
  const size = Number(count) * 1024 ** ['B', 'KiB', 'MiB', 'GiB'].indexOf(unit ?? 'B');
  if (!(size > 55)) throw new Error(`not a size above 55 bytes: ${text}`);
  return size;
}

function check(truth, what) {
  if (!truth) throw new Error(what);
}

function report(step, bytes, { seconds, peak }) {
  const line = { type: 'step', step, bytes, seconds: round(seconds), mb_s: round(bytes / 1e6 / seconds) };
  if (peak !== undefined) line.peak_rss_mib = round(peak / 2 ** 20);
  console.log(JSON.stringify(line));
  check((peak ?? 0) < RSS_MAX, `${step} took ${line.peak_rss_mib} MiB of memory, and 300 are allowed`);
}

const round = (value) => Number(value.toPrecision(4));

async function timed(work) {
  const began = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - began) / 1e3 };
}

async function hashOf(file, signal) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20, signal })) hash.update(chunk);
  return hash.digest('hex');
}

/** What every step needs: where it may write, what to run, when to stop. */
class Trial {
  constructor(dir, size, signal) {
    this.size = size;
    this.signal = signal;
    this.file = join(dir, 'file');
    this.shares = join(dir, 'shares');
    this.chosen = join(dir, 'chosen');
    this.home = join(dir, 'home');
    this.env = { HOLDFAST_HOME: this.home };
  }

  async makeFile() {
    const hash = createHash('sha256');
    const hashed = function* (chunks) {
      for (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    };
    const source = Readable.from(hashed(noise(SEED, this.size)));
    const { seconds } = await timed(() => pipeline(source, createWriteStream(this.file), { signal: this.signal }));
    report('make', this.size, { seconds });
    return hash.digest('hex');
  }

  encodeArguments(operand) {
    return [COMMAND, 'file', 'encode', '--convergence', SECRET, '--out', this.shares, operand];
  }

  /** The cap, and the hash of each share. */
  async encode(step, operand, input) {
    let cap = '';
    const output = (chunk) => {
      cap += chunk;
    };
    const { env, signal } = this;
    const ending = await measured(process.execPath, this.encodeArguments(operand), { env, input, output, signal });
    report(step, this.size, ending);
    const names = readdirSync(this.shares);
    check(names.length === SHARES, `${step} made ${names.length} shares`);
    const files = Array.from({ length: SHARES }, (_, share) => join(this.shares, String(share)));
    const hashing = await timed(async () => {
      const hashes = [];
      for (const file of files) hashes.push(await hashOf(file, signal));
      return hashes;
    });
    report(`${step}: hash the shares`, Math.ceil(this.size / 3) * SHARES, { seconds: hashing.seconds });
    return { cap: cap.trim(), hashes: hashing.value };
  }

  async decode(cap, wanted) {
    await mkdir(this.chosen);
    for (const share of CHOSEN) await link(join(this.shares, share), join(this.chosen, share));
    const hash = createHash('sha256');
    const output = (chunk) => hash.update(chunk);
    const args = [COMMAND, 'file', 'decode', '--from', this.chosen, '-'];
    const { env, signal } = this;
    const ending = await measured(process.execPath, args, { env, input: [`${cap}\n`], output, signal });
    report('decode', this.size, ending);
    check(hash.digest('hex') === wanted, 'the decoded file differs');
    await rm(this.chosen, { recursive: true });
  }

  /** kill -9 is a normal way to stop: of what stdin gave so far, nothing may stay. */
  async killSpooling() {
    const child = spawn(process.execPath, this.encodeArguments('-'), {
      env: { ...process.env, ...this.env },
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const gone = new Promise((resolved) => child.once('close', resolved));
    child.stdin.on('error', () => {});
    try {
      for (const chunk of noise(SEED, SPOOLED)) child.stdin.write(chunk);
      for (let waited = 0; written(child.pid) < SPOOLED / 2; waited += POLL_MS) {
        check(waited < SPOOL_MS_MAX && child.exitCode === null, 'encode does not spool its stdin');
        await delay(POLL_MS, undefined, { signal: this.signal });
      }
      check(hasOpen(child.pid, this.home), 'encode spools outside of its data directory');
    } finally {
      child.kill('SIGKILL');
      await gone;
    }
    this.checkNothingLeft('a killed encode');
  }

  checkNothingLeft(who) {
    const left = [this.home, this.shares].flatMap((folder) => [...filesUnder(folder)]);
    check(left.length === 0, `${who} left ${left.join(', ')}`);
  }
}

/** Bytes that a process has written to whatever it has open, proc(5); 0 once it is gone. */
function written(pid) {
  try {
    return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))[1]);
  } catch {
    return 0;
  }
}

/** Whether a process has a file in a directory open, be it one without a name. */
function hasOpen(pid, dir) {
  const fds = `/proc/${pid}/fd`;
  return readdirSync(fds).some((fd) => {
    try {
      return readlinkSync(join(fds, fd)).startsWith(`${dir}/`);
    } catch {
      return false;
    }
  });
}

async function run(trial) {
  const { shares, file, size } = trial;
  const wanted = await trial.makeFile();
  const first = await trial.encode('encode', file);
  await trial.decode(first.cap, wanted);
  await rm(shares, { recursive: true });
  // The spool takes the room that the file had.
  await rm(file);
  const second = await trial.encode('encode from stdin', '-', noise(SEED, size));
  check(second.cap === first.cap, 'stdin gives another cap');
  check(second.hashes.join() === first.hashes.join(), 'stdin gives other shares');
  await rm(shares, { recursive: true });
  trial.checkNothingLeft('encode from stdin');
  const { seconds } = await timed(() => trial.killSpooling());
  report('kill -9 while spooling', SPOOLED, { seconds });
  console.log(JSON.stringify({ type: 'done', bytes: size, sha256: wanted }));
}

function parsed() {
  const options = { size: { type: 'string', default: '10GiB' }, dir: { type: 'string', default: tmpdir() } };
  try {
    const { values } = parseArgs({ options });
    return { size: parsedSize(values.size), parent: resolve(values.dir) };
  } catch (error) {
    console.error(`holdfast: error: ${error.message}`);
    process.exit(2);
  }
}

async function main() {
  const { size, parent } = parsed();
  check(process.platform === 'linux', 'memory is measured in /proc: this needs Linux');
  const { bavail, bsize } = await statfs(parent);
  const needed = Math.ceil(size * DISK_TIMES) + SPOOLED;
  check(
    bavail * bsize >= needed,
    `${parent} has ${bavail * bsize} bytes free, and ${needed} are needed: --dir or --size`,
  );

  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      process.exitCode ??= signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 129;
      stop.abort();
    });
  }
  process.once('disconnect', () => stop.abort());
  process.channel?.unref();
  const dir = await mkdtemp(join(parent, 'holdfast-big-'));
  try {
    await run(new Trial(dir, size, stop.signal));
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

try {
  await main();
} catch (error) {
  if (error.name !== 'AbortError') console.error(`holdfast: error: ${error.message}`);
  process.exitCode ??= 1;
}
