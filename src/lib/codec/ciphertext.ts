import { equal } from '../util/bytes.js';
import { Breath } from './breath.js';
import type { ChkCap, VerifyCap } from './caps.js';
import { contradiction } from './fault.js';
import { FecDecoder } from './fec.js';
import { Gathering, type OnBadShare, type Shares } from './gather.js';
import { hashCrypttextSegment } from './hashutil.js';
import { type Holding, holdingFor, isWide } from './holding.js';
import { blockLength, type Shape, segmentLength } from './shape.js';
import { WideSegment } from './wide-segment.js';

/** A file's ciphertext, any part of it, from any k good shares. Methods throw Failure('lost'). */
export class Ciphertext {
  readonly #gathering: Gathering;
  readonly #holding: Holding;
  readonly #fec: FecDecoder;
  readonly #breath = new Breath();
  #held = new Uint8Array(0);
  #wide: WideSegment | undefined;

  private constructor(gathering: Gathering, holding: Holding) {
    this.#gathering = gathering;
    this.#holding = holding;
    this.#fec = new FecDecoder(this.shape.needed, this.shape.total);
  }

  static async open(
    cap: ChkCap | VerifyCap,
    shares: Shares,
    onBadShare?: OnBadShare,
    holding: Holding = holdingFor(cap),
  ): Promise<Ciphertext> {
    return new Ciphertext(await Gathering.open(cap, shares, onBadShare), holding);
  }

  get shape(): Shape {
    return this.#gathering.ueb.shape;
  }

  /** As a good share holds it. */
  get uebBytes(): Uint8Array {
    return this.#gathering.uebBytes;
  }

  /** What the share tree's root must be. */
  get shareRoot(): Uint8Array {
    return this.#gathering.ueb.shareRoot;
  }

  /** Bytes `from` to `to` of a segment, all of it checked first, in parts; each lasts until the next call. */
  async *read(index: number, from: number, to: number): AsyncGenerator<Uint8Array> {
    if (!isWide(this.shape, index, this.#holding)) {
      yield (await this.#segment(index)).subarray(from, to);
      return;
    }
    if (this.#wide?.index !== index) {
      this.#wide = await WideSegment.open(this.#gathering, this.#fec, index, this.#holding);
    }
    yield* this.#wide.read(from, to);
  }

  async #segment(index: number): Promise<Uint8Array> {
    const length = blockLength(this.shape, index);
    const pieces = this.#fec.decode(await this.#gathering.fromEach((reader) => reader.block(index)));
    const size = pieces.length * length;
    if (this.#held.length < size) this.#held = new Uint8Array(size);
    pieces.forEach((piece, at) => {
      this.#held.set(piece, at * length);
    });
    const ciphertext = this.#held.subarray(0, segmentLength(this.shape, index));
    const hash = hashCrypttextSegment(ciphertext);
    if (!equal(hash, await this.#gathering.crypttextLeaf(index))) throw contradiction(index);
    await this.#breath.after(size, pieces.length);
    return ciphertext;
  }
}
