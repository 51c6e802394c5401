import { isIP } from 'node:net';

/** Who holds, or might hold, a share of a file. */
export interface Holder {
  /** Hex of the account that bid. */
  account: string;
  /** Hex of the peer id's bytes. */
  peer: string;
  /** IP address it was reached at; null where it isn't known (yet). */
  address: string | null;
}

export interface PlacementRules {
  /** Off where all is loopback (a genesis parameter). */
  spreadAddresses: boolean;
}

export type Bar = 'account' | 'peer' | 'address';

/**
 * Of one file, one share a peer id, account and /24 (or /48): fewer shares fall with one operator.
 * A heuristic: addresses can be rented. Returns what bars the candidate, or null. An unknown address
 * bars nobody: ask again once the peer was reached.
 */
export function barredBy(candidate: Holder, holders: readonly Holder[], rules: PlacementRules): Bar | null {
  if (holders.some(({ account }) => account === candidate.account)) return 'account';
  if (holders.some(({ peer }) => peer === candidate.peer)) return 'peer';
  if (!rules.spreadAddresses || candidate.address === null) return null;
  const network = networkOf(candidate.address);
  const shared = holders.some(({ address }) => address !== null && networkOf(address) === network);
  return shared ? 'address' : null;
}

/** "4/a.b.c" for IPv4's /24, "6/a:b:c" for IPv6's /48; whatever else stands for itself. */
export function networkOf(address: string): string {
  const bare = address.replace(/%.*$/, '').toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  const ipv4 = mapped ?? bare;
  if (isIP(ipv4) === 4) return `4/${ipv4.split('.').slice(0, 3).join('.')}`;
  if (isIP(bare) !== 6) return bare;
  return `6/${expandIPv6(bare).slice(0, 3).join(':')}`;
}

/** The groups before an embedded IPv4 part, "::" written out (RFC 4291 §2.2). */
function expandIPv6(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => group.replace(/^0+(?=.)/, '')));
  const before = groups(head);
  if (tail === undefined) return before;
  const after = groups(tail);
  const width = after.at(-1)?.includes('.') ? 7 : 8;
  return [...before, ...Array<string>(width - before.length - after.length).fill('0'), ...after];
}
