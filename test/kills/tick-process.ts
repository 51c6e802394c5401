import { PowerSwitch } from './cuts.js';
import { assemble, shortLived } from './stage.js';
import { roleOf } from './story.js';

/** One tick of the last of some machines, in a process that is killed in the middle of it: stage.ts starts it. */
const [dir, names, slot, point, side] = process.argv.slice(2) as [string, string, string, string, 'before' | 'after'];
const { machines } = await assemble(shortLived().t, dir, names.split(',').map(roleOf), Number(slot));
const victim = machines.at(-1)!;
new PowerSwitch(victim.home, { point: Number(point), side }, () => process.kill(process.pid, 'SIGKILL'));
await victim.settle();
process.exit(0);
