import { parseTokens, priceFromTokens } from '../util/amounts.js';
import { parseBytes, parseDuration, parseNetworkDays } from '../util/durations.js';
import { Failure } from '../util/errors.js';
import { Args, Flags } from './oclif.js';

/** On every command. */
export const commonFlags = {
  json: Flags.boolean({ description: 'print one JSON object a line' }),
  quiet: Flags.boolean({ char: 'q', description: 'print ids alone, and no notes' }),
  verbose: Flags.boolean({ char: 'v', description: 'say more; repeat for still more' }),
  progress: Flags.string({
    description: 'how to show progress on stderr',
    options: ['auto', 'json', 'none'],
    default: 'auto',
    helpValue: 'HOW',
  }),
  home: Flags.string({ description: 'keep everything in this directory', helpValue: 'DIR', env: 'HOLDFAST_HOME' }),
  'wait-lock': Flags.string({ description: 'wait this long for a lock that another holds', helpValue: 'TIME' }),
};

/** A price as people write it, tokens a GiB and 30 days; inside, grains a GiB and network day. */
export const price = Flags.custom<bigint>({ parse: async (text) => priceFromTokens(text), helpValue: 'TOKENS' });
/** Tokens, as grains. */
export const tokens = Flags.custom<bigint>({ parse: async (text) => parseTokens(text), helpValue: 'TOKENS' });
/** Tokens that change hands: some. */
export const payment = Flags.custom<bigint>({
  parse: async (text) => {
    const grains = parseTokens(text);
    if (grains === 0n) throw new Failure('usage', `not an amount to pay: ${text}`);
    return grains;
  },
  helpValue: 'TOKENS',
});
/** Network days, as a number. */
export const days = Flags.custom<number>({ parse: async (text) => parseNetworkDays(text), helpValue: 'DAYS' });
/** Wall time, as seconds. */
export const duration = Flags.custom<number>({ parse: async (text) => parseDuration(text), helpValue: 'TIME' });
/** Bytes. */
export const bytes = Flags.custom<number>({ parse: async (text) => parseBytes(text), helpValue: 'BYTES' });

/** On what restores a file. */
export const rangeFlags = {
  offset: bytes({ description: 'leave out what comes before; 0 by default' }),
  length: bytes({ description: 'restore so many bytes, or as many as follow; by default all' }),
};

/** Shares that lie in a directory, and no node. */
export const offlineFlags = {
  offline: Flags.boolean({ description: 'without a node: the shares are files here', dependsOn: ['from'] }),
  from: Flags.string({
    description: 'with --offline, the directory of shares',
    helpValue: 'DIR',
    dependsOn: ['offline'],
  }),
};

/** On what judges a file by how many of its shares are good. */
export const happyFlag = {
  happy: Flags.integer({ description: 'so many good shares are enough', helpValue: 'H', min: 1, max: 256 }),
};

export const dryRunFlag = {
  'dry-run': Flags.boolean({ char: 'n', description: 'print what would be done, and do nothing' }),
};

/** On what pays fees, at most. */
export const requestIdFlag = {
  'request-id': Flags.string({ description: 'the same id again returns the first result', helpValue: 'ID' }),
};

/** On every command that spends. */
export const spendingFlags = {
  ...dryRunFlag,
  ...requestIdFlag,
  yes: Flags.boolean({ description: 'spend without being asked' }),
  'max-spend': tokens({ description: 'refuse to spend more than this' }),
};

export const passphraseFlags = {
  'passphrase-fd': Flags.integer({ description: 'read the passphrase from this descriptor', helpValue: 'FD', min: 0 }),
  'passphrase-file': Flags.string({ description: 'read the passphrase from this file', helpValue: 'FILE' }),
  'passphrase-command': Flags.string({ description: 'read the passphrase from this command', helpValue: 'CMD' }),
};

export const nulFlags = {
  'files0-from': Flags.string({
    description: 'read NUL-separated names from FILE, or stdin with -',
    helpValue: 'FILE',
  }),
  null: Flags.boolean({ char: 'z', description: 'with -, names on stdin end in NUL, not newline' }),
};

/**
 * An operand. Never anything but this: oclif would fill an absent one from stdin, as UTF-8, within
 * 10 ms, and a pipe's bytes would be gone.
 */
export function operand(description: string) {
  return Args.string({ description, required: true, ignoreStdin: true });
}

export function optionalOperand(description: string) {
  return Args.string({ description, required: false, ignoreStdin: true });
}

/** One or many operands. Those that `-` stands for are read later, by `operandIds`. */
export function operands(description: string) {
  return Args.string({ description, required: false, ignoreStdin: true, multiple: true });
}
