import { Failure } from '../util/errors.js';
import { collect, operandWords } from './input.js';

/** The one id that an operand stands for: itself, or, for `-`, the only line of stdin. */
export async function oneWord(operand: string, called: string): Promise<string> {
  const words = await collect(operandWords([operand], { called }));
  if (words.length !== 1) throw new Failure('usage', `stdin holds ${words.length} lines, not one ${called}`);
  return words[0]!;
}
