import { LIMITS } from './wire.js';

/** Peers asked at once, and named for one locator. */
const ASKED_MAX = 64;
const NAMED_MAX = 16;

interface Asker {
  hasLocators(peer: string, locators: Uint8Array[]): Promise<boolean[]>;
}

/** Who holds what: for now every connected peer is asked; a DHT's provider records will answer here later. */
export class Providers {
  constructor(
    private readonly client: Asker,
    private readonly peers: () => string[],
  ) {}

  /** A peer that does not answer is left out. */
  async find(locators: Uint8Array[]): Promise<Map<number, string[]>> {
    const found = new Map<number, string[]>();
    const asked = this.peers().slice(0, ASKED_MAX);
    for (let start = 0; start < locators.length; start += LIMITS.locators) {
      const batch = locators.slice(start, start + LIMITS.locators);
      const answers = await Promise.allSettled(asked.map((peer) => this.client.hasLocators(peer, batch)));
      for (const [p, answer] of answers.entries()) {
        if (answer.status === 'rejected') continue;
        for (const [i, held] of answer.value.entries()) {
          if (held) name(found, start + i, asked[p]!);
        }
      }
    }
    return found;
  }
}

function name(found: Map<number, string[]>, index: number, peer: string): void {
  const named = found.get(index) ?? [];
  if (named.length < NAMED_MAX) found.set(index, [...named, peer]);
}
