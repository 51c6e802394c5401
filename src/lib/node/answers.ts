import { sumKeys, sumScalars } from '../bounty/batch.js';
import type { Answer } from '../bounty/challenge.js';
import type { Place } from '../store/blobs-foreign.js';
import { equal } from '../util/bytes.js';
import { isFailure } from '../util/errors.js';
import { AnswerQueue, type Asked } from './answer-queue.js';
import { type Context, currentSlot } from './context.js';
import type { BountyEntry } from './entries.js';
import { pauseOthers } from './grace.js';
import { bountyKey } from './indexer.js';
import { bountyOf } from './lookup.js';

/** Answers kept in memory: a secret scalar each, for bounties that are still open. */
const ANSWERS_MAX = 16_384;
/** Bounties whose blobs are looked for at once. */
const LOOKED_FOR = 64;
/** Blocks that a sweep may take to be included. */
const SWEEP_BLOCKS = 2;

/** Whether the blobs held here give a bounty's key; undefined: nobody can say now. Bytes may come back, a disk mounted again. */
type Verdict = boolean | undefined;

/**
 * The steward's answers to challenges: worked out from the blobs' bytes once, when a bounty appears, many bounties
 * side by side. One whose disk is missing, or bad, does not hold up the others.
 */
export class Answers {
  private readonly scalars = new Map<string, bigint>();
  private readonly underway = new Map<string, Promise<Verdict>>();
  /** Of which nobody could say, when it was last tried. */
  private readonly unsure = new Set<string>();
  private readonly queue: AnswerQueue;
  private readonly verdicts: Verdicts;

  constructor(private readonly context: Context) {
    const { slotMs } = context.params;
    this.queue = new AnswerQueue({ slot: () => currentSlot(context), slotMs });
    this.verdicts = new Verdicts(context);
  }

  /** Those that can be swept now: their blobs are read first, and waited for. */
  async answerable(entries: readonly BountyEntry[]): Promise<BountyEntry[]> {
    await this.judge(entries.filter(({ id }) => !this.scalars.has(id)));
    return entries.filter(({ id }) => this.scalars.has(id));
  }

  /** Whether each bounty's key fits; false, too, where nobody can say. Blobs are waited for; the books know afterwards. */
  async fit(entries: readonly BountyEntry[]): Promise<boolean[]> {
    const unknown = entries.filter(({ fits }) => fits === null);
    const verdicts = await this.judge(unknown);
    const found = new Map(unknown.map(({ id }, i) => [id, verdicts[i] === true]));
    return entries.map(({ id, fits }) => fits ?? found.get(id)!);
  }

  /**
   * The same, without waiting: null until a bounty's blobs are read, which begins here where it has not. However many
   * bounties there are, so many are begun at once; the others when somebody asks again.
   */
  fitSoFar(entries: readonly BountyEntry[]): (boolean | null)[] {
    const unknown = entries.filter(({ fits }) => fits === null);
    this.judge(unknown.slice(0, Math.max(0, ANSWERS_MAX - this.underway.size))).catch((error: Error) =>
      this.context.log.error({ error: error.message }, 'answering failed'),
    );
    return entries.map(({ id, fits }) => fits ?? (this.unsure.has(id) ? false : null));
  }

  /** The secret behind the key of a bounty that is `answerable`; undefined of any other. */
  secret({ id }: BountyEntry): bigint | undefined {
    return this.scalars.get(id);
  }

  /** Begins nothing more; returns once nothing is read or written. */
  async stop(): Promise<void> {
    await this.queue.stop();
    await Promise.allSettled(this.underway.values());
  }

  /** Whoever asks for what is read already waits for that. */
  private judge(entries: readonly BountyEntry[]): Promise<Verdict[]> {
    const fresh = entries.filter(({ id }) => !this.underway.has(id));
    for (let at = 0; at < fresh.length; at += LOOKED_FOR) this.begin(fresh.slice(at, at + LOOKED_FOR));
    return Promise.all(entries.map(({ id }) => this.underway.get(id)!));
  }

