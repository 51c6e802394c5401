import { setTimeout as sleep } from 'node:timers/promises';
import { spool } from '../../src/lib/store/spool.js';

/** Spools for ever into the directory it is given, and says how far it is. */
async function* endless(): AsyncGenerator<Uint8Array> {
  for (let bytes = 0; ; bytes += 1 << 16) {
    process.send!(bytes);
    yield new Uint8Array(1 << 16);
    await sleep(5);
  }
}

await spool(process.argv[2]!, endless());
