import type { PeerId } from '@libp2p/interface';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { Failure } from '../util/errors.js';
import type { Host } from './host.js';
import { LIMITS } from './wire.js';

/** host/tcp/port, optionally with the peer id: nothing else is ever dialled, whoever names it. */
const SHAPE = /^\/(ip4|ip6|dns4|dns6|dns)\/[^/]{1,253}\/tcp\/\d{1,5}(\/p2p\/[1-9A-HJ-NP-Za-km-z]{1,64})?$/;

/** A stranger's address, or undefined where it is not one to dial. */
export function readAddress(text: string): Multiaddr | undefined {
  if (text.length > LIMITS.addressText || !SHAPE.test(text)) return undefined;
  try {
    return multiaddr(text);
  } catch {
    return undefined;
  }
}

/** The operator's own list: a usage Failure names the bad one. */
export function parseAddress(text: string): Multiaddr {
  const address = readAddress(text);
  if (!address) throw new Failure('usage', `not an address: ${text}`, 'write it like /ip4/192.0.2.7/tcp/4001');
  return address;
}

export function peerOf(address: Multiaddr): string | undefined {
  return address.getComponents().findLast(({ name }) => name === 'p2p')?.value;
}

/** Where a peer says it listens (identify), without its id; at most LIMITS.addresses. */
export async function addressesOf(host: Host, peer: PeerId): Promise<string[]> {
  let known: string[];
  try {
    known = (await host.peerStore.get(peer)).addresses.map((entry) => entry.multiaddr.toString());
  } catch {
    // never met
    known = [];
  }
  // We dialled it there and it answered: good for others too, even where identify told nothing.
  const dialled = host
    .getConnections(peer)
    .filter(({ direction }) => direction === 'outbound')
    .map(({ remoteAddr }) => remoteAddr.toString());
  const bare = [...known, ...dialled].map((text) => text.replace(/\/p2p\/[^/]+$/, ''));
  return [...new Set(bare)].filter((text) => readAddress(text)).slice(0, LIMITS.addresses);
}
