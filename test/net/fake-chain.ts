import type { HeaderSummary, SyncLedger } from '../../src/lib/net/blocksync.js';
import { concat, equal, toHex, utf8 } from '../../src/lib/util/bytes.js';
import { decodeCbor, encodeCbor } from '../../src/lib/util/cbor.js';
import { sha256 } from './nodes.js';

export interface FakeBlock extends HeaderSummary {
  header: Uint8Array;
  body: Uint8Array[];
}

export class Invalid extends Error {}

const idOf = (header: Uint8Array) => sha256('id', header);

/** A header is [height, parent, hash of the body, whether its proof is good]; the longest chain wins. */
export function makeBlock(parent: HeaderSummary, body: Uint8Array[], good = true): FakeBlock {
  const height = parent.height + 1;
  const header = encodeCbor([height, parent.id, sha256('body', ...body), good]);
  return { header, body, height, parent: parent.id, id: idOf(header) };
}

export const GENESIS_BLOCK: FakeBlock = {
  header: encodeCbor([0, new Uint8Array(32), new Uint8Array(32), true]),
  body: [],
  height: 0,
  parent: new Uint8Array(32),
  id: sha256('the first'),
};

/** Enough of a ledger to sync with: no rules but that headers have good proofs and bodies fit. */
export class FakeChain implements SyncLedger {
  place: 1 | 2 | 3 = 1;
  readonly blocks = new Map<string, FakeBlock>([[toHex(GENESIS_BLOCK.id), GENESIS_BLOCK]]);
  tip: FakeBlock = GENESIS_BLOCK;
  added = 0;
  /** What waits for a block. */
  pool: Uint8Array[] = [];

  grow(count: number, tag = ''): FakeBlock[] {
    const made: FakeBlock[] = [];
    for (let i = 0; i < count; i++) {
      const block = makeBlock(this.tip, [utf8(`tx ${tag}${this.tip.height}`), new Uint8Array(1000)]);
      this.insert(block);
      made.push(block);
    }
    return made;
  }

  insert(block: FakeBlock): 'extended' | 'side' | 'reorganised' {
    this.blocks.set(toHex(block.id), block);
    if (block.height <= this.tip.height) return 'side';
    const extends_ = equal(block.parent, this.tip.id);
    this.tip = block;
    return extends_ ? 'extended' : 'reorganised';
  }

  get(id: Uint8Array): FakeBlock | undefined {
    return this.blocks.get(toHex(id));
  }

  /** From the tip back. */
  best(): FakeBlock[] {
    const chain: FakeBlock[] = [];
    for (let block: FakeBlock | undefined = this.tip; block; block = this.get(block.parent)) chain.push(block);
    return chain;
  }

  status() {
    return { height: this.tip.height, id: this.tip.id, work: BigInt(this.tip.height) };
  }

  locator(): Uint8Array[] {
    const chain = this.best();
    const ids: Uint8Array[] = [];
    for (let i = 0, step = 1; i < chain.length; i += step) {
      ids.push(chain[i]!.id);
      if (ids.length > 5) step *= 2;
    }
    return [...ids, GENESIS_BLOCK.id];
  }

  headersAfter(locator: Uint8Array[], max: number): Uint8Array[] {
    const chain = this.best().reverse();
    const found = locator.map((id) => chain.findIndex((block) => equal(block.id, id))).find((i) => i >= 0) ?? 0;
    return chain.slice(found + 1, found + 1 + max).map(({ header }) => header);
  }

  has(id: Uint8Array): boolean {
    return this.blocks.has(toHex(id));
  }

  readHeader(bytes: Uint8Array): HeaderSummary {
    const [height, parent] = decodeCbor(bytes) as [number, Uint8Array];
    if (!(parent instanceof Uint8Array)) throw new Invalid('no header');
    return { id: idOf(bytes), parent, height };
  }

  async checkHeaders(run: Uint8Array[]) {
    const { parent } = this.readHeader(run[0]!);
    if (!this.has(parent)) return 'orphan' as const;
    if (run.some((bytes) => (decodeCbor(bytes) as unknown[])[3] !== true)) throw new Invalid('no work in it');
    return 'good' as const;
  }

  placeOf(): 1 | 2 | 3 {
    return this.place;
  }

  async addBlock(header: Uint8Array, body: Uint8Array[]) {
    const summary = this.readHeader(header);
    const [, , , good] = decodeCbor(header) as [number, Uint8Array, Uint8Array, boolean];
    if (this.has(summary.id)) return 'known' as const;
    if (!this.has(summary.parent)) return 'orphan' as const;
    if (!good) throw new Invalid('no work in it');
    if (!this.fits(header, body)) throw new Invalid('not its body');
    this.added += 1;
    return this.insert({ ...summary, header, body });
  }

  fits(header: Uint8Array, body: Uint8Array[]): boolean {
    const [, , bodyHash] = decodeCbor(header) as [number, Uint8Array, Uint8Array];
    return equal(bodyHash, sha256('body', concat(...body)));
  }

  waiting(): Uint8Array[] {
    return this.pool;
  }

  blame(error: unknown): number {
    return error instanceof Invalid ? 100 : 0;
  }
}
