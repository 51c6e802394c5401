import assert from 'node:assert/strict';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Policies } from '../../src/lib/plan/policy.js';
import type { ActRecord } from '../../src/lib/rpc/records.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { tempDir } from '../helpers/temp.js';
import { World } from '../node/helpers.js';
import { type CutAt, Killed, PowerSwitch, wire } from './cuts.js';
import { Machine } from './machine.js';
import { placeOf } from './place.js';

wire();

const BLOCK_SLOTS = 4;

interface Role {
  name: string;
  policies: Policies;
}

export interface Cast {
  world: World;
  machines: Machine[];
}

/** Opens the machines of a world over directories that are there, or are empty. */
async function assemble(t: TestContext, dir: string, roles: readonly Role[], slot = 0): Promise<Cast> {
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

/** Hooks for what ends with a single cut, not with the test. */
function shortLived(): { t: TestContext; end: () => Promise<void> } {
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
 * A story told with machines of which each does what its controller plans. Every tick that does something new is told
 * again from the same directories, cut off before and after each of its writes: started again, the machine must come to
 * where it came without a cut.
 */
export class Stage {
  readonly dir: string;
  /** Points, cuts and kinds of acts that were covered. */
  readonly covered = { points: 0, cuts: 0, missed: 0, acts: new Set<string>() };
  private readonly told = new Set<string>();
  private copies = 0;

  private constructor(
    readonly t: TestContext,
    private readonly roles: readonly Role[],
    private readonly root: string,
    readonly cast: Cast,
    /** Whose ticks are cut. */
    private readonly victims: ReadonlySet<string>,
  ) {
    this.dir = join(root, 'live');
  }

  static async open(t: TestContext, roles: readonly Role[], victims: readonly string[]): Promise<Stage> {
    const root = tempDir(t);
    return new Stage(t, roles, root, await assemble(t, join(root, 'live'), roles), new Set(victims));
  }

  machine(name: string): Machine {
    return this.cast.machines.find((machine) => machine.name === name)!;
  }

  /** Block after block, until `over`; each machine works after each block. */
  async run(over: () => boolean | Promise<boolean>, blocksMax = 200): Promise<void> {
    for (let block = 0; !(await over()); block++) {
      assert.ok(block < blocksMax, 'the story goes on');
      await this.cast.world.mine({ slots: BLOCK_SLOTS });
      for (const machine of this.cast.machines) await this.work(machine);
    }
  }

  private async work(machine: Machine): Promise<void> {
    const before = join(this.root, 'before');
    const isVictim = this.victims.has(machine.name);
    if (isVictim) {
      rmSync(before, { recursive: true, force: true });
      cpSync(this.dir, before, { recursive: true });
    }
    const records = await machine.settle();
    const kinds = kindsOf(records);
    const isNew = kinds.some((kind) => !this.told.has(`${machine.name} ${kind}`));
    if (!isVictim || !isNew) return;
    for (const kind of kinds) this.told.add(`${machine.name} ${kind}`);
    const began = performance.now();
    const cuts = this.covered.cuts;
    await this.cutEverywhere(machine.name, before);
    this.t.diagnostic(
      `${kinds.join(', ')}: ${this.covered.cuts - cuts} cuts in ${Math.round(performance.now() - began)} ms`,
    );
    for (const kind of kinds) this.covered.acts.add(kind.split(' ')[0]!);
  }

  private async cutEverywhere(name: string, before: string): Promise<void> {
    const whole = await this.tell(before, name, undefined);
    for (const [point, what] of whole.points.entries()) {
      for (const side of ['before', 'after'] as const) {
        const cut = await this.tell(before, name, { point, side });
        const where = `${name} cut ${side} write ${point} of ${whole.points.length} (${what}) in ${whole.acts.join(', ')}`;
        assert.deepEqual(cut.place, whole.place, where);
        // What is flushed together, and which spot check is drawn, is another time's chance.
        if (cut.wasCut) this.covered.cuts += 1;
        else this.covered.missed += 1;
      }
    }
    this.covered.points += whole.points.length;
  }

  /** One tick from the directories as they were, and what a block and another tick make of it. */
  private async tell(before: string, name: string, at: CutAt | undefined) {
    const copy = join(this.root, `${this.copies++}`);
    const image = `${copy}-image`;
    cpSync(before, copy, { recursive: true });
    const { t, end } = shortLived();
    const { world, machines } = await assemble(t, copy, this.othersFirst(name), this.cast.world.slot);
    let victim = machines.at(-1)!;
    const power = new PowerSwitch(victim.home, at, () => {
      cpSync(victim.home, image, { recursive: true });
      victim.cutOff();
    });
    const records: ActRecord[] = await victim.settle().catch((error) => {
      if (error instanceof Killed || (isFailure(error) && error.code === 'unreachable')) return [];
      throw error;
    });
    const wasCut = power.dead;
    const points = [...power.points];
    if (wasCut) {
      const { policies } = this.roles.find((role) => role.name === name)!;
      const again = await Machine.open(world, name, image, policies);
      world.nodes[world.nodes.indexOf(victim.node)] = again.node;
      await victim.close();
      victim = again;
      await victim.settle();
    }
    power.remove();
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
