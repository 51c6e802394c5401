import { type GossipSub, TopicValidatorResult } from '@libp2p/gossipsub';
import type { Log } from './log.js';
import type { RateKind, Scores } from './score.js';

export type Verdict = 'accept' | 'ignore' | 'reject';

export interface Topic {
  name: string;
  bytesMax: number;
  rate: RateKind;
  onMessage(from: string, bytes: Uint8Array): Promise<Verdict>;
}

/** Messages being judged at once: gossipsub itself has no such bound. What exceeds it comes again by sync. */
const JUDGING_MAX = 8192;
/** What a peer sends in some ten seconds: a node that was busy with a block must not lose what came meanwhile. */
const JUDGING_MAX_PER_PEER = 1024;
/** And their bytes, which are held meanwhile. */
const JUDGING_BYTES_MAX = 64 * 1024 * 1024;
const JUDGING_BYTES_MAX_PER_PEER = 8 * 1024 * 1024;
const REJECTED_POINTS = 20;

const RESULTS: Record<Verdict, TopicValidatorResult> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
};

interface Load {
  messages: number;
  bytes: number;
}

function book(loads: readonly Load[], messages: number, bytes: number): void {
  for (const load of loads) {
    load.messages += messages;
    load.bytes += bytes;
  }
}

/** Headers and transactions: a message is passed on only after the handler's verdict. */
export class Gossip {
  readonly #judging = new Map<string, Load>();
  readonly #total: Load = { messages: 0, bytes: 0 };

  constructor(
    private readonly service: GossipSub,
    private readonly topics: Topic[],
    private readonly scores: Scores,
    private readonly log: Log,
  ) {
    for (const topic of topics) {
      service.topicValidators.set(topic.name, async (peer, message) => {
        return RESULTS[await this.#judge(topic, peer.toString(), message.data)];
      });
      service.subscribe(topic.name);
    }
  }

  /** The number of peers it was sent to; 0 where nobody listens yet, and then it may be published again. */
  async publish(topic: string, bytes: Uint8Array): Promise<number> {
    if (this.service.getSubscribers(topic).length === 0) return 0;
    try {
      return (await this.service.publish(topic, bytes)).recipients.length;
    } catch (error) {
      this.log.debug({ topic, error: (error as Error).message }, 'nothing published');
      return 0;
    }
  }

  stop(): void {
    for (const { name } of this.topics) {
      this.service.topicValidators.delete(name);
      this.service.unsubscribe(name);
    }
  }

  async #judge(topic: Topic, from: string, bytes: Uint8Array): Promise<Verdict> {
    if (bytes.length === 0 || bytes.length > topic.bytesMax) return this.#refuse(from, 'a message of a wrong size');
    if (this.scores.banned(from) || !this.scores.take(from, topic.rate)) return 'ignore';
    const mine = this.#judging.get(from) ?? { messages: 0, bytes: 0 };
    if (this.#total.messages >= JUDGING_MAX || mine.messages >= JUDGING_MAX_PER_PEER) return 'ignore';
    if (this.#total.bytes + bytes.length > JUDGING_BYTES_MAX) return 'ignore';
    if (mine.bytes + bytes.length > JUDGING_BYTES_MAX_PER_PEER) return 'ignore';
    this.#judging.set(from, mine);
    book([this.#total, mine], 1, bytes.length);
    try {
      const verdict = await topic.onMessage(from, bytes);
      return verdict === 'reject' ? this.#refuse(from, 'an invalid message') : verdict;
    } catch (error) {
      // the fault is ours: nothing is passed on, and nobody is blamed
      this.log.warn({ topic: topic.name, error: (error as Error).message }, 'a gossip handler failed');
      return 'ignore';
    } finally {
      book([this.#total, mine], -1, -bytes.length);
      if (mine.messages === 0) this.#judging.delete(from);
    }
  }

  #refuse(from: string, why: string): Verdict {
    this.scores.misbehave(from, REJECTED_POINTS, why);
    return 'reject';
  }
}
