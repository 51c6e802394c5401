import { renameSync, statSync } from 'node:fs';
import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

/** A file past this becomes FILE.1, and the one before it is gone: a log takes twice this at most. */
export const LOG_BYTES_MAX = 16 * 1024 * 1024;

/**
 * NDJSON on stderr, or in a file that never grows past its bound, and is opened anew on SIGHUP for whoever moves it
 * away. Level by HOLDFAST_LOG (`debug`, `info`, `warn`, `error`).
 */
export function createLog(
  file: string | undefined,
  level = process.env.HOLDFAST_LOG ?? 'info',
  bytesMax = LOG_BYTES_MAX,
): Log {
  const options = {
    level: level in pino.levels.values ? level : 'info',
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  if (file === undefined) return pino(options, pino.destination({ fd: 2, sync: true }));
  return pino(options, rotated(file, bytesMax));
}

function rotated(file: string, bytesMax: number): DestinationStream {
  const destination = pino.destination({ dest: file, append: true, sync: true, mode: 0o600, mkdir: true });
  let size = sizeOf(file);
  process.on('SIGHUP', () => {
    destination.reopen();
    size = sizeOf(file);
  });
  return {
    write(line) {
      const bytes = Buffer.byteLength(line);
      if (size > 0 && size + bytes > bytesMax) {
        try {
          renameSync(file, `${file}.1`);
          destination.reopen();
        } catch {
          // Moved away or not ours to move: what is open is written on.
        }
        size = 0;
      }
      size += bytes;
      destination.write(line);
    },
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
