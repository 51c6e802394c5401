import { ownTag } from '../../src/lib/store/tenure.js';

/** Says whose it is, and waits to be killed. */
process.send!(ownTag());
setInterval(() => {}, 1000);
