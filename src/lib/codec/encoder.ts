import { ShareAssembler } from './assembler.js';
import { Breath } from './breath.js';
import { crypttextHasher } from './hashutil.js';
import { type Holding, holdingFor, isWide } from './holding.js';
import { SegmentCoder, type SegmentHashes, type Strip } from './segment.js';
import { type Shape, segmentLength } from './shape.js';
import type { ShareSink } from './source.js';
import type { UebHashes } from './ueb.js';
import { type SegmentReader, WideCoder } from './wide-coder.js';

/** Ciphertext in, shares out, on one thread: blocks go to the sinks strip by strip, the rest as it is known. */
export class ShareEncoder {
  readonly #shape: Shape;
  readonly #holding: Holding;
  readonly #sinks: (ShareSink | undefined)[];
  readonly #coder: SegmentCoder;
  readonly #wideCoder: WideCoder;
  readonly #assembler: ShareAssembler;
  readonly #crypttext = crypttextHasher();
  readonly #breath = new Breath();
  #next = 0;

  /** @param sinkFor asked once a share; a share without a sink is hashed and not written */
  constructor(shape: Shape, sinkFor: (share: number) => ShareSink | undefined, holding: Holding = holdingFor(shape)) {
    this.#shape = shape;
    this.#holding = holding;
    this.#sinks = Array.from({ length: shape.total }, (_, share) => sinkFor(share));
    this.#coder = new SegmentCoder(shape);
    this.#wideCoder = new WideCoder(shape, holding);
    this.#assembler = new ShareAssembler(shape, (share) => this.#sinks[share]);
  }

  /** The next segment. It is read once from start to end, and more often where it is too large to hold. */
  async segment(read: SegmentReader): Promise<void> {
    const index = this.#next++;
    const strips = isWide(this.#shape, index, this.#holding)
      ? this.#wideCoder.strips(index, read, (bytes) => this.#crypttext.update(bytes))
      : this.#coder.strips(index, await this.#whole(index, read));
    return this.#assembler.add(index, await this.#drain(strips));
  }

  /** After the last segment: the hashes that a URI extension block holds. */
  seal(): Promise<UebHashes> {
    return this.#assembler.seal(this.#crypttext.digest());
  }

  /** After `seal`: completes every share that has a sink. */
  close(ueb: Uint8Array): Promise<void> {
    return this.#assembler.close(ueb);
  }

  async #whole(index: number, read: SegmentReader): Promise<Uint8Array> {
    const ciphertext = await read(0, segmentLength(this.#shape, index));
    this.#crypttext.update(ciphertext);
    return ciphertext;
  }

  async #drain(strips: Generator<Strip, SegmentHashes> | AsyncGenerator<Strip, SegmentHashes>): Promise<SegmentHashes> {
    while (true) {
      const { done, value } = await strips.next();
      if (done) return value;
      const { offset, blocks } = value;
      await Promise.all(this.#sinks.map((sink, share) => sink?.write(offset, blocks[share]!)));
      await this.#breath.after(blocks.length * blocks[0]!.length, blocks.length);
    }
  }
}
