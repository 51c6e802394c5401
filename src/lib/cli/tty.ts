import { openSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';

export interface Terminal {
  input: ReadStream;
  output: WriteStream;
  close(): void;
}

/**
 * The terminal of whoever sits there, also where stdin and stdout are pipes; undefined under cron,
 * over ssh without -t, and wherever stderr is not a terminal: there nobody would see the question.
 */
export function openTerminal(): Terminal | undefined {
  if (!process.stderr.isTTY) return undefined;
  try {
    const input = new ReadStream(openSync('/dev/tty', 'r'));
    const output = new WriteStream(openSync('/dev/tty', 'w'));
    return {
      input,
      output,
      close() {
        input.destroy();
        output.destroy();
      },
    };
  } catch {
    return undefined;
  }
}
