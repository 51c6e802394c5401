import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, fromSystemError } from '../util/errors.js';

/** Linux cuts a longer path silently (sockaddr_un has 108 bytes), and would bind another one. */
const PATH_BYTES_MAX = 100;

const direct = (dir: string) => join(dir, 'node.sock');
const record = (dir: string) => join(dir, 'node.sock.path');
const fits = (path: string) => Buffer.byteLength(path) <= PATH_BYTES_MAX;

/** Where a client finds the socket of the node in this data directory. */
export function findSocket(dir: string): string {
  const path = direct(dir);
  if (fits(path)) return path;
  try {
    return readFileSync(record(dir), 'utf8').trim();
  } catch {
    return path;
  }
}

/**
 * Where the node in this data directory shall listen. Makes the directory, clears away a socket that
 * nobody answers on, and fails with `locked` where somebody does.
 */
export async function claimSocket(dir: string): Promise<string> {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const path = fits(direct(dir)) ? direct(dir) : recordElsewhere(dir);
    if (await answers(path)) {
      throw new Failure('locked', `a node is already listening at ${path}`, 'stop it with holdfast node stop');
    }
    rmSync(path, { force: true });
    return path;
  } catch (error) {
    throw fromSystemError(error, `cannot make a socket in ${dir}`);
  }
}

export function releaseSocket(dir: string): void {
  rmSync(findSocket(dir), { force: true });
  rmSync(record(dir), { force: true });
}

function recordElsewhere(dir: string): string {
  const name = `holdfast-${process.getuid?.() ?? 0}`;
  const file = `${createHash('sha256').update(dir).digest('hex').slice(0, 32)}.sock`;
  const parents = [tmpdir(), '/tmp'].map((parent) => join(parent, name));
  const parent = parents.find((candidate) => fits(join(candidate, file))) ?? parents[1]!;
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(parent);
  // In a shared /tmp anybody may have made it first.
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0) {
    throw new Failure('failure', `${parent} is not a private directory of this user`, 'remove it, or set TMPDIR');
  }
  const path = join(parent, file);
  writeFileSync(record(dir), `${path}\n`, { mode: 0o600 });
  return path;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const done = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
