import { withStewardTerms } from '../plan/policy-file.js';
import { changePolicyFile } from '../store/policy-file.js';
import type { Books } from './books.js';
import type { Log } from './log.js';

/**
 * Releases before the policy file kept the standing bid in the books: it moves to the file, once. The file is on disk
 * before the books forget, so a kill in between does it again; what a person has written there by then stands.
 */
export async function moveStandingBid(books: Books, policy: string, log: Pick<Log, 'info'>): Promise<void> {
  const { standing } = books;
  if (!standing) return;
  await changePolicyFile(policy, (json) =>
    json.steward?.price === undefined ? withStewardTerms(json, standing) : json,
  );
  await books.commit([books.forgetStanding()]);
  log.info({ policy }, 'the standing bid moved to the policy file');
}
