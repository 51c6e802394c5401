/** What was seen at one moment, of the time since the one before. */
export interface Sample {
  seconds: number;
  /** Included in blocks, a second. */
  rate: number;
  blocks: number;
  /** Transactions that wait at each node. */
  pools: [number, number];
  /** Bytes at each node. */
  memory: [number, number];
  /** The fewest since the sample before. */
  disk: [number, number];
  /** Microseconds of processor time a transaction: each node, and who publishes. */
  cpu: [number, number, number];
}

const mb = (bytes: number) => (bytes / 1e6).toFixed(0);
const HEAD = ['s', 'tx/s', 'blocks', 'pool A', 'pool B', 'MB A', 'MB B', 'disk A', 'disk B', 'µs A', 'µs B', 'µs P'];

export function headLine(): string {
  return line(HEAD);
}

export function sampleLine({ seconds, rate, blocks, pools, memory, disk, cpu }: Sample): string {
  const cells = [seconds, rate, blocks, ...pools].map((value) => value.toFixed(0));
  return line([...cells, ...memory.map(mb), ...disk.map(mb), ...cpu.map((value) => value.toFixed(0))]);
}

const line = (cells: readonly string[]) => cells.map((cell) => cell.padStart(7)).join('');

export interface Thirds {
  memory: [number, number];
  disk: [number, number];
}

/**
 * By what factor each node's memory, on average, and its disk, at its lowest, in the last third exceed the second: what
 * waits for compaction comes and goes by more than what lives.
 */
export function growth(samples: readonly Sample[]): Thirds {
  const third = Math.floor(samples.length / 3);
  const [second, last] = [samples.slice(-2 * third, -third), samples.slice(-third)];
  const memory = (node: 0 | 1) => ratio(mean, ({ memory }) => memory[node]);
  const disk = (node: 0 | 1) => ratio(lowest, ({ disk }) => disk[node]);
  const ratio = (sum: (values: readonly number[]) => number, of: (sample: Sample) => number) =>
    sum(last.map(of)) / sum(second.map(of));
  return { memory: [memory(0), memory(1)], disk: [disk(0), disk(1)] };
}

const lowest = (values: readonly number[]): number => Math.min(...values);

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
