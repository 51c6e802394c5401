import type { Verdict } from '../../src/lib/net/gossip.js';
import type { Status } from '../../src/lib/net/sync.js';
import { Failure } from '../../src/lib/util/errors.js';
import type { Random } from './random.js';
import type { Time } from './time.js';

/** What others reach of a node. */
export interface Endpoint {
  readonly name: string;
  readonly up: boolean;
  onPeer(peer: string, connected: boolean): void;
  onMessage(from: string, topic: Topic, bytes: Uint8Array): Promise<Verdict>;
  status(): Status;
  headersAfter(locator: Uint8Array[], max: number): Uint8Array[];
  body(id: Uint8Array): Uint8Array[] | undefined;
}

export type Topic = 'header' | 'tx';

export interface Weather {
  /** Milliseconds of a message's way. */
  delayMs: [min: number, max: number];
  /** The share of announcements that get lost; a tenth of that of requests and answers: TCP sends those again. */
  loss: number;
}

/** As net/sync.ts waits for an answer. */
const SILENCE_MS = 20_000;

/** Messages between nodes, with what happens to messages. */
export class SimNet {
  readonly #nodes = new Map<string, Endpoint>();
  readonly #links = new Map<string, Set<string>>();
  #sides: Map<string, number> | undefined;
  sent = 0;
  lost = 0;

  constructor(
    readonly time: Time,
    readonly random: Random,
    readonly weather: Weather,
  ) {}

  join(node: Endpoint): void {
    this.#nodes.set(node.name, node);
    this.#links.set(node.name, new Set());
  }

  link(a: string, b: string): void {
    this.#links.get(a)!.add(b);
    this.#links.get(b)!.add(a);
  }

  /** Whom a node is connected to now. */
  peers(of: string): string[] {
    return [...this.#links.get(of)!].filter((peer) => this.#reaches(of, peer));
  }

  /** Tells both ends of each link of a node that it is there, or gone. */
  announce(of: string, connected: boolean): void {
    for (const peer of this.#links.get(of)!) {
      if (!this.#reaches(of, peer) && connected) continue;
      const [here, there] = [this.#nodes.get(of)!, this.#nodes.get(peer)!];
      if (there.up) there.onPeer(of, connected);
      if (here.up) here.onPeer(peer, connected);
    }
  }

  /** One end hangs up on the other for good. */
  cut(a: string, b: string): void {
    this.#links.get(a)!.delete(b);
    this.#links.get(b)!.delete(a);
    for (const [here, peer] of [
      [a, b],
      [b, a],
    ] as const) {
      const node = this.#nodes.get(here)!;
      if (node.up) node.onPeer(peer, false);
    }
  }

  /** Splits the nodes into sides that do not hear of each other; undefined heals. */
  partition(sides: Map<string, number> | undefined): void {
    const pairs = [...this.#links].flatMap(([a, peers]) => [...peers].map((b) => [a, b] as const));
    const before = pairs.filter(([a, b]) => this.#reaches(a, b));
    this.#sides = sides;
    for (const [a, b] of pairs) {
      const node = this.#nodes.get(a)!;
      const now = this.#reaches(a, b);
      if (node.up && now !== before.some(([c, d]) => a === c && b === d)) node.onPeer(b, now);
    }
  }

  publish(from: string, topic: Topic, bytes: Uint8Array, to: readonly string[] = this.peers(from)): void {
    const { loss } = this.weather;
    for (const peer of to) this.#carry(from, peer, loss, () => this.#nodes.get(peer)!.onMessage(from, topic, bytes));
  }

  /** An answer, or after a while the failure that net/ gives for a silent peer. */
  ask<T>(from: string, to: string, answer: (node: Endpoint) => T, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const cut = () => reject(signal!.reason);
      signal?.addEventListener('abort', cut, { once: true });
      this.time.after(SILENCE_MS, () => reject(new Failure('unreachable', 'the peer does not answer')));
      const loss = this.weather.loss / 10;
      this.#carry(from, to, loss, () => {
        const said = answer(this.#nodes.get(to)!);
        this.#carry(to, from, loss, () => {
          signal?.removeEventListener('abort', cut);
          resolve(said);
        });
      });
    });
  }

  #reaches(a: string, b: string): boolean {
    const [here, there] = [this.#nodes.get(a)!, this.#nodes.get(b)!];
    return here.up && there.up && (!this.#sides || this.#sides.get(a) === this.#sides.get(b));
  }

  #carry(from: string, to: string, loss: number, arrive: () => unknown): void {
    this.sent += 1;
    const [min, max] = this.weather.delayMs;
    const delay = min + this.random.unit() * (max - min);
    if (!this.#reaches(from, to) || this.random.chance(loss)) {
      this.lost += 1;
      return;
    }
    this.time.after(delay, () => (this.#reaches(from, to) ? arrive() : undefined));
  }
}
