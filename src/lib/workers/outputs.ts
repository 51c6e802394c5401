import type { ShareSink } from '../codec/source.js';
import { CounterStream } from '../seal/ctr.js';
import { writeFully } from './files.js';

/** Where a share goes, in a file that stays open meanwhile. */
export interface Output {
  fd: number;
  /** The share's first byte, in the file. */
  start: number;
  /** The AES-256 key (seal's `sealKey`) under which the share is sealed on its way. */
  seal?: Uint8Array | undefined;
}

/** Synchronous: for threads, and for what is small. */
export class OutputSink implements ShareSink {
  readonly #stream: CounterStream | undefined;

  constructor(private readonly output: Output) {
    this.#stream = output.seal && new CounterStream(output.seal);
  }

  put(offset: number, bytes: Uint8Array): void {
    const { fd, start } = this.output;
    writeFully(fd, this.#stream ? this.#stream.apply(offset, bytes) : bytes, start + offset);
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    this.put(offset, bytes);
  }
}

/** One a share; a share that goes nowhere is hashed only. */
export type Outputs = readonly (Output | undefined)[];

export function sinksOf(outputs: Outputs): (OutputSink | undefined)[] {
  return outputs.map((output) => output && new OutputSink(output));
}
