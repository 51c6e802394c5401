import { createHash } from 'node:crypto';

/**
 * Chris Doty-Humphrey's sfc32 (PractRand), seeded by a hash: the whole simulation draws from it, so that its
 * seed is all that a run depends on.
 */
export class Random {
  readonly #state: Uint32Array;

  constructor(seed: string) {
    const hash = createHash('sha256').update(`holdfast/sim/v1 ${seed}`).digest();
    this.#state = Uint32Array.from([0, 4, 8, 12], (at) => hash.readUInt32LE(at));
  }

  u32(): number {
    const s = this.#state;
    const out = (s[0]! + s[1]! + s[3]!) >>> 0;
    s[3]! += 1;
    s[0] = s[1]! ^ (s[1]! >>> 9);
    s[1] = s[2]! + (s[2]! << 3);
    s[2] = ((s[2]! << 21) | (s[2]! >>> 11)) + out;
    return out;
  }

  /** In [0, 1). */
  unit(): number {
    return (this.u32() * 2 ** 21 + (this.u32() >>> 11)) / 2 ** 53;
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.unit() * (max - min + 1));
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(0, list.length - 1)]!;
  }

  shuffled<T>(list: readonly T[]): T[] {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [out[i], out[j]] = [out[j]!, out[i]!];
    }
    return out;
  }
}
