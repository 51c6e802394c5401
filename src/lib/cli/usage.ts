/**
 * What oclif's parser says, in our words: it speaks in paragraphs, and some of them repeat the
 * command line, where a secret may stand.
 */
interface ParseError extends Error {
  oclif?: unknown;
  args?: (string | { name: string })[];
  flags?: string[];
}

/** Of the errors that reach us only oclif's have this field; its ExitError is dealt with before. */
export function isUsageError(error: unknown): error is ParseError {
  return error instanceof Error && 'oclif' in error;
}

/** Told apart by their fields: a bundler may rename classes. */
export function usageMessage(error: ParseError): string {
  if (Array.isArray(error.flags)) return `unknown flag: ${error.flags.map((flag) => flag.split('=')[0]).join(', ')}`;
  if (Array.isArray(error.args)) {
    const missing = error.args.flatMap((arg) => (typeof arg === 'string' ? [] : [arg.name.toUpperCase()]));
    return missing.length > 0 ? `missing operand: ${missing.join(', ')}` : 'too many operands';
  }
  const text = unwrapFlag(error.message)
    .replace(/(--[\w-]+)=[\s\S]*?(?= cannot also be provided when using )/g, '$1')
    .replace(/\.?\s*See more help with --help\s*$/, '')
    .replace(/^The following errors? occurred:\s*/, '');
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** oclif rewrites the message of whatever a flag's own parser throws. */
export function unwrapFlag(message: string): string {
  const match = /^Parsing (--\S+) \n\t([\s\S]*)\nSee more help with --help$/.exec(message);
  return match ? `${match[1]}: ${match[2]}` : message;
}
