import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

/**
 * NDJSON on stderr, or in a file that is opened anew on SIGHUP, so that logs can be rotated. Level by
 * HOLDFAST_LOG (`debug`, `info`, `warn`, `error`).
 */
export function createLog(file: string | undefined, level = process.env.HOLDFAST_LOG ?? 'info'): Log {
  const options = {
    level: level in pino.levels.values ? level : 'info',
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  if (file === undefined) return pino(options, pino.destination({ fd: 2, sync: true }));
  const destination = pino.destination({ dest: file, append: true, sync: true, mode: 0o600, mkdir: true });
  process.on('SIGHUP', () => destination.reopen());
  return pino(options, destination as DestinationStream);
}
