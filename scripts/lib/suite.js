// `node scripts/lib/suite.js FILE…`: runs test files, two at a time, and ends with its parent.
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import report from './reporter.js';

const FILE_MS_MAX = 300_000;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => stop.abort());
process.once('disconnect', () => stop.abort());
process.channel?.unref();

const events = run({ files: process.argv.slice(2), concurrency: 2, timeout: FILE_MS_MAX, signal: stop.signal });
const counts = { passed: 0, failed: 0, skipped: 0 };
events.on('test:pass', ({ skip }) => {
  counts[skip === undefined ? 'passed' : 'skipped'] += 1;
});
events.on('test:fail', ({ todo }) => {
  if (todo) return;
  counts.failed += 1;
  process.exitCode = 1;
});
await pipeline(events, report, process.stdout, { end: false });
if (stop.signal.aborted) process.exitCode = 130;
if (process.connected) await new Promise((resolve) => process.send(counts, resolve));
process.exit();
