import { fromSystemError } from '../util/errors.js';
import { report } from './report.js';

/** 128 + SIGPIPE: what a shell shows for a program that the closed pipe ended. */
const BROKEN_PIPE = 141;

/**
 * Node ignores SIGPIPE, and oclif swallows EPIPE: without this, `holdfast … | head -1` would go on
 * working for nobody. A full disk behind stdout must not look like success either.
 */
export function guardStreams(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(BROKEN_PIPE);
    process.exit(report(fromSystemError(error, 'cannot write to stdout'), process.argv));
  });
  process.stderr.on('error', () => process.exit(BROKEN_PIPE));
}

/** Waits for what was written, so that its errors are seen before the process ends. */
export async function flush(): Promise<void> {
  if (process.stdout.destroyed) return;
  await new Promise<void>((done) => process.stdout.write('', () => done()));
}

/**
 * A process started with HOLDFAST_PARENT_CHANNEL ends with its parent, even one killed by SIGKILL:
 * the kernel closes their channel. It ends as on SIGTERM, so that daemons drain.
 */
export function endWithParent(): void {
  const asked = process.env.HOLDFAST_PARENT_CHANNEL;
  // Not for this one's own children: a daemon that it detaches is to outlive it.
  delete process.env.HOLDFAST_PARENT_CHANNEL;
  if (!process.channel || !asked) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
