import assert from 'node:assert/strict';
import { type Params, type ParamsJson, parseParams } from '../../src/lib/chain/params.js';
import { PARAMS, Person } from '../chain/helpers.js';
import { ClockGrinder, Equivocator, Flooder, Stuffer, Withholder } from './adversaries.js';
import { Judge } from './judge.js';
import { SimNet } from './net.js';
import { type Character, SimNode } from './node.js';
import { Random } from './random.js';
import { Time } from './time.js';
import { pays } from './users.js';

export interface Plan {
  seed: string;
  nodes: number;
  /** Of virtual time. */
  minutes: number;
}

export interface Summary {
  seed: string;
  nodes: number;
  minutes: number;
  adversaries: string[];
  height: number;
  /** Blocks made by anybody, and the honest part of the main chain. */
  blocks: number;
  honest: number;
  reorganisations: Record<number, number>;
  crashes: number;
  partitions: number;
  messages: number;
  lost: number;
}

const ADVERSARIES = { Withholder, Equivocator, ClockGrinder, Stuffer, Flooder };
export type AdversaryName = keyof typeof ADVERSARIES;

const SLOT_MS = 1_000;
const F: [number, number] = [1, 4];
const K = 24;
/** The longest partition: either side makes about a third of k blocks meanwhile. */
const PARTITION_MS_MAX = 64_000;
/** Quiet in the end, so that what is on its way arrives. */
const SETTLE_MS = 120_000;

export function simParams(power: number, change: Partial<ParamsJson> = {}): Params {
  const target = ((1n << 256n) * BigInt(F[0])) / BigInt(F[1] * power);
  return parseParams({
    ...PARAMS,
    slotMs: SLOT_MS,
    f: F,
    k: K,
    cycleBlocks: 100,
    firstTarget: target.toString(16).padStart(64, '0'),
    asertHalfLifeSlots: 240,
    ...change,
  });
}

/** One run: everything in it follows from the plan. */
export class World {
  readonly time = new Time();
  readonly random: Random;
  readonly judge: Judge;
  readonly net: SimNet;
  readonly nodes: SimNode[] = [];
  readonly honest: SimNode[] = [];
  partitions = 0;
  #over = false;

  constructor(
    readonly plan: Plan,
    adversaries?: readonly AdversaryName[],
  ) {
    this.random = new Random(`${plan.seed} ${plan.nodes} ${plan.minutes}`);
    const { random, time } = this;
    const kinds =
      adversaries ?? random.shuffled(Object.keys(ADVERSARIES) as AdversaryName[]).slice(0, random.int(0, 2));
    const characters = Array.from({ length: plan.nodes }, (_, i) => this.#character(i, kinds[i]));
    const params = simParams(characters.reduce((sum, { power }) => sum + power, 0));
    this.judge = new Judge(params);
    const slow = random.int(50, 600);
    this.net = new SimNet(time, random, { delayMs: [10, slow], loss: random.pick([0, 0.01, 0.05, 0.1]) });
    const setting = { params, net: this.net, random, judge: this.judge };
    characters.forEach((character, i) => {
      const kind = kinds[i];
      const node = kind ? new ADVERSARIES[kind](setting, character) : new SimNode(setting, character);
      this.nodes.push(node);
      if (!kind) this.honest.push(node);
    });
    this.#wire();
  }

  /** Adversaries together stay below three tenths of the power; some clocks are off, one by too much. */
  #character(i: number, kind: AdversaryName | undefined): Character {
    const { random, plan } = this;
    const bound = 1_500;
    const far = !kind && i === plan.nodes - 1 && random.chance(0.3);
    const skewMs = far ? random.pick([-1, 1]) * random.int(5_000, 30_000) : random.int(-bound, bound);
    const power = kind ? Math.max(1, Math.floor(plan.nodes / 2)) : far ? 1 : random.int(2, 4);
    return { name: kind ? `${kind}-${i}` : `node-${i}`, owner: new Person(`owner ${i}`), power, skewMs, honest: !kind };
  }

