import type { Advert, Bid, Reveal } from '../../src/lib/chain/types.js';
import { publicFromSeed, signWithSeed } from '../../src/lib/crypto/ed25519.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import type { Contract } from '../../src/lib/market/contract.js';
import type { Sign } from '../../src/lib/market/signed.js';
import { utf8 } from '../../src/lib/util/bytes.js';

/** 32 bytes for a name, the same each time. */
export function hashOf(name: string): Uint8Array {
  return sha256(utf8(name));
}

export function accountOf(name: string): Uint8Array {
  return publicFromSeed(hashOf(name));
}

export function signerOf(name: string): Sign {
  return (message) => signWithSeed(hashOf(name), message);
}

export const ADVERT_ID = hashOf('advert');

export function advertOf(change: Partial<Advert> = {}): Advert {
  return {
    from: hashOf('owner account'),
    lots: 3,
    size: 1 << 20,
    term: 90,
    reserve: 1000n,
    creditDays: 35,
    opened: 100,
    closes: 200,
    revealsUntil: 300,
    contact: accountOf('contact'),
    excluded: [],
    bids: 0,
    ...change,
  };
}

export function revealOf(name: string, price: bigint): Reveal {
  return { price, peer: utf8(`peer ${name}`), payee: accountOf(`payee ${name}`), salt: hashOf(`salt ${name}`) };
}

export function bidOf(name: string, price: bigint | null): Bid {
  const reveal = price === null ? null : revealOf(name, price);
  return { account: accountOf(name), commitment: hashOf(`commit ${name}`), deposit: 5n, reveal };
}

/** "b" won lot 1 of these at 400: a 100, b 200, c 300 | d 400. */
export const BIDS = [bidOf('a', 100n), bidOf('b', 200n), bidOf('c', 300n), bidOf('d', 400n)];

export function contractOf(change: Partial<Contract> = {}): Contract {
  const { peer, payee } = revealOf('b', 200n);
  return {
    network: hashOf('network'),
    advert: ADVERT_ID,
    lot: 1,
    uuid: hashOf('blob'),
    size: 1 << 20,
    price: 400n,
    secret: hashOf('secret'),
    payee,
    readkey: hashOf('readkey'),
    startSlot: 310,
    gracePercent: 150,
    maxCredit: 14n,
    termDays: 90,
    bandPercent: 15,
    contact: accountOf('contact'),
    account: accountOf('b'),
    peer,
    ...change,
  };
}
