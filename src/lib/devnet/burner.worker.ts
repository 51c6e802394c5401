import { createHash } from 'node:crypto';

/** Keeps a core busy until it is terminated, with the kind of work that nodes do. */
let state = createHash('sha256').digest();
for (;;) state = createHash('sha256').update(state).digest();
