import assert from 'node:assert/strict';
import { type Params, parseParams } from '../../src/lib/chain/params.js';
import { PARAMS } from '../chain/helpers.js';
import { Staker } from '../chain/stakers.js';
import { ClockGrinder, Equivocator, Flooder, Sleeper, Stuffer, Withholder } from './adversaries.js';
import { Judge } from './judge.js';
import { SimNet } from './net.js';
import { type Character, SimNode } from './node.js';
import { Random } from './random.js';
import { Time } from './time.js';
import { bonds, pays } from './users.js';

export interface Plan {
  seed: string;
  nodes: number;
  /** Of virtual time. */
  minutes: number;
  /** Whether the owners bond, and the chain goes over to stake: from the third epoch on, after 8 minutes. */
  stake?: boolean;
}

export interface Summary extends Plan {
  adversaries: string[];
  height: number;
  /** Blocks made by anybody, and the honest part of the main chain. */
  blocks: number;
  honest: number;
  /** Blocks led by stake on the main chain that are not pruned, and bonds lost for signing twice. */
  led: number;
  slashed: number;
  reorganisations: Record<number, number>;
  crashes: number;
  partitions: number;
  messages: number;
  lost: number;
}

const ADVERSARIES = { Withholder, Equivocator, ClockGrinder, Stuffer, Flooder, Sleeper };
export type AdversaryName = keyof typeof ADVERSARIES;

const SLOT_MS = 1_000;
const F: [number, number] = [1, 4];

/** What differs between runs that mine and runs that go over to stake, whose epochs, 10k/f slots, should be short. */
interface Era {
  k: number;
  powBlocks: number;
  /** The longest partition: either side makes less than a third of k blocks meanwhile. */
  partitionMsMax: number;
  delayMsMax: number;
  losses: number[];
  /** Of the power, as one in so many of the nodes' own. */
  adversary: number;
}
const MINING: Era = {
  ...{ k: 24, powBlocks: 100_000, partitionMsMax: 64_000, delayMsMax: 600 },
  ...{ losses: [0, 0.01, 0.05, 0.1], adversary: 2 },
};
const STAKING: Era = {
  ...{ k: 6, powBlocks: 30, partitionMsMax: 8_000, delayMsMax: 200 },
  ...{ losses: [0, 0.01], adversary: 2 },
};
/** Quiet in the end, so that what is on its way arrives. */
const SETTLE_MS = 240_000;

function simParams(power: number, { k, powBlocks }: Era): Params {
  const target = ((1n << 256n) * BigInt(F[0])) / BigInt(F[1] * power);
  return parseParams({
    ...PARAMS,
    slotMs: SLOT_MS,
    f: F,
    k,
    powBlocks,
    cycleBlocks: 100,
    firstTarget: target.toString(16).padStart(64, '0'),
    asertHalfLifeSlots: 240,
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
  readonly #era: Era;
  #over = false;

  constructor(
    readonly plan: Plan,
    adversaries?: readonly AdversaryName[],
  ) {
    this.random = new Random(`${plan.seed} ${plan.nodes} ${plan.minutes}`);
    this.#era = plan.stake ? STAKING : MINING;
    const { random, time } = this;
    const kinds =
      adversaries ?? random.shuffled(Object.keys(ADVERSARIES) as AdversaryName[]).slice(0, random.int(0, 2));
    const characters = Array.from({ length: plan.nodes }, (_, i) => this.#character(i, kinds[i]));
    const params = simParams(
      characters.reduce((sum, { power }) => sum + power, 0),
      this.#era,
    );
    this.judge = new Judge(params);
    const slow = random.int(50, this.#era.delayMsMax);
    this.net = new SimNet(time, random, { delayMs: [10, slow], loss: random.pick(this.#era.losses) });
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
    const far = !plan.stake && !kind && i === plan.nodes - 1 && random.chance(0.3);
    const skewMs = far ? random.pick([-1, 1]) * random.int(5_000, 30_000) : random.int(-bound, bound);
    const power = kind ? Math.max(1, Math.floor(plan.nodes / this.#era.adversary)) : far ? 1 : random.int(2, 4);
    return { name: kind ? `${kind}-${i}` : `node-${i}`, owner: new Staker(`owner ${i}`), power, skewMs, honest: !kind };
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
    if (plan.stake) this.#every(20_000, () => this.nodes.forEach((node) => void (node.up && bonds(node))));
    this.#nextCrash();
    this.#nextPartition(end);
    await time.runUntil(end);
    await this.#heal();
    // Nobody asks for a branch of no more work than his own: between equals the next block decides.
    time.after(SETTLE_MS / 4, () => this.#oneMore());
    await time.runUntil(end + SETTLE_MS);
    return this.#conclude();
  }

  async #oneMore(): Promise<void> {
    for (const node of this.honest) {
      const before = node.mined;
      await node.tick();
      if (node.mined > before) return;
    }
    this.time.after(SLOT_MS, () => this.#oneMore());
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
    const length = random.int(2_000, this.#era.partitionMsMax);
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
    const slashed = judge.assertSlashed(first!, this.nodes);
    const led = [...Array(height + 1).keys()].filter((at) => first!.ledger.headerAt(at)?.proof.kind === 'stake').length;
    if (plan.stake) assert.ok(led > 0, 'the chain went over to stake');
    return {
      ...plan,
      adversaries: this.nodes.filter(({ character }) => !character.honest).map(({ name }) => name),
      height,
      blocks: judge.blocks.size,
      ...{ honest, led, slashed },
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
