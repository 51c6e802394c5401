import { storageIndexText } from '../codec/caps.js';
import { happyFor, healthOf } from '../codec/happy.js';
import type { MethodParams } from '../rpc/methods.js';
import type { CheckRecord } from '../rpc/records.js';
import type { Spool } from '../store/spool.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { parseSealedCap } from './caps.js';
import type { Context } from './context.js';
import { ShareHunt } from './fetch.js';

export type CheckParams = MethodParams<'file.check'>;

/** Every share that can be found, fetched and verified in full. */
export async function checkFile(context: Context, spool: Spool, params: CheckParams): Promise<CheckRecord> {
  const sealed = parseSealedCap(params.cap);
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
  const happy = happyFor(needed, total, params.happy ?? context.books.files.get(utf8(storageIndex))?.happy);
  const good = found.size;
  const verdict = healthOf(good, needed, happy);
  if (hunt.bare && verdict !== 'healthy') {
    throw new Failure(
      'failure',
      `only ${good} of its ${total} shares are here; the others are kept by a Tahoe grid`,
      'check it there, with tahoe check, or see what its bounties say: holdfast bounty ls',
    );
  }
  const shares = [...hunt.verdicts.values()].sort((a, b) => a.share - b.share);
  return { type: 'check', storage_index: storageIndex, needed, happy, total, good, shares, verdict };
}
