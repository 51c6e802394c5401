import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { hmacSha256 } from '../crypto/hash.js';
import type { HeldBlob } from '../net/blobs.js';
import type { Network } from '../net/network.js';
import { checkReadProof, locatorOf, readProof } from '../seal/locator.js';
import { concat, equal, u64be, utf8 } from '../util/bytes.js';
import { decodeCbor, encodeCbor } from '../util/cbor.js';
import { Failure } from '../util/errors.js';
import { vaultKeys } from '../wallet/vault-keys.js';
import type { Books } from './books.js';
import type { Context } from './context.js';
import type { InstanceEntry } from './entries.js';
import type { Keeping } from './keeping.js';

const ANSWER_TAG = utf8('holdfast/backup/instance-answer/v1');
const ANSWER_BYTES_MAX = 256;
const AnswerSchema = v.strictTuple([
  v.literal(1),
  v.pipe(v.instance(Uint8Array), v.length(16)),
  v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  v.pipe(v.instance(Uint8Array), v.length(32)),
]);

/** A wallet that answered from elsewhere. */
export interface Other {
  id: Uint8Array;
  epoch: number;
  peer: string;
}

export type Asker = Pick<Network, 'providers' | 'get' | 'peerIdBytes'>;
export type Instance = Pick<InstanceEntry, 'id' | 'epoch' | 'key'>;

/** Both ends and the server's fresh nonce are in it: an answer cannot be passed on, nor given again. */
function answerMac(key: Uint8Array, server: Uint8Array, asker: Uint8Array, nonce: Uint8Array, own: Instance) {
  return hmacSha256(key, ANSWER_TAG, server, asker, nonce, own.id, u64be(own.epoch));
}

/** What a node says to whoever proves the words' key; undefined for anyone else. */
export function answerInstance(
  own: Instance,
  server: Uint8Array,
  asker: Uint8Array,
  proof: Uint8Array,
  nonce: Uint8Array,
): HeldBlob | undefined {
  if (!checkReadProof(proof, own.key, asker, server, nonce)) return undefined;
  const body = encodeCbor([1, own.id, own.epoch, answerMac(own.key, server, asker, nonce, own)]);
  return {
    size: body.length,
    read: async function* (offset, length) {
      yield body.subarray(offset, offset + length);
    },
  };
}

/** Asks every connected peer whether it runs the wallet of this key. Only who has the words can say so. */
export async function findOthers(network: Asker, key: Uint8Array, own?: Uint8Array): Promise<Other[]> {
  const locator = locatorOf(key);
  const peers = (await network.providers([locator])).get(0) ?? [];
  const asked = await Promise.allSettled(peers.map((peer) => askOne(network, key, locator, peer)));
  return asked.flatMap((answer) =>
    answer.status === 'fulfilled' && !(own && equal(answer.value.id, own)) ? [answer.value] : [],
  );
}

async function askOne(network: Asker, key: Uint8Array, locator: Uint8Array, peer: string): Promise<Other> {
  const asker = network.peerIdBytes;
  let asked: { server: Uint8Array; nonce: Uint8Array } | undefined;
  const prove = (server: Uint8Array, nonce: Uint8Array) => {
    asked = { server, nonce };
    return readProof(key, asker, server, nonce);
  };
  const { body } = await network.get(peer, { locator, prove, accept: (size) => size <= ANSWER_BYTES_MAX });
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  const answer = v.safeParse(AnswerSchema, decodeCbor(concat(...parts)));
  if (!answer.success || !asked) throw new Failure('failure', 'no answer of a wallet');
  const [, id, epoch, mac] = answer.output;
  if (!equal(mac, answerMac(key, asked.server, asker, asked.nonce, { id, epoch, key })))
    throw new Failure('failure', 'not the answer of this wallet');
  return { id, epoch, peer };
}

export function runsElsewhere({ peer, epoch }: Other): Failure {
  return new Failure(
    'locked',
    `this wallet runs elsewhere since ${new Date(epoch).toISOString()}, at peer ${peer}`,
    'stop it there; where it is known to be dead, or shall end, start with --take-over',
  );
}

/** A copy of a data directory has a database of another inode than its original, wherever it lies. */
export async function inodeOf(home: string): Promise<string> {
  return (await stat(join(home, 'db'), { bigint: true })).ino.toString();
}

/** What the network asks of a steward, and of whoever runs a wallet. */
export function withInstance(context: Context, keeping: Keeping): Pick<Keeping, 'hasLocators' | 'onGet'> {
  const { books } = context;
  const isOwn = (locator: Uint8Array) => books.instance !== undefined && equal(locator, locatorOf(books.instance.key));
  return {
    hasLocators: async (locators) => {
      const held = await keeping.hasLocators(locators);
      return locators.map((locator, i) => held[i]! || isOwn(locator));
    },
    onGet: async (from, locator, proof, nonce) =>
      isOwn(locator)
        ? answerInstance(books.instance!, context.network.peerIdBytes, from, proof, nonce)
        : keeping.onGet(from, locator, proof, nonce),
  };
}

/** Written down when the wallet is first opened here; other words make another. */
export async function beginInstance(books: Books, backup: Uint8Array, home: string, nowMs: number): Promise<void> {
  const key = vaultKeys(backup, books.network).instance;
  const known = books.instance;
  if (known && equal(known.key, key)) return;
  await books.commit([books.setInstance({ ...newInstance(nowMs, 0), key, inode: await inodeOf(home) })]);
}

/** Above every epoch that is known, and above what any clock that runs right said before. */
export function newInstance(nowMs: number, above: number): Pick<InstanceEntry, 'id' | 'epoch'> {
  return { id: new Uint8Array(randomBytes(16)), epoch: Math.max(nowMs, above + 1) };
}
