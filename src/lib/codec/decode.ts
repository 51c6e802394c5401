import type { ChkCap, LitCap } from './caps.js';
import { decryptor } from './cipher.js';
import { Ciphertext, type OnBadShare } from './gather.js';
import type { ByteSource } from './source.js';

/**
 * Restores a file from its cap and any k good shares, a segment at a time. Every byte handed on has been checked
 * against the cap. A LIT cap needs no shares.
 *
 * @param onSegment plaintext in order, each byte once
 * @throws Failure('lost') when fewer than k shares are good; plaintext handed on before that was right
 */
export async function decodeFile(
  cap: ChkCap | LitCap,
  shares: ReadonlyMap<number, ByteSource>,
  onSegment: (plaintext: Uint8Array) => Promise<void> | void,
  options: { onBadShare?: OnBadShare } = {},
): Promise<void> {
  if (cap.kind === 'lit') {
    if (cap.data.length > 0) await onSegment(cap.data);
    return;
  }
  const ciphertext = await Ciphertext.open(cap, shares, options.onBadShare);
  const decrypt = decryptor(cap.key);
  for (let segment = 0; segment < ciphertext.shape.segments; segment++) {
    await onSegment(decrypt(await ciphertext.segment(segment)));
  }
}
