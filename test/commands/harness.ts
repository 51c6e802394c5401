import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { after, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import * as own from '../../src/lib/cli/records.js';
import type { Handlers } from '../../src/lib/rpc/handlers.js';
import * as told from '../../src/lib/rpc/records.js';
import { createRpcServer } from '../../src/lib/rpc/server.js';
import { tempDir } from '../helpers/temp.js';
import type { Ending, Order } from './host.js';

export interface Ran {
  bytes: Buffer;
  /** As text. */
  stdout: string;
  stderr: string;
  status: number;
}

export interface Desk {
  /** The data directory of the commands. */
  home: string;
  run(argv: string[], stdin?: string | Uint8Array): Promise<Ran>;
}

function startHost(): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('./host.js', import.meta.url));
  const env = { ...process.env };
  for (const name of Object.keys(env)) if (name.startsWith('HOLDFAST_') && name !== 'HOLDFAST_ROOT') delete env[name];
  const child = fork(file, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env, execArgv: [] });
  after(() => child.disconnect());
  return once(child, 'message').then(() => child);
}

const host = startHost();

/** Commands with a data directory of their own, and, where handlers are given, a node that answers them. */
export async function desk(t: TestContext, handlers?: Partial<Handlers>): Promise<Desk> {
  const home = tempDir(t);
  const bugs: unknown[] = [];
  if (handlers) {
    const server = await createRpcServer({ dir: home, handlers, log: { error: ({ error }) => bugs.push(error) } });
    t.after(() => server.close(0));
    t.after(() => assert.deepEqual(bugs, []));
  }
  const child = await host;
  return {
    home,
    async run(argv, stdin = '') {
      const order: Order = { argv: withHome(argv, home), stdin: Buffer.from(stdin as string).toString('base64') };
      child.send(order);
      const [ending] = (await once(child, 'message')) as [Ending];
      const bytes = Buffer.from(ending.stdout, 'base64');
      const stderr = Buffer.from(ending.stderr, 'base64').toString();
      return { bytes, stdout: bytes.toString(), stderr, status: ending.status };
    },
  };
}

/** What follows `--` is another program's. */
function withHome(argv: string[], home: string): string[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  return [...argv.slice(0, end), '--home', home, ...argv.slice(end)];
}

const SCHEMAS = new Map<string, v.GenericSchema>(
  [...Object.values(told), ...Object.values(own)].map((schema) => [schema.entries.type.literal, schema]),
);

/** NDJSON, each line held to its record's schema, and each amount to its decimal twin. */
export function records(text: string): Record<string, unknown>[] {
  assert.ok(text === '' || text.endsWith('\n'), 'the last line has no end');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const record = JSON.parse(line) as Record<string, unknown>;
      const schema = SCHEMAS.get(String(record.type));
      assert.ok(schema, `no schema for type ${record.type}`);
      v.parse(schema, record);
      for (const [name, value] of Object.entries(record)) {
        if (name.endsWith('_grains'))
          assert.equal(typeof record[name.slice(0, -7)], value === null ? 'object' : 'string');
      }
      return record;
    });
}

/** One clear error line and at most a hint, and nothing on stdout. */
export function fails(ran: Ran, status: number, message: RegExp): void {
  assert.equal(ran.status, status, ran.stderr);
  assert.equal(ran.stdout, '');
  assert.match(ran.stderr, /^holdfast: error: [^\n]*\n(?:holdfast: hint: [^\n]*\n)?$/);
  assert.match(ran.stderr, message);
}

/** Nothing on stderr, exit 0. */
export function succeeds(ran: Ran): void {
  assert.equal(ran.stderr, '');
  assert.equal(ran.status, 0);
}
