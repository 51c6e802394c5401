import { Heap } from '../util/heap.js';

/** A bounty to be answered from bytes that are here. */
export interface Question {
  id: string;
  /** Grains. */
  amount: bigint;
  /** To be read and hashed. */
  bytes: number;
  /** The last slot in which the answer is of use. */
  deadlineSlot: number;
}

export interface Pace {
  slot: number;
  /** Bytes that this machine answers in a slot. */
  bytesPerSlot: number;
}

/**
 * The order to answer in. What can be answered in time is: where it is too much for the time there is, what is worth
 * least per byte is left for last. Of the rest what is worth most per byte comes first, as far as no deadline is missed
 * by that, so that a machine which stops, or slows down, has lost the least (Smith's backward rule, Naval Research
 * Logistics Quarterly 3, 1956). The order of the input does not matter.
 */
export function answerOrder<T extends Question>(questions: readonly T[], pace: Pace): T[] {
  const { inTime, late } = admit(questions, pace);
  const hopeless = (question: T) => question.bytes > bytesUntil(question, pace);
  late.sort((a, b) => Number(hopeless(a)) - Number(hopeless(b)) || byWorth(b, a));
  return [...valuableFirst(inTime, pace), ...late];
}

/**
 * By deadline, each is taken in; once it is too much until a deadline, what is worth least leaves. For questions of
 * one size that is the most that can be earned: the sets which can be done in time are a matroid.
 */
function admit<T extends Question>(questions: readonly T[], pace: Pace): { inTime: T[]; late: T[] } {
  const taken = new Heap<T>((a, b) => byWorth(a, b) < 0);
  const left = new Set<T>();
  let bytes = 0;
  for (const question of [...questions].sort(byDeadline)) {
    taken.push(question);
    bytes += question.bytes;
    while (bytes > bytesUntil(question, pace)) {
      const least = taken.pop()!;
      left.add(least);
      bytes -= least.bytes;
    }
  }
  return { inTime: questions.filter((question) => !left.has(question)), late: [...left] };
}

/** From the end: of those that may come last, the one that is worth least does. */
function valuableFirst<T extends Question>(questions: readonly T[], pace: Pace): T[] {
  const waiting = [...questions].sort(byDeadline);
  const mayBeLast = new Heap<T>((a, b) => byWorth(a, b) < 0);
  let bytes = questions.reduce((sum, question) => sum + question.bytes, 0);
  const order: T[] = [];
  while (order.length < questions.length) {
    while (waiting.length > 0 && bytes <= bytesUntil(waiting.at(-1)!, pace)) mayBeLast.push(waiting.pop()!);
    const last = mayBeLast.pop()!;
    bytes -= last.bytes;
    order.push(last);
  }
  return order.reverse();
}

function bytesUntil({ deadlineSlot }: Question, { slot, bytesPerSlot }: Pace): number {
  return Math.max(0, deadlineSlot - slot) * bytesPerSlot;
}

function byDeadline(a: Question, b: Question): number {
  return a.deadlineSlot - b.deadlineSlot || byWorth(b, a);
}

/** Worth per byte, the least first. */
function byWorth(a: Question, b: Question): number {
  const [left, right] = [a.amount * BigInt(b.bytes), b.amount * BigInt(a.bytes)];
  if (left !== right) return left < right ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
