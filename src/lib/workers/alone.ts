import { type EncodedFile, type EncodeParams, type EncodeSecret, encodeFile } from '../codec/encode.js';
import type { ByteSource } from '../codec/source.js';
import { readFully } from './files.js';
import { type Outputs, sinksOf } from './outputs.js';

/** A whole file, open for reading until the job has settled. */
export interface OpenFile {
  fd: number;
  size: number;
}

export interface AloneJob {
  file: OpenFile;
  params: EncodeParams;
  secret: EncodeSecret;
  outputs: Outputs;
}

/** Encodes on the thread that calls it: what is small, and what is in segments too large to hand over. */
export function encodeAlone({ file, params, secret, outputs }: AloneJob): Promise<EncodedFile> {
  const sinks = sinksOf(outputs);
  return encodeFile(sourceOf(file), params, secret, (share) => sinks[share]);
}

function sourceOf({ fd, size }: OpenFile): ByteSource {
  return {
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      readFully(fd, bytes, offset);
      return bytes;
    },
  };
}
