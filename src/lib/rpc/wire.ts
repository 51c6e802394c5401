import { EXIT_STATUS, Failure, type FailureCode } from '../util/errors.js';

/** Parameters of an upload, whose body is the bytes. */
export const PARAMS_HEADER = 'x-holdfast-params';
/** Bytes of a download, where they are known before it. */
export const SIZE_HEADER = 'x-holdfast-size';
/** How an answer that began well says that it failed. */
export const ERROR_TRAILER = 'x-holdfast-error';

export const JSON_BYTES_MAX = 1 << 20;
/** One record of an NDJSON answer. */
export const LINE_BYTES_MAX = 16 << 20;
export const HEADER_BYTES_MAX = 64 * 1024;

export interface WireError {
  code: FailureCode;
  message: string;
  hint: string | null;
}

/** Amounts are bigint in here and strings out there: a JSON number is exact to 2^53 only. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? inner.toString() : inner));
}

/** A header is Latin-1: what is beyond ASCII is escaped. */
export function toHeader(value: unknown): string {
  return toJson(value).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function toWireError(error: Failure): WireError {
  return { code: error.code, message: error.message, hint: error.hint ?? null };
}

/** What the node itself answered, as opposed to what befell the call on its way. */
export class RemoteFailure extends Failure {}

/** The other side's error, as this side throws it. What does not look like one is a failure too. */
export function fromWireError(json: unknown): Failure {
  const { code, message, hint } = (json ?? {}) as Partial<Record<keyof WireError, unknown>>;
  if (typeof code !== 'string' || !Object.hasOwn(EXIT_STATUS, code) || typeof message !== 'string') {
    return new RemoteFailure('failure', 'the node gave an answer that is not understood');
  }
  return new RemoteFailure(code as FailureCode, message, typeof hint === 'string' ? hint : undefined);
}

/** Only for curl's sake: our client reads the body. */
export function httpStatus(code: FailureCode): number {
  if (code === 'usage') return 400;
  if (code === 'not-found') return 404;
  if (code === 'temporary') return 503;
  return code === 'failure' ? 500 : 409;
}
