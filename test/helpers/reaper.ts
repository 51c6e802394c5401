import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { processesOf } from './processes.js';

/** Its parent, a test, ends or is killed: then all that runs in the directory ends too. */
const dir = process.argv[2]!;

process.on('disconnect', async () => {
  // Twice: one that was being started when the others were counted.
  for (let round = 0; round < 2; round++) {
    for (const pid of processesOf(dir)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
    if (round === 0) await sleep(100);
  }
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});
process.send!('ready');
