import { checkProof } from '../rpc/proof.js';
import type { ProvenRecord } from '../rpc/records.js';
import { Failure } from '../util/errors.js';

export { checkProof };

/** Checks a proof as `chain proof --json` prints it. Throws a Failure that says why it does not hold. */
export function checkLine(line: string): ProvenRecord {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw new Failure('failure', 'the proof does not hold: it is not JSON');
  }
  return checkProof(json);
}
