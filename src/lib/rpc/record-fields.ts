import * as v from 'valibot';

/** What the fields of records are made of. Grains are decimal strings: jq loses integers past 2^53. */
export const hex32 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
export const hex = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2})*$/));
export const grains = v.pipe(v.string(), v.regex(/^\d{1,20}$/));
export const int = v.pipe(v.number(), v.integer(), v.minValue(0));
export const time = v.pipe(v.string(), v.isoTimestamp());
export const address = v.pipe(v.string(), v.regex(/^hf1[02-9ac-hj-np-z]+$/));
