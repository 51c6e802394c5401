import { storageIndexText } from '../codec/caps.js';
import { checkShares } from '../codec/verify.js';
import type { CheckRecord } from '../rpc/records.js';
import { tahoeCap } from './caps.js';
import { openShares } from './share-files.js';
import { happyFor } from './shares.js';

/** The verdict on a file whose shares lie in a directory. A LIT cap needs none. */
export async function checkOffline(dir: string, text: string): Promise<CheckRecord> {
  const cap = tahoeCap(text);
  const files = await openShares(dir, cap);
  try {
    if (cap.kind === 'lit') {
      const one = { needed: 1, happy: 1, total: 1, good: 1 };
      return { type: 'check', storage_index: null, ...one, shares: [], verdict: 'healthy' };
    }
    const { needed, total } = cap;
    const shares = (await checkShares(cap, files.shares)).map((share) => ({ ...share, peer: null }));
    const good = shares.filter((share) => share.good).length;
    const happy = happyFor(needed, total);
    const verdict = good < needed ? 'lost' : good < happy ? 'degraded' : 'healthy';
    return { type: 'check', storage_index: storageIndexText(cap), needed, happy, total, good, shares, verdict };
  } finally {
    await files.close();
  }
}
