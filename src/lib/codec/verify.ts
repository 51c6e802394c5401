import { Breath } from './breath.js';
import type { Cap, ChkCap, VerifyCap } from './caps.js';
import { ShareFault } from './fault.js';
import { ShareReader } from './reader.js';
import type { ByteSource } from './source.js';

export interface ShareVerdict {
  share: number;
  good: boolean;
  /** What is wrong with a bad share, for the operator. */
  reason: string | null;
}

/** Reads a share whole and checks every byte of it. Throws ShareFault. */
async function checkShare(source: ByteSource, share: number, cap: ChkCap | VerifyCap, breath: Breath): Promise<void> {
  const reader = await ShareReader.open(source, share, cap);
  await reader.check(breath);
}

/**
 * A verdict on each share, by itself: no share is needed to check another, nor the read key. Stricter than a
 * download, which does without the header's sizes and the unused region.
 */
export async function checkShares(cap: Cap, shares: ReadonlyMap<number, ByteSource>): Promise<ShareVerdict[]> {
  const verdicts: ShareVerdict[] = [];
  const breath = new Breath();
  for (const [share, source] of shares) {
    try {
      if (cap.kind === 'lit') throw new ShareFault('a file in a LIT cap has no shares');
      await checkShare(source, share, cap, breath);
      verdicts.push({ share, good: true, reason: null });
    } catch (error) {
      if (!(error instanceof ShareFault)) throw error;
      verdicts.push({ share, good: false, reason: error.message });
    }
  }
  return verdicts.sort((a, b) => a.share - b.share);
}
