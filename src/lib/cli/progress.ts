import type { Ora } from 'ora';

/** What a long command is at: a spinner on a terminal, NDJSON on request, silence otherwise. */
export interface Progress {
  /** done and total in whatever `what` counts. */
  step(what: string, done?: number, total?: number): void;
  end(): void;
}

export async function startProgress(how: string, quiet: boolean): Promise<Progress> {
  if (how === 'json') return jsonProgress();
  const seen = Boolean(process.stderr.isTTY) && process.env.TERM !== 'dumb';
  if (how === 'none' || quiet || !seen) return { step() {}, end() {} };
  const { default: ora } = await import('ora');
  return spinner(ora({ stream: process.stderr, discardStdin: false, hideCursor: false }));
}

function jsonProgress(): Progress {
  return {
    step(what, done, total) {
      const line = { type: 'progress', what, done: done ?? null, total: total ?? null };
      process.stderr.write(`${JSON.stringify(line)}\n`);
    },
    end() {},
  };
}

function spinner(ora: Ora): Progress {
  return {
    step(what, done, total) {
      const count = done === undefined ? '' : total === undefined ? ` ${done}` : ` ${done}/${total}`;
      ora.text = what + count;
      if (!ora.isSpinning) ora.start();
    },
    end() {
      ora.stop();
    },
  };
}
