import { setTimeout as sleep } from 'node:timers/promises';
import { decodeHeader } from '../../chain/encoding.js';
import type { Join } from '../../chain/join/join.js';
import type { Part } from '../../chain/join/part.js';
import { toHex } from '../../util/bytes.js';
import { LIMITS } from '../wire.js';
import type { Sources } from './sources.js';
import type { JoinPeers } from './types.js';

/** Questions for parts under way at once, over all peers, and parts in a question. */
const ASKING = 6;
const PARTS = 16;
const WAIT_MS = 20;

/** Headers from the target down: each names the next, so they come one batch after the other. */
export async function fetchHeaders(join: Join, sources: Sources, network: JoinPeers, signal: AbortSignal) {
  while (join.wantedHeaders) {
    const { id, count } = join.wantedHeaders;
    const peer = await sources.next(signal);
    const max = Math.min(count, LIMITS.headers);
    await sources.ask(
      peer,
      (cut) => network.requestAncestors(peer, id, max, cut),
      (headers) => join.takeHeaders(headers.map(decodeHeader)),
      signal,
    );
  }
}

/** The parts of the state, from as many peers at once as there are. */
export async function fetchParts(join: Join, sources: Sources, network: JoinPeers, signal: AbortSignal) {
  // The header at the target says what the state's root is.
  while (join.progress.headers === 0) await sleep(WAIT_MS, undefined, { signal });
  const claimed = new Set<string>();
  await Promise.all(Array.from({ length: ASKING }, () => work(join, sources, network, claimed, signal)));
}

async function work(
  join: Join,
  sources: Sources,
  network: JoinPeers,
  claimed: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const wanted = join.wantedParts();
    if (wanted.length === 0) return;
    const peer = await sources.next(signal);
    const parts = join
      .wantedParts()
      .filter((part) => !claimed.has(nameOf(part)))
      .slice(0, PARTS);
    if (parts.length === 0) {
      await sleep(WAIT_MS, undefined, { signal });
      continue;
    }
    for (const part of parts) claimed.add(nameOf(part));
    try {
      await sources.ask(
        peer,
        (cut) => network.requestParts(peer, sources.target.id, parts, cut),
        async (answers) => {
          for (const [i, answer] of answers.entries()) await join.takePart(parts[i]!, answer);
        },
        signal,
      );
    } finally {
      for (const part of parts) claimed.delete(nameOf(part));
    }
  }
}

const nameOf = ({ depth, prefix }: Part) => `${depth} ${toHex(prefix)}`;
