import { EXIT_STATUS, Failure, type FailureCode, isFailure } from '../util/errors.js';

/** The other side broke the protocol: its stream is aborted and its score falls by `points`. */
export class ProtocolError extends Error {
  readonly points: number;

  constructor(message: string, points = 20) {
    super(message);
    this.name = 'ProtocolError';
    this.points = points;
  }
}

const TEXT_MAX = 256;

/** A peer's words end up in logs and terminals: printable ASCII only, and not many of them. */
export function cleanText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, TEXT_MAX);
}

/** What a stranger is told of an error: a Failure's own code and line, and nothing of anything else. */
export function refusalOf(error: unknown): ['refused', string, string] {
  return isFailure(error)
    ? ['refused', error.code, cleanText(error.message)]
    : ['refused', 'failure', 'internal error'];
}

export function failureOf(code: string, message: string): Failure {
  const known = Object.hasOwn(EXIT_STATUS, code) ? (code as FailureCode) : 'failure';
  return new Failure(known, `the peer refused: ${cleanText(message)}`);
}

export const unreachable = (message: string) => new Failure('unreachable', message);
