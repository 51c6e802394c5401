import type { BlobRecord } from '../rpc/records.js';

/** What the demo says: to people, or as NDJSON. */
export interface Teller {
  command(line: string): void;
  step(name: string, text: string): void;
  /** How a blob stands now. */
  blob(blob: BlobRecord, steward: string): void;
  event(record: { type: string } & Record<string, unknown>, text: string): void;
  close(): void;
}

export function jsonTeller(write: (line: string) => void): Teller {
  const tell = (record: object) => write(`${JSON.stringify(record)}\n`);
  return {
    command: (line) => tell({ type: 'command', line }),
    step: (step, text) => tell({ type: 'step', step, text }),
    blob: ({ uuid, share, generation, state, confidence, interval_days, paid_grains }, steward) =>
      tell({ type: 'progress', uuid, share, generation, state, confidence, interval_days, paid_grains, steward }),
    event: (record) => tell(record),
    close: () => {},
  };
}
