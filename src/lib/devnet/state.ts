import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { MemberRecord } from '../rpc/records.js';
import { writeFileDurably } from '../store/files.js';
import { Failure, fromSystemError } from '../util/errors.js';
import type { Devnet, Running } from './devnet.js';

/** A process: signals go to it, and 0 would be a whole group. */
const pid = v.pipe(v.number(), v.integer(), v.minValue(1));
const StateSchema = v.object({
  pid,
  network_id: v.string(),
  genesis: v.string(),
  block_ms: v.number(),
  members: v.array(v.object({ ...MemberRecord.entries, pid, controller_pid: v.nullable(pid) })),
});

/** What `devnet status` and `stop` find a running devnet by. */
export type DevnetState = v.InferOutput<typeof StateSchema>;

export function memberRecord(member: Running): MemberRecord {
  return {
    type: 'member',
    name: member.name,
    role: member.role,
    home: member.home,
    pid: member.node.pid,
    controller_pid: member.controller?.pid ?? null,
    peer_id: member.peerId,
    address: member.address,
    multiaddr: member.addresses[0] ?? '',
    passphrase_file: member.passphraseFile,
  };
}

const fileIn = (root: string) => join(root, 'devnet.json');

export async function writeState(
  root: string,
  devnet: Devnet,
  facts: { network_id: string; block_ms: number },
): Promise<DevnetState> {
  const members = devnet.members.map(memberRecord);
  const state = { pid: process.pid, ...facts, genesis: devnet.genesisFile, members };
  await writeFileDurably(fileIn(root), `${JSON.stringify(state, null, 2)}\n`);
  return state;
}

export async function readState(root: string): Promise<DevnetState> {
  let text: string;
  try {
    text = await readFile(fileIn(root), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new Failure('not-found', `no devnet in ${root}`);
    throw fromSystemError(error, `reading the devnet in ${root}`);
  }
  const parsed = v.safeParse(StateSchema, safeJson(text));
  if (!parsed.success) throw new Failure('failure', `${fileIn(root)} is damaged`);
  return parsed.output;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a process is there still, and is the devnet's: a pid may have gone to another program. */
export async function isDevnetProcess(pid: number): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return line.includes('devnet') && line.includes('start');
}
