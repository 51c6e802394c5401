import { hmacSha256 } from '../crypto/hash.js';
import { equal, u32be } from '../util/bytes.js';
import { invariant } from '../util/errors.js';

/** The name of payment i under a contract: 32 bytes that only owner and steward recognise. */
export function contractName(contractSecret: Uint8Array, i: number): Uint8Array {
  return hmacSha256(contractSecret, u32be(i));
}

/** Names expected a contract: at an audit every 28 days, more than a steward will miss. */
export const WINDOW = 1024;
/** Windows' entries are small integers, ordinal · WINDOW + i mod WINDOW: V8 keeps those without a heap object. */
const MAX_CONTRACTS = 1 << 20;

interface Expected {
  id: string;
  ordinal: number;
  secret: Uint8Array;
  /** The window is from … from + size − 1. */
  from: number;
}

/**
 * The steward's map from the names it expects to its contracts: a lookup takes the same time however many
 * contracts there are. To be lean it holds 48 bits of each name, and works the whole name out again when
 * those match; names that share the 48 bits share an entry.
 */
export class NameWindow {
  private readonly entries = new Map<number, number | number[]>();
  private readonly byId = new Map<string, Expected>();
  private readonly byOrdinal: (Expected | undefined)[] = [];
  private readonly freeOrdinals: number[] = [];

  /** `size`: names a contract, a power of two up to WINDOW; a steward of very many contracts may want fewer. */
  constructor(private readonly size: number = WINDOW) {
    invariant(size >= 1 && size <= WINDOW && WINDOW % size === 0, `a window of ${size} names`);
  }

  get contracts(): number {
    return this.byId.size;
  }

  /** Expects the names from i = `from` on. A contract that is there already is an error. */
  add(contractId: string, secret: Uint8Array, from: number): void {
    invariant(!this.byId.has(contractId), 'the contract is in the window already');
    const ordinal = this.freeOrdinals.pop() ?? this.byOrdinal.length;
    invariant(ordinal < MAX_CONTRACTS, 'too many contracts for one window');
    const expected = { id: contractId, ordinal, secret: secret.slice(), from };
    this.byId.set(contractId, expected);
    this.byOrdinal[ordinal] = expected;
    this.insert(expected, from, from + this.size);
  }

  /** The contract and payment number behind a name, or undefined: not ours, or not expected. */
  lookup(name: Uint8Array): { contractId: string; i: number } | undefined {
    if (name.length !== 32) return undefined;
    const found = this.entries.get(prefix(name));
    if (found === undefined) return undefined;
    for (const entry of typeof found === 'number' ? [found] : found) {
      const expected = this.byOrdinal[Math.floor(entry / WINDOW)]!;
      const i = this.indexIn(expected, entry % WINDOW);
      if (equal(contractName(expected.secret, i), name)) return { contractId: expected.id, i };
    }
    return undefined;
  }

  /**
   * Moves a contract's window forward to begin at `from`: what is before it is forgotten. Call it with
   * what has settled, not with what was just seen: a reorganisation brings names back. Never backward.
   */
  advance(contractId: string, from: number): void {
    const expected = this.byId.get(contractId);
    if (!expected || from <= expected.from) return;
    const end = expected.from + this.size;
    this.delete(expected, expected.from, Math.min(from, end));
    expected.from = from;
    this.insert(expected, Math.max(from, end), from + this.size);
  }

  remove(contractId: string): void {
    const expected = this.byId.get(contractId);
    if (!expected) return;
    this.delete(expected, expected.from, expected.from + this.size);
    this.byId.delete(contractId);
    this.byOrdinal[expected.ordinal] = undefined;
    this.freeOrdinals.push(expected.ordinal);
  }

  /** The one i of the window with this remainder. */
  private indexIn({ from }: Expected, remainder: number): number {
    return from + ((((remainder - from) % this.size) + this.size) % this.size);
  }

  private insert(expected: Expected, from: number, end: number): void {
    for (let i = from; i < end; i += 1) {
      const key = prefix(contractName(expected.secret, i));
      const entry = expected.ordinal * WINDOW + (i % this.size);
      const found = this.entries.get(key);
      if (found === undefined) this.entries.set(key, entry);
      else this.entries.set(key, typeof found === 'number' ? [found, entry] : [...found, entry]);
    }
  }

  private delete(expected: Expected, from: number, end: number): void {
    for (let i = from; i < end; i += 1) {
      const key = prefix(contractName(expected.secret, i));
      const entry = expected.ordinal * WINDOW + (i % this.size);
      const found = this.entries.get(key);
      if (typeof found === 'number') this.entries.delete(key);
      else if (found)
        this.replace(
          key,
          found.filter((other) => other !== entry),
        );
    }
  }

  private replace(key: number, left: number[]): void {
    if (left.length === 0) this.entries.delete(key);
    else this.entries.set(key, left);
  }
}

/** The first 48 bits, as a number that a double holds exactly. */
function prefix(name: Uint8Array): number {
  return Buffer.from(name.buffer, name.byteOffset, 6).readUIntBE(0, 6);
}
