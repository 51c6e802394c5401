import type { JoinTarget } from '../../chain/join/join.js';
import { sha256 } from '../../crypto/hash.js';
import { toHex } from '../../util/bytes.js';
import { encodeCbor } from '../../util/cbor.js';

/** One peer alone could make a chain of its own; of two that agree both would have to be its. */
export const AGREEING_MIN = 2;

/** A checkpoint, and the peers that offer it. */
export interface Offer {
  target: JoinTarget;
  peers: string[];
}

/** Two targets of one name are the same in every byte: the work so far, which no id commits to, too. */
export function targetName({ height, id, start }: JoinTarget): string {
  return toHex(sha256(encodeCbor([height, id, start])));
}

/**
 * What to take of what each peer offers: what most peers agree on, `needed` at the least; of such the highest.
 * Two peers of a liar's that offer what is higher do not outvote three that are honest.
 */
export function agreedOffer(
  offers: ReadonlyMap<string, readonly JoinTarget[]>,
  needed: number,
  usable: (target: JoinTarget) => boolean,
): Offer | undefined {
  const all = new Map<string, { target: JoinTarget; peers: Set<string> }>();
  for (const [peer, targets] of offers) {
    for (const target of targets.filter(usable)) {
      const name = targetName(target);
      const entry = all.get(name) ?? { target, peers: new Set() };
      all.set(name, entry);
      entry.peers.add(peer);
    }
  }
  const [best] = [...all.values()]
    .filter(({ peers }) => peers.size >= needed)
    .sort((a, b) => b.peers.size - a.peers.size || b.target.height - a.target.height);
  return best && { target: best.target, peers: [...best.peers] };
}

/** Asks every connected peer what it offers; who does not answer offers nothing. */
export async function askOffers(
  network: {
    peers(): string[];
    requestCheckpoints(peer: string, signal?: AbortSignal): Promise<JoinTarget[]>;
  },
  answerMs: number,
  signal: AbortSignal,
): Promise<Map<string, JoinTarget[]>> {
  const late = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
  const asked = network.peers().map(async (peer): Promise<[string, JoinTarget[]] | undefined> => {
    try {
      return [peer, await network.requestCheckpoints(peer, late)];
    } catch {
      return undefined;
    }
  });
  const answers = await Promise.all(asked);
  signal.throwIfAborted();
  return new Map(answers.filter((answer) => answer !== undefined));
}
