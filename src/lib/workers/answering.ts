import { type Answer, createChallenge } from '../bounty/challenge.js';
import { type Extent, pieces } from './files.js';

export interface AnswerJob {
  nonce: Uint8Array;
  extent: Extent;
}

export function answerExtent({ nonce, extent }: AnswerJob): Answer {
  const challenge = createChallenge(nonce, extent.size);
  for (const piece of pieces(extent)) challenge.update(piece);
  return challenge.finish();
}
