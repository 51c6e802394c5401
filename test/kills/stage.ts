import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Policies } from '../../src/lib/plan/policy.js';
import type { ActRecord } from '../../src/lib/rpc/records.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { World } from '../node/helpers.js';
import { type CutAt, Killed, PowerSwitch, wire } from './cuts.js';
import { Machine } from './machine.js';
import { memoryDir } from './memory.js';
import { placeOf } from './place.js';

wire();

const BLOCK_SLOTS = 4;

export interface Role {
  name: string;
  policies: Policies;
}

export interface Cast {
  world: World;
  machines: Machine[];
}

/** Opens the machines of a world over directories that are there, or are empty. */
export async function assemble(t: TestContext, dir: string, roles: readonly Role[], slot = 0): Promise<Cast> {
  const world = new World(t);
  world.slot = slot;
  const machines: Machine[] = [];
  for (const { name, policies } of roles) {
    const home = join(dir, name);
    mkdirSync(home, { recursive: true });
    const machine = await Machine.open(world, name, home, policies);
    machines.push(machine);
    world.nodes.push(machine.node);
  }
  return { world, machines };
}

/** Does the same tick in a process that kills itself there; false where it came to its end. */
async function killedAt(dir: string, roles: readonly Role[], slot: number, at: CutAt): Promise<boolean> {
  const names = roles.map(({ name }) => name).join(',');
  const script = fileURLToPath(new URL('./tick-process.js', import.meta.url));
  const child = spawn(process.execPath, [script, dir, names, `${slot}`, `${at.point}`, at.side], { stdio: 'inherit' });
  const [code, signal] = await once(child, 'exit');
  assert.ok(signal === 'SIGKILL' || code === 0, `the child ended with ${code ?? signal}`);
  return signal === 'SIGKILL';
}

/** Hooks for what ends with a single cut, not with the test. */
export function shortLived(): { t: TestContext; end: () => Promise<void> } {
  const hooks: (() => unknown)[] = [];
  const t = { after: (hook: () => unknown) => hooks.push(hook) } as unknown as TestContext;
  return {
    t,
    end: async () => {
      for (const hook of hooks.reverse()) await hook();
    },
  };
}

/**
 * A story told with machines of which each does what its controller plans. A tick that does something new is told again
 * from the same directories, cut off before and after each of its writes: started again, the machine must come to where
 * it came without a cut.
 */
export class Stage {
  /** The node and its controller lose power together; or the controller alone is killed; or both, by a signal. */
  manner: 'power' | 'controller' | 'signal' = 'power';
  /** Of all cuts of a tick, those that are made. */
  choose: (cuts: CutAt[]) => CutAt[] = (cuts) => cuts;
  readonly dir: string;
  readonly covered = { points: 0, cuts: 0, missed: 0, acts: new Set<string>() };
  /** These do nothing, though their nodes run. */
  readonly asleep = new Set<string>();
  /** Acts whose ticks are cut. */
  acts: ReadonlySet<string> = new Set();
  private readonly told = new Set<string>();
  private copies = 0;

  private constructor(
    readonly t: TestContext,
    private readonly roles: readonly Role[],
    private readonly root: string,
    readonly cast: Cast,
    /** Whose ticks are cut. */
    private readonly victim: string,
  ) {
    this.dir = join(root, 'live');
  }

  static async open(t: TestContext, roles: readonly Role[], victim: string): Promise<Stage> {
    const root = memoryDir(t);
    return new Stage(t, roles, root, await assemble(t, join(root, 'live'), roles), victim);
  }

  machine(name: string): Machine {
    return this.cast.machines.find((machine) => machine.name === name)!;
  }

  /** Block after block, until `over`; each machine works after each block. */
  async run(over: () => unknown, blocksMax = 150): Promise<void> {
    for (let block = 0; !(await over()); block++) {
      assert.ok(block < blocksMax, 'the story goes on');
      await this.cast.world.mine({ slots: BLOCK_SLOTS });
      for (const machine of this.cast.machines) if (!this.asleep.has(machine.name)) await this.work(machine);
    }
  }

  /** What was cut, in numbers; throws where an act of these was never. */
  assertCovered(): void {
    const { points, cuts, missed, acts } = this.covered;
    this.t.diagnostic(`${points} points, ${cuts} cuts, ${missed} missed, in ticks with ${[...acts].join(', ')}`);
    for (const act of this.acts) assert.ok(acts.has(act), `no ${act} was cut`);
    assert.ok(cuts > missed);
  }

