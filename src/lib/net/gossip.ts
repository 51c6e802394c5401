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
const JUDGING_MAX = 512;
const JUDGING_MAX_PER_PEER = 128;
const REJECTED_POINTS = 20;

const RESULTS: Record<Verdict, TopicValidatorResult> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
};

/** Headers and transactions: a message is passed on only after the handler's verdict. */
export class Gossip {
  readonly #judging = new Map<string, number>();
  #total = 0;

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
    const mine = this.#judging.get(from) ?? 0;
    if (this.#total >= JUDGING_MAX || mine >= JUDGING_MAX_PER_PEER) return 'ignore';
    this.#total += 1;
    this.#judging.set(from, mine + 1);
    try {
      const verdict = await topic.onMessage(from, bytes);
      return verdict === 'reject' ? this.#refuse(from, 'an invalid message') : verdict;
    } catch (error) {
      // the fault is ours: nothing is passed on, and nobody is blamed
      this.log.warn({ topic: topic.name, error: (error as Error).message }, 'a gossip handler failed');
      return 'ignore';
    } finally {
      this.#total -= 1;
      const left = this.#judging.get(from)! - 1;
      if (left === 0) this.#judging.delete(from);
      else this.#judging.set(from, left);
    }
  }

  #refuse(from: string, why: string): Verdict {
    this.scores.misbehave(from, REJECTED_POINTS, why);
    return 'reject';
  }
}