  /** A ring, so that all hang together, and links across. */
  #wire(): void {
    const names = this.nodes.map(({ name }) => name);
    names.forEach((name, i) => {
      this.net.link(name, names[(i + 1) % names.length]!);
      for (let more = 0; more < 2; more++) {
        const other = this.random.pick(names);
        if (other !== name) this.net.link(name, other);
      }
    });
  }

  async run(): Promise<Summary> {
    const { time, plan } = this;
    for (const node of this.nodes) await node.boot();
    const end = plan.minutes * 60_000;
    for (const node of this.nodes) this.#clockOf(node);
    for (const node of this.nodes) node.poll();
    this.#every(700, () => pays(this.honest, this.random));
    this.#nextCrash();
    this.#nextPartition(end);
    await time.runUntil(end);
    await this.#heal();
    await time.runUntil(end + SETTLE_MS / 2);
    // Nobody asks for a branch of no more work than his own: between equals the next block decides.
    const [first] = this.honest;
    await first!.produce(first!.nowSlot());
    await time.runUntil(end + SETTLE_MS);
    return this.#conclude();
  }

  #every(ms: number, run: () => unknown): void {
    this.time.after(ms, () => {
      if (this.#over) return;
      this.#every(ms, run);
      return run();
    });
  }

  /** Its slots begin where its clock says so. */
  #clockOf(node: SimNode): void {
    this.time.after(SLOT_MS - (((node.character.skewMs % SLOT_MS) + SLOT_MS) % SLOT_MS), () => {
      this.#every(SLOT_MS, () => node.tick());
    });
  }

  #nextCrash(): void {
    const { random, time } = this;
    time.after(random.int(5_000, 60_000), () => {
      if (this.#over) return;
      this.#nextCrash();
      const node = random.pick(this.honest);
      if (!node.up) return;
      const down = () => {
        node.crash();
        time.after(random.int(500, 30_000), () => (node.up ? undefined : node.boot()));
      };
      node.store.arm(random.int(1, 5), random.chance(0.5), down);
    });
  }

  #nextPartition(end: number): void {
    const { random, time, net } = this;
    const length = random.int(5_000, PARTITION_MS_MAX);
    time.after(random.int(60_000, 240_000), () => {
      if (time.now() + length > end) return;
      this.partitions += 1;
      net.partition(new Map(this.nodes.map(({ name }) => [name, random.int(0, 1)])));
      time.after(length, () => {
        net.partition(undefined);
        this.#nextPartition(end);
      });
    });
  }

  /** Nobody makes blocks any more, all are up, clocks are right, and what is known goes round. */
  async #heal(): Promise<void> {
    this.#over = true;
    this.net.weather.loss = 0;
    for (const node of this.nodes) {
      node.character.skewMs = 0;
      if (node.up) node.store.disarm();
      else await node.boot();
    }
  }

  async #conclude(): Promise<Summary> {
    const { judge, plan, random } = this;
    const [first] = this.honest;
    judge.assertOneTip(this.honest);
    await judge.assertAnyOrder(first!, random, Number.MAX_SAFE_INTEGER);
    const { honest, height } = judge.quality(first!);
    this.#assertLive(height, honest);
    return {
      ...plan,
      adversaries: this.nodes.filter(({ character }) => !character.honest).map(({ name }) => name),
      height,
      blocks: judge.blocks.size,
      honest,
      reorganisations: Object.fromEntries([...judge.depths].sort(([a], [b]) => a - b)),
      crashes: this.nodes.reduce((sum, { crashes }) => sum + crashes, 0),
      partitions: this.partitions,
      messages: this.net.sent,
      lost: this.net.lost,
    };
  }

  /**
   * Growth: a block every 1/f slots is expected, and ASERT steers towards it; four deviations of a Poisson
   * count are allowed, and what crashes, partitions and withheld blocks cost. Quality: some of it is honest work.
   */
  #assertLive(height: number, honest: number): void {
    const expected = (this.plan.minutes * 60_000 * F[0]) / (SLOT_MS * F[1]);
    const slack = 4 * Math.sqrt(expected);
    assert.ok(height >= 0.6 * expected - slack, `the chain grew to ${height}, where ${expected} are expected`);
    assert.ok(height <= 1.25 * expected + slack, `the chain grew to ${height}, where ${expected} are expected`);
    assert.ok(honest >= 0.4 * height - slack, `${honest} of ${height} blocks are honest`);
  }
}