  private async work(machine: Machine): Promise<void> {
    if (machine.name !== this.victim || this.acts.size === 0) {
      await machine.settle();
      return;
    }
    const before = join(this.root, 'before');
    rmSync(before, { recursive: true, force: true });
    cpSync(this.dir, before, { recursive: true });
    const kinds = kindsOf(await machine.settle());
    const isNew = (kind: string) => this.acts.has(kind.split(' ')[0]!) && !this.told.has(kind);
    if (!kinds.some(isNew)) return;
    await this.cutEverywhere(machine.name, before);
    for (const kind of kinds) {
      this.told.add(kind);
      this.covered.acts.add(kind.split(' ')[0]!);
    }
  }

  private async cutEverywhere(name: string, before: string): Promise<void> {
    const whole = await this.tell(before, name, undefined);
    const sides = ['before', 'after'] as const;
    const all = whole.points.flatMap((_, point) => sides.map((side): CutAt => ({ point, side })));
    for (const at of this.choose(all)) {
      const cut = await this.tell(before, name, at);
      const what = `write ${at.point} of ${whole.points.length} (${whole.points[at.point]})`;
      assert.deepEqual(cut.place, whole.place, `${name} cut ${at.side} ${what} in ${whole.acts.join(', ')}`);
      // What is flushed together, and which spot check is drawn, is another time's chance.
      if (cut.wasCut) this.covered.cuts += 1;
      else this.covered.missed += 1;
    }
    this.covered.points += whole.points.length;
  }

  /** One tick from the directories as they were, and what a block and another tick make of it. */
  private async tell(before: string, name: string, at: CutAt | undefined) {
    const copy = join(this.root, `${this.copies++}`);
    const image = `${copy}-image`;
    cpSync(before, copy, { recursive: true });
    const roles = this.othersFirst(name);
    const killed =
      at !== undefined && this.manner === 'signal' && (await killedAt(copy, roles, this.cast.world.slot, at));
    const { t, end } = shortLived();
    const { world, machines } = await assemble(t, copy, roles, this.cast.world.slot);
    let victim = machines.at(-1)!;
    const alone = this.manner === 'controller';
    const power = new PowerSwitch(alone ? victim.journalFolder : victim.home, killed ? undefined : at, () => {
      if (alone) return;
      cpSync(victim.home, image, { recursive: true });
      victim.cutOff();
    });
    const records: ActRecord[] = await victim.settle().catch((error) => {
      if (error instanceof Killed || (isFailure(error) && error.code === 'unreachable')) return [];
      throw error;
    });
    const points = [...power.points];
    const wasCut = power.dead || killed;
    power.remove();
    if (power.dead) {
      const { policies } = roles.at(-1)!;
      const dead = victim;
      victim = alone ? await dead.withNewController(policies) : await Machine.open(world, name, image, policies);
      world.nodes[world.nodes.indexOf(dead.node)] = victim.node;
      if (!alone) await dead.close();
      await victim.settle();
    }
    const atOnce = await placeOf(victim);
    await world.mine({ slots: BLOCK_SLOTS });
    await victim.settle();
    const place = {
      atOnce,
      later: await placeOf(victim),
      others: await Promise.all(machines.slice(0, -1).map(placeOf)),
    };
    for (const machine of [...machines.slice(0, -1), victim]) await machine.close();
    await end();
    for (const dir of [copy, image]) rmSync(dir, { recursive: true, force: true });
    return { points, place, wasCut, acts: kindsOf(records) };
  }

  /** Blocks are made of what waits in the first machine's pool: not in that of the one that dies. */
  private othersFirst(name: string): Role[] {
    return [...this.roles.filter((role) => role.name !== name), ...this.roles.filter((role) => role.name === name)];
  }
}

/** Kinds of acts, and how many: one payment and two at once are different ticks. */
function kindsOf(records: readonly ActRecord[]): string[] {
  const ids = new Map(records.map(({ request_id, act }) => [request_id, act]));
  const count = new Map<string, number>();
  for (const act of ids.values()) count.set(act, (count.get(act) ?? 0) + 1);
  return [...count].map(([act, times]) => `${act} ${Math.min(times, 2)}`).sort();
}
