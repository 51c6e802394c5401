import { type Logger, pino } from 'pino';

export type Log = Logger;

/** NDJSON on stderr; level by HOLDFAST_LOG (`debug`, `info`, `warn`, `error`). */
export function createLog(level = 'info'): Log {
  return pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true }));
}
