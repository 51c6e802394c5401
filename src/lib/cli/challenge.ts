import { answer } from '../bounty/challenge.js';
import { fromHex, toHex } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import type { ChallengeRecord } from './records.js';
import { openSource } from './source.js';

/** The public key that a blob's bytes give for a nonce. Its length is hashed first, so stdin is kept in `dir`. */
export async function answerChallenge(nonceHex: string, file: string, dir: string): Promise<ChallengeRecord> {
  const nonce = fromHex(nonceHex);
  if (nonce?.length !== 32) throw new Failure('usage', 'a nonce is 64 hexadecimal digits');
  const source = await openSource(file, dir);
  try {
    const { key } = await answer(nonce, source.size, source.chunks());
    return { type: 'challenge', nonce: toHex(nonce), key: toHex(key), bytes: source.size };
  } finally {
    await source.close();
  }
}
