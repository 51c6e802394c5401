import type { Context } from './context.js';
import { Rest } from './rest.js';

/** Beyond this a block is refused as one of the future, or comes too late to be built on. */
export const SKEW_MS_MAX = 1_000;
/** Fewer peers than this say nothing: one of two may be wrong. */
const PEERS_MIN = 3;
const EVERY_MS = 5 * 60_000;

type Needs = Pick<Context, 'log'> & { network: Pick<Context['network'], 'clocks'> };

/** Compares the clock with the peers': where it is off, nothing is produced, and the log says so. */
export class ClockWatch {
  #off = 0;
  #stopped = false;
  readonly #rest = new Rest();

  constructor(
    private readonly needs: Needs,
    private readonly everyMs = EVERY_MS,
  ) {}

  /** Whether most peers agree that this machine's clock is wrong. */
  get astray(): boolean {
    return Math.abs(this.#off) > SKEW_MS_MAX;
  }

  /** What is asked when it stops goes with the network. */
  stop(): void {
    this.#stopped = true;
    this.#rest.wake();
  }

  async start(): Promise<void> {
    while (!this.#stopped) {
      await this.#rest.for(this.everyMs);
      if (!this.#stopped) await this.look();
    }
  }

  async look(): Promise<void> {
    const { network, log } = this.needs;
    const clocks = await network.clocks();
    const was = this.astray;
    this.#off = clocks.length < PEERS_MIN ? 0 : medianOf(clocks);
    if (this.astray) log.error({ ahead_ms: -this.#off }, 'the clock is wrong: no block is made here until it is right');
    else if (was) log.info({}, 'the clock is right again');
  }
}

/** Of an even number the one nearer to 0, so that half the peers alone stop nobody. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1]!, sorted[sorted.length >> 1]!];
  return Math.abs(low) < Math.abs(high) ? low : high;
}
