import * as v from 'valibot';
import { DevnetRecord, MemberRecord } from '../rpc/records.js';
import { Failure } from '../util/errors.js';
import type { Stage } from './stage.js';

export type Actor = MemberRecord;

/** Who plays: the members of the devnet, as `devnet start --json` lists them. */
export interface Cast {
  genesis: string;
  networkId: string;
  blockMs: number;
  miner: Actor;
  owner: Actor;
  stewards: Actor[];
}

/** Starts the devnet and waits until every node serves. It runs until the demo ends. */
export async function gather(stage: Stage, dir: string, stewards: number): Promise<Cast> {
  const args = ['devnet', 'start', '--stewards', String(stewards), '--dir', dir, '--repair-below', '10', '--json'];
  const { lines, ended } = stage.start(args);
  let devnet: DevnetRecord | undefined;
  const members: Actor[] = [];
  const reading = (async () => {
    for await (const line of lines) {
      const record: unknown = JSON.parse(line);
      if (v.is(DevnetRecord, record)) devnet = record;
      else members.push(v.parse(MemberRecord, record));
      if (members.length === stewards + 2) return;
    }
    return ended;
  })();
  await Promise.race([reading, ended]);
  const role = (wanted: Actor['role']) => members.filter((member) => member.role === wanted);
  const [miner] = role('miner');
  const [owner] = role('owner');
  if (!devnet || !miner || !owner) throw new Failure('failure', 'the devnet lacks a member');
  return {
    genesis: devnet.genesis,
    networkId: devnet.network_id,
    blockMs: devnet.block_ms,
    miner,
    owner,
    stewards: role('steward'),
  };
}
