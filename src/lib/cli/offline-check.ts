import { type Cap, type ChkCap, storageIndexText, type VerifyCap } from '../codec/caps.js';
import { happyFor, healthOf } from '../codec/happy.js';
import { checkShares } from '../codec/verify.js';
import type { CheckRecord } from '../rpc/records.js';
import { openShares, type ShareFile } from './share-files.js';

/** A share's file that does not hold the share; where another one does, the share is good all the same. */
export interface BadFile {
  file: ShareFile;
  reason: string;
}

export interface Survey {
  record: CheckRecord & { storage_index: string };
  /** One file of each good share. */
  good: Map<number, ShareFile>;
  bad: BadFile[];
  close(): Promise<void>;
}

/** Reads every share of a file in some directories, in full; of several files of one share, until one is good. */
export async function surveyShares(
  dirs: readonly string[],
  cap: ChkCap | VerifyCap,
  wanted: number | undefined,
): Promise<Survey> {
  const files = await openShares(dirs, cap);
  const good = new Map<number, ShareFile>();
  const bad: BadFile[] = [];
  try {
    for (const [share, candidates] of files.found) {
      for (const file of candidates) {
        const [verdict] = await checkShares(cap, new Map([[share, file.source]]));
        if (verdict!.good) good.set(share, file);
        else bad.push({ file, reason: verdict!.reason! });
        if (verdict!.good) break;
      }
    }
  } catch (error) {
    await files.close();
    throw error;
  }
  const { needed, total } = cap;
  const happy = happyFor(needed, total, wanted);
  const shares = Array.from({ length: total }, (_, share) => {
    const reason = bad.find(({ file }) => file.share === share)?.reason ?? 'there is no such share';
    return { share, good: good.has(share), peer: null, reason: good.has(share) ? null : reason };
  });
  const counts = { needed, happy, total, good: good.size };
  const verdict = healthOf(good.size, needed, happy);
  const record = { type: 'check' as const, storage_index: storageIndexText(cap), ...counts, shares, verdict };
  return { record, good, bad, close: files.close };
}

/**
 * The verdict on a file whose shares lie in a directory. A LIT cap needs none.
 *
 * @param onBadCopy told of a file that is bad, where another one holds the same share
 */
export async function checkOffline(
  dir: string,
  cap: Cap,
  options: { happy: number | undefined; onBadCopy: (path: string, reason: string) => void },
): Promise<CheckRecord> {
  if (cap.kind === 'lit') {
    const one = { needed: 1, happy: 1, total: 1, good: 1 };
    return { type: 'check', storage_index: null, ...one, shares: [], verdict: 'healthy' };
  }
  const survey = await surveyShares([dir], cap, options.happy);
  await survey.close();
  for (const { file, reason } of survey.bad) if (survey.good.has(file.share)) options.onBadCopy(file.path, reason);
  return survey.record;
}
