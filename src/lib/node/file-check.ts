import { storageIndexText } from '../codec/caps.js';
import type { CheckRecord } from '../rpc/records.js';
import type { Spool } from '../store/spool.js';
import { utf8 } from '../util/bytes.js';
import { parseSealedCap } from './caps.js';
import type { Context } from './context.js';
import { ShareHunt } from './fetch.js';

/** Every share that can be found, fetched and verified in full. */
export async function checkFile(context: Context, spool: Spool, text: string): Promise<CheckRecord> {
  const sealed = parseSealedCap(text);
  const { cap } = sealed;
  if (cap.kind === 'lit') {
    const one = { needed: 1, happy: 1, total: 1, good: 1 };
    return { type: 'check', storage_index: null, ...one, shares: [], verdict: 'healthy' };
  }
  const storageIndex = storageIndexText(cap);
  const { needed, total } = cap;
  const hunt = new ShareHunt(context, spool, sealed, cap);
  const found = await hunt.collect(total);
  for (const share of found.values()) await share.release();
  if (found.size < needed && hunt.missing) throw hunt.missing;
  const happy = context.books.files.get(utf8(storageIndex))?.happy ?? Math.min(total, Math.max(needed, 7));
  const good = found.size;
  const verdict = good < needed ? 'lost' : good < happy ? 'degraded' : 'healthy';
  const shares = [...hunt.verdicts.values()].sort((a, b) => a.share - b.share);
  return { type: 'check', storage_index: storageIndex, needed, happy, total, good, shares, verdict };
}
