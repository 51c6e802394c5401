import Table from 'cli-table3';
import type { Ora } from 'ora';
import type { BlobRecord } from '../rpc/records.js';
import { formatTokens } from '../util/amounts.js';
import type { Teller } from './teller.js';

/** The demo's own directory: in every command, and too long to read each time. */
const OWN_DIR = /[^\s']*\/holdfast-demo-\w+/g;

interface Row {
  blob: BlobRecord;
  steward: string;
}

/**
 * For a person: what happens, line by line; on a terminal under it a table of the blobs, redrawn as
 * they change, with a spinner that names the step.
 */
export async function personTeller(out: NodeJS.WriteStream): Promise<Teller> {
  const { default: ora } = await import('ora');
  const rows = new Map<string, Row>();
  const spinner = out.isTTY ? ora({ stream: out, discardStdin: false }).start() : undefined;
  let title = 'starting';
  let dir: string | undefined;
  const redraw = () => {
    if (spinner) spinner.text = `${title}\n${tableOf([...rows.values()], out.columns)}`;
  };
  const print = (line: string) => say(out, spinner, line, redraw);
  return {
    command: (line) => {
      const [found] = line.match(OWN_DIR) ?? [];
      if (found && found !== dir) {
        dir = found;
        print(`  $ D=${dir}`);
      }
      print(`  $ ${line.replace(OWN_DIR, '$D')}`);
    },
    step: (_name, text) => {
      title = text;
      print(`\n${text}`);
    },
    blob: (blob, steward) => {
      const known = rows.get(blob.uuid);
      rows.set(blob.uuid, { blob, steward });
      if (!spinner && known?.blob.confidence !== blob.confidence && blob.confidence > 0)
        print(`  ${lineOf({ blob, steward })}`);
      redraw();
    },
    event: (_name, _facts, text) => print(`  ${text}`),
    done: () => print('\ndone: everything above was seen to happen'),
    close: () => {
      spinner?.stop();
      if (rows.size > 0) out.write(`\n${tableOf([...rows.values()], out.columns ?? Number.POSITIVE_INFINITY)}\n`);
    },
  };
}

function say(out: NodeJS.WriteStream, spinner: Ora | undefined, line: string, redraw: () => void): void {
  spinner?.clear();
  out.write(`${line}\n`);
  redraw();
  spinner?.render();
}

function tableOf(rows: readonly Row[], columns = 80): string {
  const table = new Table({
    head: ['blob', 'share', 'state', 'steward', 'confidence', 'every', 'paid'],
    style: { head: [], border: [], compact: true },
  });
  const sorted = [...rows].sort(
    (a, b) => (a.blob.share ?? 0) - (b.blob.share ?? 0) || (a.blob.generation ?? 0) - (b.blob.generation ?? 0),
  );
  for (const { blob, steward } of sorted) {
    const every = blob.interval_days === null ? '' : `${blob.interval_days} d`;
    const share = blob.generation ? `${blob.share} (gen ${blob.generation})` : `${blob.share}`;
    table.push([
      blob.uuid.slice(0, 8),
      share,
      blob.state,
      steward,
      '●'.repeat(blob.confidence),
      every,
      formatTokens(BigInt(blob.paid_grains)),
    ]);
  }
  return table
    .toString()
    .split('\n')
    .map((line) => (line.length > columns ? line.slice(0, columns) : line))
    .join('\n');
}

function lineOf({ blob, steward }: Row): string {
  return `share ${blob.share} at ${steward}: confidence ${blob.confidence}, next after ${blob.interval_days} days, paid ${formatTokens(BigInt(blob.paid_grains))}`;
}
