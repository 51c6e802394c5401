import type { Cap } from './caps.js';
import { ShareFault } from './fault.js';
import { ShareReader } from './reader.js';
import type { ByteSource } from './source.js';

export interface ShareVerdict {
  share: number;
  good: boolean;
  /** What is wrong with a bad share, for the operator. */
  reason: string | null;
}

/**
 * A verdict on each share, by itself: no share is needed to check another, nor the read key. Stricter than a
 * download, which does without the header's sizes and the unused region.
 */
export async function checkShares(cap: Cap, shares: ReadonlyMap<number, ByteSource>): Promise<ShareVerdict[]> {
  const verdicts: ShareVerdict[] = [];
  for (const [share, source] of shares) {
    try {
      if (cap.kind === 'lit') throw new ShareFault('a file in a LIT cap has no shares');
      await (await ShareReader.open(source, share, cap)).check();
      verdicts.push({ share, good: true, reason: null });
    } catch (error) {
      if (!(error instanceof ShareFault)) throw error;
      verdicts.push({ share, good: false, reason: error.message });
    }
  }
  return verdicts.sort((a, b) => a.share - b.share);
}
