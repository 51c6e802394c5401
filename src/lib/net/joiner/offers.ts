import { type JoinTarget, targetName } from '../../chain/join/records.js';
import { toHex } from '../../util/bytes.js';
import { LIMITS } from '../wire.js';
import type { JoinPeers } from './types.js';

/** One peer alone could make a chain of its own; of two that agree both would have to be its. */
export const AGREEING_MIN = 2;

/** A checkpoint, and the peers that offer it or vouch for it. */
export interface Offer {
  target: JoinTarget;
  peers: string[];
}

interface Candidate {
  target: JoinTarget;
  name: Uint8Array;
  offering: Set<string>;
  vouching: Set<string>;
}

/** What a checkpoint has to be taken by. */
export interface Choice {
  /** So many peers must agree. */
  needed: number;
  usable(target: JoinTarget): boolean;
  answerMs: number;
}

/**
 * What to join at, of what all peers offer: what most of them agree on, `needed` at the least; of such what most of them
 * serve, then the highest. Two peers of a liar's that offer what is higher do not outvote three that are honest. Who
 * does not serve a target itself may vouch for it: nodes serve what they kept since they were started. `answered`: by
 * how many peers.
 */
export async function chooseOffer(
  network: Pick<JoinPeers, 'peers' | 'requestCheckpoints' | 'requestVouch'>,
  { needed, usable, answerMs }: Choice,
  signal: AbortSignal,
): Promise<{ offer: Offer | undefined; answered: number }> {
  const offers = await askOffers(network, answerMs, signal);
  const candidates = candidatesOf(offers, usable);
  // The operator's word is a block's id, which does not commit to the work below it: of two stories most peers' counts.
  if (needed > 1 || candidates.length > 1) await askToVouch(network, candidates, answerMs, signal);
  const agreeing = ({ offering, vouching }: Candidate) => offering.size + vouching.size;
  const [best] = candidates
    .filter((candidate) => agreeing(candidate) >= needed)
    .sort(
      (a, b) => agreeing(b) - agreeing(a) || b.offering.size - a.offering.size || b.target.height - a.target.height,
    );
  const offer = best && { target: best.target, peers: [...best.offering, ...best.vouching] };
  return { offer, answered: offers.size };
}

function candidatesOf(
  offers: ReadonlyMap<string, readonly JoinTarget[]>,
  usable: (target: JoinTarget) => boolean,
): Candidate[] {
  const all = new Map<string, Candidate>();
  for (const [peer, targets] of offers) {
    for (const target of targets.filter(usable)) {
      const name = targetName(target);
      const key = toHex(name);
      const candidate = all.get(key) ?? { target, name, offering: new Set(), vouching: new Set() };
      all.set(key, candidate);
      candidate.offering.add(peer);
    }
  }
  return [...all.values()];
}

/** Asks every connected peer what it offers; who does not answer offers nothing. */
export async function askOffers(
  network: Pick<JoinPeers, 'peers' | 'requestCheckpoints'>,
  answerMs: number,
  signal: AbortSignal,
): Promise<Map<string, JoinTarget[]>> {
  const late = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
  const answers = await askAll(network.peers(), (peer) => network.requestCheckpoints(peer, late));
  signal.throwIfAborted();
  return answers;
}

/** Asks every peer about what it does not offer itself; who does not answer vouches for nothing. */
async function askToVouch(
  network: Pick<JoinPeers, 'peers' | 'requestVouch'>,
  candidates: readonly Candidate[],
  answerMs: number,
  signal: AbortSignal,
): Promise<void> {
  const late = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
  await askAll(network.peers(), async (peer) => {
    const others = candidates.filter(({ offering }) => !offering.has(peer)).slice(0, LIMITS.vouched);
    if (others.length === 0) return;
    const named = others.map(({ target: { height }, name }) => ({ height, name }));
    const answers = await network.requestVouch(peer, named, late);
    for (const [i, { vouching }] of others.entries()) if (answers[i]) vouching.add(peer);
  });
  signal.throwIfAborted();
}

async function askAll<T>(peers: string[], ask: (peer: string) => Promise<T>): Promise<Map<string, T>> {
  const asked = peers.map(async (peer): Promise<[string, T] | undefined> => {
    try {
      return [peer, await ask(peer)];
    } catch {
      return undefined;
    }
  });
  return new Map((await Promise.all(asked)).filter((answer) => answer !== undefined));
}
