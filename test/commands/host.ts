import { Readable } from 'node:stream';
import { loadConfig } from '../../src/lib/cli/layout.js';
import { report } from '../../src/lib/cli/report.js';
import { route } from '../../src/lib/cli/route.js';

/**
 * Runs command lines in this one process, one after the other: starting a process for each would take
 * longer than all the tests. A process of its own all the same, so that its stdout is the commands'.
 */
export interface Order {
  argv: string[];
  /** base64 */
  stdin: string;
}

export interface Ending {
  /** base64 */
  stdout: string;
  stderr: string;
  status: number;
}

function capture(stream: NodeJS.WriteStream): { parts: Buffer[]; restore(): void } {
  const parts: Buffer[] = [];
  const original = stream.write;
  stream.write = ((chunk: string | Uint8Array, encoding?: unknown, done?: () => void) => {
    parts.push(Buffer.from(chunk as Uint8Array));
    const callback = typeof encoding === 'function' ? (encoding as () => void) : done;
    callback?.();
    return true;
  }) as typeof stream.write;
  return {
    parts,
    restore: () => {
      stream.write = original;
    },
  };
}

const config = await loadConfig();

async function run({ argv, stdin }: Order): Promise<Ending> {
  process.exitCode = undefined;
  const bytes = Buffer.from(stdin, 'base64');
  // In pieces, as a pipe gives them.
  const pieces =
    bytes.length > 1 ? [bytes.subarray(0, 1), bytes.subarray(1)] : [bytes].filter(({ length }) => length > 0);
  Object.defineProperty(process, 'stdin', { value: Readable.from(pieces), configurable: true });
  const out = capture(process.stdout);
  const err = capture(process.stderr);
  let status: number;
  try {
    const target = route(config.commandIDs, argv);
    if (target.kind !== 'run') throw new Error('help is not tested here');
    await config.runCommand(target.id, target.argv);
    status = Number(process.exitCode ?? 0);
  } catch (error) {
    status = report(error, argv);
  } finally {
    out.restore();
    err.restore();
  }
  return {
    stdout: Buffer.concat(out.parts).toString('base64'),
    stderr: Buffer.concat(err.parts).toString('base64'),
    status,
  };
}

process.on('message', (order: Order) => {
  run(order).then((ending) => process.send!(ending));
});
process.once('disconnect', () => process.exit(0));
process.send!('ready');