  private begin(entries: readonly BountyEntry[]): void {
    const asked = this.ask(entries);
    for (const [i, entry] of entries.entries()) {
      const answers = asked.then((all) => all[i]);
      const verdict = this.verdict(entry, answers).finally(() => this.underway.delete(entry.id));
      this.underway.set(entry.id, verdict);
    }
  }

  /** What each bounty's blobs answer; undefined of one whose blobs are not all here. */
  private async ask(entries: readonly BountyEntry[]): Promise<(Promise<Answer[]> | undefined)[]> {
    const found = await Promise.all(entries.map((entry) => this.find(entry)));
    const questions = entries.flatMap((entry, i) => (found[i] ? [this.question(entry, found[i])] : []));
    const answers = this.queue.ask(questions);
    return found.map((places) => places && answers.shift());
  }

  private question({ id, amount, expires, items }: BountyEntry, places: readonly Place[]): Asked {
    const bytes = places.reduce((sum, { size }) => sum + size, 0);
    const parts = places.map((place, i) => ({ nonce: items[i]!.item.nonce, place }));
    const { blockSlots } = this.context.params.derived;
    return { id, amount, bytes, deadlineSlot: (expires ?? 0) - SWEEP_BLOCKS * blockSlots, parts };
  }

  /** Before any of it is read. What no disk that is missing can have is gone, and pauses the rest of its batch. */
  private async find(entry: BountyEntry): Promise<Place[] | undefined> {
    const places: Place[] = [];
    const gone = new Set<string>();
    for (const { uuid } of entry.items) {
      const { place, missing } = await this.context.blobs.seek(uuid);
      if (place) places.push(place);
      else if (!missing) gone.add(uuid);
    }
    if (gone.size > 0) await pauseOthers(this.context, entry, gone);
    return places.length === entry.items.length ? places : undefined;
  }

  private async verdict(entry: BountyEntry, asked: Promise<Answer[] | undefined>): Promise<Verdict> {
    const verdict = await this.weigh(entry, asked).catch((error) => {
      if (!isFailure(error)) throw error;
      this.context.log.warn({ bounty: entry.id, error: error.message }, 'a blob could not be read to answer a bounty');
      return undefined;
    });
    if (verdict === undefined) this.unsure.add(entry.id);
    else this.unsure.delete(entry.id);
    if (this.unsure.size > ANSWERS_MAX) this.unsure.clear();
    if (verdict !== undefined && entry.fits === null) await this.verdicts.book(entry.id, verdict);
    return verdict;
  }

  private async weigh(entry: BountyEntry, asked: Promise<Answer[] | undefined>): Promise<Verdict> {
    const answers = await asked;
    if (!answers) return undefined;
    if (equal(sumKeys(answers.map(({ key }) => key)), entry.key)) {
      if (this.scalars.size >= ANSWERS_MAX) this.scalars.delete(this.scalars.keys().next().value!);
      this.scalars.set(entry.id, sumScalars(answers.map(({ scalar }) => scalar)));
      return true;
    }
    // Bytes that went bad answer nothing, and say nothing of the bounty either.
    const bad = new Set<string>();
    for (const { uuid } of entry.items) if (!(await this.context.blobs.check(uuid)).good) bad.add(uuid);
    if (bad.size === 0) return false;
    await pauseOthers(this.context, entry, bad);
    return undefined;
  }
}

/** Verdicts on their way into the books: those that come while others are written go together. */
class Verdicts {
  private waiting = new Map<string, boolean>();
  private writing: Promise<void> | undefined;

  constructor(private readonly context: Context) {}

  book(id: string, fits: boolean): Promise<void> {
    this.waiting.set(id, fits);
    this.writing ??= this.context.books.exclusive(() => this.write());
    return this.writing;
  }

  private async write(): Promise<void> {
    const { books, changes } = this.context;
    const { waiting } = this;
    this.waiting = new Map();
    this.writing = undefined;
    const writes = [...waiting].flatMap(([id, fits]) => {
      const now = bountyOf(this.context, 'steward', id);
      return now ? [books.bounties.put(bountyKey('steward', id), { ...now, fits })] : [];
    });
    await books.commit(writes);
    changes.tell({ kind: 'books' });
  }
}
