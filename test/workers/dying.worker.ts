import { parentPort } from 'node:worker_threads';

/** A thread that is lost in the middle of its job. */
parentPort!.on('message', () => process.exit(3));
