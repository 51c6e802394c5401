/** What a plot shows: a line through its points, x rising. */
export interface Curve {
  points: readonly (readonly [x: number, y: number])[];
  /** Where the x axis is labelled. */
  ticks: readonly number[];
  /** A label of the y axis. */
  unit: (y: number) => string;
  /** One point apart from the line: where we are. */
  mark?: readonly [x: number, y: number];
}

const ROWS = 12;
const COLUMNS_MAX = 72;
const COLUMNS_MIN = 20;
/** Columns that the labels and the axis take, and one to spare. */
const MARGIN = 14;

/** The chart's own symbols are beyond ASCII. */
const ASCII = {
  axis: {
    ...{ n: '^', ns: '|', y: '+', nse: '+', x: '+', we: '-', e: '>' },
    ...{ intersectionXY: '+', intersectionX: '+', intersectionY: '+' },
  },
  chart: { we: '-', wns: '.', ns: '|', nse: '`', wsn: "'", sne: '.', area: '#' },
  point: 'o',
} as const;

/** Whether a locale says that what is written is read as UTF-8: POSIX's order of variables, the first that is set. */
export function writesUtf8(env: NodeJS.ProcessEnv): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /\.?utf-?8/i.test(locale);
}

/** A picture for a terminal so many columns wide, lines and all; in ASCII alone where UTF-8 would not be read. */
export async function plotText(curve: Curve, columns: number, utf8: boolean): Promise<string> {
  const { default: plot } = await import('simple-ascii-chart');
  const text = plot(
    curve.points.map(([x, y]): [number, number] => [x, y]),
    {
      width: Math.max(COLUMNS_MIN, Math.min(COLUMNS_MAX, columns) - MARGIN),
      height: ROWS,
      customXAxisTicks: [...curve.ticks],
      formatter: (value, { axis }) => (axis === 'y' ? curve.unit(value) : value),
      ...(curve.mark && { points: [{ x: curve.mark[0], y: curve.mark[1] }] }),
      ...(!utf8 && { symbols: ASCII }),
    },
  );
  const lines = text.split('\n').map((line) => line.trimEnd());
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}
