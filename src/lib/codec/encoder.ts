import { ShareAssembler } from './assembler.js';
import { Breath } from './breath.js';
import { crypttextHasher } from './hashutil.js';
import { SegmentCoder } from './segment.js';
import type { Shape } from './shape.js';
import type { ShareSink } from './source.js';
import type { UebHashes } from './ueb.js';

/** Ciphertext in, shares out, on one thread: blocks go to the sinks strip by strip, the rest as it is known. */
export class ShareEncoder {
  readonly #sinks: (ShareSink | undefined)[];
  readonly #coder: SegmentCoder;
  readonly #assembler: ShareAssembler;
  readonly #crypttext = crypttextHasher();
  readonly #breath = new Breath();
  #next = 0;

  /** @param sinkFor asked once a share; a share without a sink is hashed and not written */
  constructor(shape: Shape, sinkFor: (share: number) => ShareSink | undefined) {
    this.#sinks = Array.from({ length: shape.total }, (_, share) => sinkFor(share));
    this.#coder = new SegmentCoder(shape);
    this.#assembler = new ShareAssembler(shape, (share) => this.#sinks[share]);
  }

  /** Segments in order, unpadded. */
  async segment(ciphertext: Uint8Array): Promise<void> {
    const index = this.#next++;
    this.#crypttext.update(ciphertext);
    const strips = this.#coder.strips(index, ciphertext);
    while (true) {
      const { done, value } = strips.next();
      if (done) return this.#assembler.add(index, value);
      const { offset, blocks } = value;
      await Promise.all(this.#sinks.map((sink, share) => sink?.write(offset, blocks[share]!)));
      await this.#breath.after(blocks.length * blocks[0]!.length, blocks.length);
    }
  }

  /** After the last segment: the hashes that a URI extension block holds. */
  seal(): Promise<UebHashes> {
    return this.#assembler.seal(this.#crypttext.digest());
  }

  /** After `seal`: completes every share that has a sink. */
  close(ueb: Uint8Array): Promise<void> {
    return this.#assembler.close(ueb);
  }
}
