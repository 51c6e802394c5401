import { setTimeout as sleep } from 'node:timers/promises';
import { locatorOf, readProof } from '../seal/locator.js';
import type { FileSource } from '../store/source.js';
import type { Spool } from '../store/spool.js';
import { concat, equal } from '../util/bytes.js';
import { openVaultHead, VAULT_HEAD_BYTES } from '../wallet/vault.js';
import { COPIES_MAX } from '../wallet/vault-keys.js';
import { decodeHead, type VaultHead } from '../wallet/vault-records.js';
import { vaultKeysOf } from './backup.js';
import type { Context } from './context.js';
import { verifyVault } from './restore.js';

/** A copy that somebody serves; what its first chunk says is authentic, the rest is not looked at yet. */
interface Candidate {
  copy: number;
  peer: string;
  size: number;
  head: VaultHead;
}

export interface FoundVault {
  vault: FileSource;
  head: VaultHead;
  /** A later one was seen, and no copy of it was whole. */
  newer: boolean;
}

const VAULT_BYTES_MAX = 2 ** 36;
/** As many as a node that just started may take to find those who hold a copy. */
const ROUNDS_MAX = 20;
const ROUND_MS = 1_000;
/** Rounds after the first that found any: the newest may be with a peer that connects later. */
const MORE_ROUNDS = 3;

/**
 * The newest backup of this wallet that anybody serves whole, by the locators from the words. A steward may withhold
 * a copy, or serve an old one; it can neither make nor change one. The caller closes the vault.
 * `roundMs`: between two looks round.
 */
export async function findVault(context: Context, spool: Spool, roundMs = ROUND_MS): Promise<FoundVault | undefined> {
  const candidates = await search(context, roundMs);
  candidates.sort((a, b) => b.head.generation - a.head.generation || a.copy - b.copy);
  const newest = candidates[0]?.head.generation;
  for (const candidate of candidates) {
    try {
      const vault = await fetchWhole(context, spool, candidate);
      return { ...vault, newer: vault.head.generation < newest! };
    } catch (error) {
      const { copy, peer, head } = candidate;
      const fields = { copy, peer, generation: head.generation, error: (error as Error).message };
      context.log.warn(fields, 'a copy of the backup is not usable');
    }
  }
  return undefined;
}

async function search(context: Context, roundMs: number): Promise<Candidate[]> {
  const found = new Map<string, Candidate>();
  const asked = new Set<string>();
  let more = MORE_ROUNDS;
  for (let rounds = 0; rounds < ROUNDS_MAX && more > 0; rounds++) {
    if (rounds > 0) await sleep(roundMs);
    for (const candidate of await round(context, asked)) found.set(`${candidate.copy}/${candidate.peer}`, candidate);
    if (found.size > 0) more--;
  }
  return [...found.values()];
}

async function round(context: Context, asked: Set<string>): Promise<Candidate[]> {
  const { readkey } = vaultKeysOf(context);
  const readkeys = Array.from({ length: COPIES_MAX }, (_, copy) => readkey(copy));
  const providers = await context.network.providers(readkeys.map(locatorOf));
  const looked = [...providers].flatMap(([copy, peers]) =>
    peers
      .filter((peer) => !asked.has(`${copy}/${peer}`))
      .map(async (peer) => {
        asked.add(`${copy}/${peer}`);
        return headAt(context, copy, peer);
      }),
  );
  return (await Promise.all(looked)).flatMap((candidate) => candidate ?? []);
}

async function headAt(context: Context, copy: number, peer: string): Promise<Candidate | undefined> {
  const { key } = vaultKeysOf(context);
  try {
    const { size, body } = await get(context, copy, peer, VAULT_HEAD_BYTES);
    const parts: Uint8Array[] = [];
    for await (const part of body) parts.push(part);
    const head = decodeHead(openVaultHead(key, concat(...parts), size));
    return equal(head.network, context.params.derived.genesisId) ? { copy, peer, size, head } : undefined;
  } catch (error) {
    context.log.debug({ copy, peer, error: (error as Error).message }, 'no backup from a peer that said it has one');
    return undefined;
  }
}

async function fetchWhole(context: Context, spool: Spool, { copy, peer }: Candidate) {
  const { body } = await get(context, copy, peer);
  const vault = await spool.take(body);
  try {
    return { vault, head: await verifyVault(context, vault) };
  } catch (error) {
    await vault.close();
    throw error;
  }
}

function get(context: Context, copy: number, peer: string, length?: number) {
  const { network } = context;
  const readkey = vaultKeysOf(context).readkey(copy);
  const prove = (server: Uint8Array, nonce: Uint8Array) => readProof(readkey, network.peerIdBytes, server, nonce);
  const accept = (size: number) => size <= VAULT_BYTES_MAX && size >= VAULT_HEAD_BYTES;
  return network.get(peer, { locator: locatorOf(readkey), prove, accept, ...(length !== undefined && { length }) });
}
