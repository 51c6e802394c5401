import * as v from 'valibot';
import { decodeCbor } from '../util/cbor.js';
import { Failure } from '../util/errors.js';

export const bytes = (min: number, max = min) =>
  v.pipe(
    v.instance(Uint8Array),
    v.check(
      (value) => value.length >= min && value.length <= max,
      `must be ${min === max ? min : `${min} to ${max}`} bytes`,
    ),
  );

export const int = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

/** Bounds first, then canonical CBOR, then the schema. */
export function parseWire<S extends v.GenericSchema>(
  schema: S,
  body: Uint8Array,
  what: string,
  maxBytes: number,
): v.InferOutput<S> {
  if (body.length > maxBytes) throw new Failure('failure', `not a ${what}: more than ${maxBytes} bytes`);
  let value: unknown;
  try {
    value = decodeCbor(body);
  } catch (error) {
    throw new Failure('failure', `not a ${what}: ${(error as Error).message}`);
  }
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const where = v.getDotPath(issue);
  throw new Failure(
    'failure',
    `not a ${what}: ${where === null ? '' : `field ${where}: `}${issue.message.toLowerCase()}`,
  );
}
