import { concat, equal } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import type { ChkCap, VerifyCap } from './caps.js';
import { Ciphertext } from './ciphertext.js';
import { ShareEncoder } from './encoder.js';
import type { OnBadShare, Shares } from './gather.js';
import type { ShareSink } from './source.js';

/**
 * Makes shares again from any k good ones, byte for byte as they were, without the read key. One pass: the hashes
 * of all N shares are recomputed, the wanted ones written. What was written counts only once this returns, for
 * the roots are compared with the cap's at the end.
 *
 * @param wanted share numbers; @param sinkFor asked once for each of them
 * @throws Failure('usage') for a share the file does not have; Failure('lost') when fewer than k shares are good,
 *   or when they contradict the cap
 */
export async function rebuildShares(
  cap: ChkCap | VerifyCap,
  good: Shares,
  wanted: readonly number[],
  sinkFor: (share: number) => ShareSink | undefined,
  options: { onBadShare?: OnBadShare } = {},
): Promise<void> {
  const chosen = new Set(wanted);
  for (const share of chosen) {
    if (!Number.isInteger(share) || share < 0 || share >= cap.total) {
      throw new Failure('usage', `no such share: ${share}`, `the file has shares 0 to ${cap.total - 1}`);
    }
  }
  const ciphertext = await Ciphertext.open(cap, good, options.onBadShare);
  const encoder = new ShareEncoder(ciphertext.shape, (share) => (chosen.has(share) ? sinkFor(share) : undefined));
  for (let segment = 0; segment < ciphertext.shape.segments; segment++) {
    await encoder.segment((at, length) => joined(ciphertext.read(segment, at, at + length)));
  }
  if (!equal((await encoder.seal()).shareRoot, ciphertext.shareRoot)) {
    throw new Failure('lost', 'the rebuilt shares do not match the cap', 'the file was encoded wrongly');
  }
  await encoder.close(ciphertext.uebBytes);
}

async function joined(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const held: Uint8Array[] = [];
  for await (const part of parts) held.push(part);
  return held.length === 1 ? held[0]! : concat(...held);
}
