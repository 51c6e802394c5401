import type { Answer } from '../bounty/challenge.js';
import { answerOrder, type Question } from '../plan/answer-order.js';
import type { Place } from '../store/blobs-foreign.js';
import { Failure, invariant } from '../util/errors.js';
import { answersOnWorker } from '../workers/hash.js';
import { settle } from '../workers/outcome.js';
import { threadsHere } from '../workers/pool.js';

/** Small blobs go to a thread together, so that it is not woken for each; larger ones alone. */
const GROUP_BYTES = 2 << 20;
const GROUP_BLOBS = 64;
/** Groups given away for each thread: the next is there when one is done, and few are, should something better come. */
const AHEAD = 2;
/** What a machine is taken to answer, bytes a millisecond, until it has shown what it can: a slow disk. */
const BYTES_PER_MS = 100_000;
const MEASURE_MS = 500;

/** A blob that is asked for, and where it was found. */
export interface Part {
  nonce: Uint8Array;
  place: Place;
}

/** A bounty: its key is a sum over all of its parts. */
export interface Asked extends Question {
  parts: readonly Part[];
}

interface Waiting {
  question: Asked;
  /** Parts handed out so far, and how many are not answered yet. */
  taken: number;
  left: number;
  answers: Answer[];
  failed: boolean;
  resolve(answers: Answer[]): void;
  reject(error: unknown): void;
}

type Task = Part & { waiting: Waiting; index: number };

export interface QueueParts {
  /** The slot that now is. */
  slot(): number;
  slotMs: number;
  threads?: number;
}

/**
 * Answers challenges from the bytes that are here, as fast as disks and cores give: on all threads at once, small
 * blobs in groups, in the order of plan/answer-order.ts. What cannot be read fails its own bounty, at once, and holds
 * up no other. Memory does not grow with blobs: a thread holds a piece of one.
 */
export class AnswerQueue {
  /** What comes first lies last. */
  #waiting: Waiting[] = [];
  #orderedAt: number | undefined;
  #running = new Set<Promise<void>>();
  #stopped = false;
  readonly #width: number;
  readonly #meter = new Meter();

  constructor(private readonly parts: QueueParts) {
    this.#width = AHEAD * (parts.threads ?? threadsHere());
  }

  /** Of each question the answers of its parts, in their order. Rejects with a Failure where one cannot be read. */
  ask(questions: readonly Asked[]): Promise<Answer[]>[] {
    const asked = questions.map((question) => {
      invariant(question.parts.length > 0, 'a bounty asks for something');
      return new Promise<Answer[]>((resolve, reject) => {
        const state = { taken: 0, left: question.parts.length, answers: [], failed: false };
        this.#waiting.push({ question, ...state, resolve, reject });
      });
    });
    this.#orderedAt = undefined;
    this.#pump();
    return asked;
  }

  /** Nothing more is begun; returns once nothing is being read. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const waiting of this.#waiting.splice(0)) this.#fail(waiting, stopped());
    await Promise.all(this.#running);
  }

  #pump(): void {
    if (this.#stopped) {
      for (const waiting of this.#waiting.splice(0)) this.#fail(waiting, stopped());
      return;
    }
    while (this.#running.size < this.#width) {
      const group = this.#take();
      if (group.length === 0) break;
      this.#meter.begin(this.#running.size);
      const run = this.#run(group).finally(() => {
        this.#running.delete(run);
        this.#pump();
      });
      this.#running.add(run);
    }
  }

  /** What comes next and fits one group, or one blob that fits none. */
  #take(): Task[] {
    this.#order();
    const group: Task[] = [];
    let bytes = 0;
    for (let waiting = this.#waiting.at(-1); waiting; waiting = this.#waiting.at(-1)) {
      const { question, taken, failed } = waiting;
      const part = question.parts[taken]!;
      const full = bytes + part.place.size > GROUP_BYTES || group.length === GROUP_BLOBS;
      if (!failed && group.length > 0 && full) break;
      if (failed || taken + 1 === question.parts.length) this.#waiting.pop();
      if (failed) continue;
      group.push({ ...part, waiting, index: taken });
      waiting.taken += 1;
      bytes += part.place.size;
    }
    return group;
  }

  /** Anew when somebody asked, and each slot: deadlines come nearer. */
  #order(): void {
    const { slotMs } = this.parts;
    const slot = this.parts.slot();
    if (slot === this.#orderedAt || this.#waiting.length === 0) return;
    this.#orderedAt = slot;
    const byQuestion = new Map(this.#waiting.map((waiting) => [waiting.question, waiting]));
    const order = answerOrder([...byQuestion.keys()], { slot, bytesPerSlot: this.#meter.rate * slotMs });
    this.#waiting = order.map((question) => byQuestion.get(question)!).reverse();
  }

  async #run(group: Task[]): Promise<void> {
    const bytes = group.reduce((sum, { place }) => sum + place.size, 0);
    try {
      const blobs = group.map(({ nonce, place: { path, start, size, writable } }) => {
        return { nonce, path, start, size, own: writable };
      });
      const outcomes = await answersOnWorker(blobs);
      for (const [i, task] of group.entries()) this.#told(task, () => settle(outcomes[i]!) as Answer);
    } catch (error) {
      // The thread died.
      for (const { waiting } of group) this.#fail(waiting, error);
    }
    this.#meter.done(bytes);
  }

  #told({ waiting, index }: Task, answer: () => Answer): void {
    try {
      waiting.answers[index] = answer();
    } catch (error) {
      this.#fail(waiting, error);
      return;
    }
    waiting.left -= 1;
    if (waiting.left === 0) waiting.resolve(waiting.answers);
  }

  #fail(waiting: Waiting, error: unknown): void {
    waiting.failed = true;
    waiting.reject(error);
  }
}

function stopped(): Failure {
  return new Failure('temporary', 'the node is stopping');
}

/** Bytes a millisecond while there was work. */
class Meter {
  rate = BYTES_PER_MS;
  #since = 0;
  #bytes = 0;

  begin(running: number): void {
    if (running > 0) return;
    this.#since = performance.now();
    this.#bytes = 0;
  }

  done(bytes: number): void {
    this.#bytes += bytes;
    const elapsed = performance.now() - this.#since;
    if (elapsed < MEASURE_MS) return;
    this.rate = Math.max(1, this.#bytes / elapsed);
    this.#since = performance.now();
    this.#bytes = 0;
  }
}
