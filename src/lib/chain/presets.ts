import type { ParamsJson } from './params.js';

/** What makes one network differ from the next of the same parameters. */
export interface NewNetwork {
  name: string;
  /** 32 random bytes, hex. */
  salt: string;
  /** When slot 0 begins: milliseconds since the Unix epoch. */
  genesisTimeMs: number;
}

export const PRESETS = ['main', 'devnet'] as const;
export type Preset = (typeof PRESETS)[number];

/** The parameters of PROTOCOL §7, of a network that is about to begin. */
export function preset(kind: Preset, network: NewNetwork): ParamsJson {
  return kind === 'main' ? main(network) : devnet(network);
}

/**
 * Storage got 14 % cheaper a year (PROTOCOL §7), so tokens grow by 0.14 / 0.86 = 16.28 % a year. Each epoch mints on
 * what the epochs before minted: −ln 0.86 = 15.08 % a year comes to that.
 */
const MINT_RATE: [number, number] = [1508, 10_000];

const MIN_ACCOUNT_GRAINS = '10000';

function main({ name, salt, genesisTimeMs }: NewNetwork): ParamsJson {
  return {
    name,
    salt,
    genesisTimeMs,
    slotMs: 1000,
    f: [1, 10],
    daySlots: 86_400,
    cycleBlocks: 60_480,
    k: 360,
    settleDepth: 30,
    auctionSlots: 8640,
    // 14 tokens a block for a year: 4.4 · 10^15 grains, below 2^52.
    miningReward: '1400000000',
    powBlocks: 3_153_600,
    mintRate: MINT_RATE,
    // scrypt takes 8 ms: one core finds a block in the expected 10 s.
    firstTarget: target(10),
    // ASERT's half life: two days, as Bitcoin Cash took it.
    asertHalfLifeSlots: 172_800,
    minAccount: MIN_ACCOUNT_GRAINS,
    // 1,000 tokens: the bonds that an epoch's start walks over are 44,000 at most.
    minBond: '100000000000',
    minBaseFee: '1',
    entryWeight: 256,
    bodyBytesMin: 4 * 1024 * 1024,
    bodyBytesMax: 16 * 1024 * 1024,
    cycleBytes: 64 * 1024 ** 3,
    // The least an account may hold lasts a thousand days.
    rentPerDay: '10',
    rules: { rent: 1 },
    spreadAddresses: true,
  };
}

/** A shortened day: the demo's audits, auctions and losses fit into minutes. */
function devnet({ name, salt, genesisTimeMs }: NewNetwork): ParamsJson {
  return {
    name,
    salt,
    genesisTimeMs,
    slotMs: 250,
    f: [1, 2],
    // 5 blocks at the expected two slots a block.
    daySlots: 10,
    cycleBlocks: 2000,
    k: 4,
    settleDepth: 4,
    // 8 blocks.
    auctionSlots: 16,
    miningReward: '10000000000',
    powBlocks: 100_000,
    mintRate: MINT_RATE,
    // 16 hashes of 8 ms in the half second of a block: the one miner rests two thirds of the time.
    firstTarget: target(4),
    asertHalfLifeSlots: 120,
    minAccount: MIN_ACCOUNT_GRAINS,
    // 10 tokens: a tenth of a block's reward.
    minBond: '1000000000',
    minBaseFee: '1',
    entryWeight: 256,
    bodyBytesMin: 1024 * 1024,
    bodyBytesMax: 4 * 1024 * 1024,
    cycleBytes: 4 * 1024 ** 3,
    rentPerDay: '1',
    rules: { rent: 1 },
    spreadAddresses: false,
  };
}

/** A first mining target that about 2^bits scrypt hashes meet once; 64 hexadecimal digits. */
export function target(bits: number): string {
  return ((1n << 256n) >> BigInt(bits)).toString(16).padStart(64, '0');
}
