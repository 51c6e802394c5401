import { parseDuration } from '../util/durations.js';
import { Failure } from '../util/errors.js';

/** `30d` ago, or an RFC 3339 date or time, UTC where no offset is given; milliseconds since the Unix epoch. */
export function parseSince(text: string, nowMs: number): number {
  if (/^\d+[smhdw]$/.test(text)) return Math.max(0, nowMs - parseDuration(text) * 1000);
  const match = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}:\d{2}(?:\.\d+)?)([Zz]|[+-]\d{2}:\d{2})?)?$/.exec(text);
  const [, date, clock = '00:00:00', offset = 'Z'] = match ?? [];
  const ms = match ? Date.parse(`${date}T${clock}${offset.toUpperCase()}`) : Number.NaN;
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(ms) || new Date(Date.parse(`${date}T00:00:00Z`)).toISOString().slice(0, 10) !== date) {
    throw new Failure('usage', `not a date or duration: ${text}`, 'write it like 2026-10-01, or 30d');
  }
  return Math.max(0, ms);
}
