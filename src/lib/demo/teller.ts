import type { BlobRecord } from '../rpc/records.js';

/** What the demo says: to people, or as NDJSON. */
export interface Teller {
  command(line: string): void;
  step(name: string, text: string): void;
  /** How a blob stands now. */
  blob(blob: BlobRecord, steward: string): void;
  /** Something that was seen to happen. */
  event(name: string, facts: Record<string, unknown>, text: string): void;
  done(sha256: string): void;
  close(): void;
}

export function jsonTeller(tell: (record: object) => void): Teller {
  return {
    command: (line) => tell({ type: 'command', line }),
    step: (step, text) => tell({ type: 'step', step, text }),
    blob: ({ uuid, share, generation, state, confidence, interval_days, paid_grains }, steward) =>
      tell({ type: 'watch', uuid, share, generation, state, confidence, interval_days, paid_grains, steward }),
    event: (event, facts) => tell({ type: 'event', event, ...facts }),
    done: (restored_sha256) => tell({ type: 'done', restored_sha256 }),
    close: () => {},
  };
}
