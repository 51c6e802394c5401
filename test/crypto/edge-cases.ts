import { fromHex, utf8 } from '../../src/lib/util/bytes.js';
import { vector } from '../helpers/root.js';

export interface Case {
  name: string;
  key: Uint8Array;
  signature: Uint8Array;
  message: Uint8Array;
}

interface Speccheck {
  accepted: Record<string, number[]>;
  cases: { message: string; pub_key: string; signature: string }[];
}

/** "Taming the many EdDSAs", https://eprint.iacr.org/2020/1244. */
export const published = JSON.parse(vector('ed25519-speccheck.json')) as Speccheck;
export const speccheck: Case[] = published.cases.map((c, i) => ({
  name: `speccheck ${i}`,
  key: fromHex(c.pub_key)!,
  signature: fromHex(c.signature)!,
  message: fromHex(c.message)!,
}));

interface Cctv {
  number: number;
  key: string;
  sig: string;
  msg: string;
  flags: string[] | null;
}

/** C2SP's, https://c2sp.org/CCTV/ed25519. */
export const tagged = (JSON.parse(vector('ed25519-cctv.json')) as Cctv[]).map((c) => ({
  name: `cctv ${c.number}`,
  key: fromHex(c.key)!,
  signature: fromHex(c.sig)!,
  message: utf8(c.msg),
  flags: c.flags ?? [],
}));

export const everyCase: Case[] = [...speccheck, ...tagged];
