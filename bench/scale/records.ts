import { parseParams } from '../../src/lib/chain/params.js';
import { preset } from '../../src/lib/chain/presets.js';
import { publicFromSeed } from '../../src/lib/crypto/ed25519.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import type { BlobEntry, FileEntry, KeptContract, OwnedContract } from '../../src/lib/node/entries.js';
import { GIB } from '../../src/lib/util/amounts.js';
import { concat, readU32be, toHex, u32be, utf8 } from '../../src/lib/util/bytes.js';

/** The main network's, so that days, intervals and grace are as long as they are. */
export const genesis = preset('main', { name: 'bench', salt: '00'.repeat(32), genesisTimeMs: 0 });
export const params = parseParams(genesis);

/** Shares of one file. */
export const SHARES = 10;
/** Contracts with one steward. */
export const WITH_ONE = 1000;
const CARDS = 24;
const DAY = params.daySlots;
const SIGNED_BYTES = 480;
const TERMS = { size: Number(GIB), price: 50n, startSlot: 0, termSlots: 90 * DAY, maxCredit: 1_000_000n };
/** Any point of the curve. */
const PAYEE = publicFromSeed(sha256(utf8('payee')));

/** Bytes that no compression shortens, the same each time: xorshift (Marsaglia 2003), for millions of them. */
function noise(what: string, n: number, length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = (Math.imul(n + 1, 0x9e3779b1) ^ seedOf(what)) | 1;
  for (let i = 0; i < words.length; i += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, length).slice();
}

const seeds = new Map<string, number>();

function seedOf(what: string): number {
  const seed = seeds.get(what) ?? readU32be(sha256(utf8(what)), 0);
  seeds.set(what, seed);
  return seed;
}

/** In the order of n: a table is filled from its beginning to its end, which spares LevelDB most of its moving. */
function idOf(what: string, n: number): Uint8Array {
  return concat(u32be(n), noise(what, n, 28));
}

export function secretOf(n: number): Uint8Array {
  return noise('secret', n, 32);
}

export function file(n: number): FileEntry {
  const facts = { storageIndex: `${n}`.padStart(26, 'a'), cap: 'a'.repeat(150), name: null, size: 1, createdMs: 0 };
  return { ...facts, needed: 3, happy: 7, total: SHARES, repairBelow: 7 };
}

export function blob(n: number): BlobEntry {
  const all = noise('cards', n, 32 * CARDS);
  const cards = Array.from({ length: CARDS }, (_, i) => all.slice(32 * i, 32 * (i + 1)));
  return {
    ...{ uuid: toHex(idOf('blob', n)), size: TERMS.size, file: file(Math.floor(n / SHARES)).storageIndex },
    ...{ share: n % SHARES, generation: 0, readkey: noise('readkey', n, 32), state: 'live', name: null },
    ...{ deck: { dealSlot: 0, cards, next: 0 }, contract: toHex(idOf('owned', n)), advert: null },
  };
}

/** Paid for some days to come, one steward's after the other's. */
export function owned(n: number): OwnedContract {
  const account = sha256(u32be(Math.floor(n / WITH_ONE)));
  return {
    ...{ id: toHex(idOf('owned', n)), signed: noise('signed', n, SIGNED_BYTES), uuid: toHex(idOf('blob', n)) },
    ...{ peer: '12D3KooW'.padEnd(52, 'a'), account, payee: PAYEE, secret: secretOf(n), ...TERMS, state: 'live' },
    ...{ confidence: 3, paidUntilSlot: 0, dueSlot: 10 * DAY + (n % (10 * DAY)), credit: 0n, payIndex: 4, attempt: 0 },
    ...{ bounty: null, coversUntilSlot: 0, paid: 1000n, outbox: { askedSlot: 1 } },
  };
}

export function kept(n: number): KeptContract {
  const signed = noise('signed kept', n, SIGNED_BYTES);
  return {
    ...{ id: toHex(idOf('kept', n)), signed, uuid: toHex(idOf('kept blob', n)), peer: '12D3KooW'.padEnd(52, 'a') },
    ...{ secret: secretOf(n), payeeIndex: n, payee: PAYEE, readkey: noise('readkey', n, 32) },
    ...{ locator: noise('locator', n, 32), ...TERMS, state: 'live', gracePercent: 150, confidence: 3 },
    ...{ lastPaidSlot: 0, next: 0, earned: 0n },
  };
}
