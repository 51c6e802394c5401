import type { StewardPolicy } from '../plan/policy.js';
import type { StewardTerms } from '../plan/policy-file.js';
import { priceFromTokens, priceText } from '../util/amounts.js';
import { parseBytes, parseNetworkDays, sizeText } from '../util/durations.js';
import { Failure } from '../util/errors.js';
import { askAll, type Question } from './prompt.js';

/** A question of `steward init`, and the flag that answers it without one. */
interface TermQuestion {
  name: keyof StewardTerms;
  flag: string;
  message: string;
  /** What holds so far, as it would be typed; '': nothing does. */
  preset: (policy: StewardPolicy) => string;
  /** Of what was typed; throws a usage Failure. */
  read: (text: string) => Partial<StewardTerms>;
}

const size = (bytes: number | null) => (bytes === null ? '' : sizeText(bytes));

const QUESTIONS: readonly TermQuestion[] = [
  {
    ...{ name: 'price', flag: 'price', message: 'Price, in tokens a GiB and 30 days' },
    preset: ({ price }) => (price === null ? '' : priceText(price)),
    read: (text) => ({ price: priceFromTokens(text) }),
  },
  {
    ...{ name: 'capacity', flag: 'capacity', message: 'How much is for sale in all, like 500GiB' },
    preset: ({ capacityBytes }) => size(capacityBytes),
    read: (text) => ({ capacity: parseBytes(text) }),
  },
  {
    ...{ name: 'reserve', flag: 'reserve', message: 'How much of the disk is to stay free' },
    preset: ({ reserveBytes }) => size(reserveBytes),
    read: (text) => ({ reserve: parseBytes(text) }),
  },
  {
    ...{ name: 'termDays', flag: 'term', message: 'The longest term' },
    preset: ({ termDays }) => `${termDays}d`,
    read: (text) => ({ termDays: parseNetworkDays(text) }),
  },
  {
    ...{ name: 'minSize', flag: 'min-size', message: 'The smallest blob' },
    preset: ({ minSize }) => size(minSize),
    read: (text) => ({ minSize: parseBytes(text) }),
  },
  {
    ...{ name: 'maxSize', flag: 'max-size', message: 'The largest blob; nothing: of any size' },
    preset: ({ maxSize }) => size(maxSize),
    read: (text) => (text === '' ? {} : { maxSize: parseBytes(text) }),
  },
];

/** Asks for what no flag gave, with what holds so far as the answer that is there; undefined: nobody is here to be asked. */
export async function askTerms(given: StewardTerms, policy: StewardPolicy): Promise<StewardTerms | undefined> {
  const left = QUESTIONS.filter(({ name }) => given[name] === undefined);
  const questions: Question[] = left.map(({ name, flag, message, preset, read }) => ({
    ...{ type: 'input', name, message: `${message} (--${flag})`, default: preset(policy) },
    validate: (text) => faultOf(() => read(text)) ?? true,
  }));
  if (given.prune === undefined) {
    const message = 'Delete blobs that are paid for no more (--prune)';
    questions.push({ type: 'confirm', name: 'prune', message, default: policy.prune });
  }
  if (questions.length === 0) return {};
  const answers = await askAll(questions);
  if (!answers) return undefined;
  const terms: StewardTerms = Object.assign({}, ...left.map(({ name, read }) => read(String(answers[name]))));
  return given.prune === undefined ? { ...terms, prune: answers.prune === true } : terms;
}

function faultOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}
