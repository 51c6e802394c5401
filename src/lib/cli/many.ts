import { Base } from './base.js';
import { parseId, shown } from './ids.js';
import { operandWords } from './input.js';
import type { Column } from './output.js';

export interface Rows<R> {
  columns: readonly Column<R>[];
  id: (row: R) => string;
}

/** A command that does one thing for many operands, in one process. */
export abstract class Many extends Base {
  /** One call an id, from operands or, for `-`, from stdin. `called`: what an id is, for errors. */
  protected async eachId(
    given: readonly string[] | undefined,
    called: string,
    act: (id: string) => Promise<void>,
  ): Promise<void> {
    const words = operandWords(given, { called: called.toUpperCase() });
    await this.batch(words, (word) => act(parseId(word, called)), { name: shown });
  }

  /** All of them, before anything is done. One that is no id fails the whole. */
  protected async allIds(given: readonly string[] | undefined, called: string): Promise<string[]> {
    const ids: string[] = [];
    for await (const word of operandWords(given, { called: called.toUpperCase() })) ids.push(parseId(word, called));
    return ids;
  }

  /** A row for what came of each operand: at once, or, where columns are to be aligned, at the end. */
  protected row<R extends object>(rows: Rows<R>): { add(row: R): Promise<void>; end(): Promise<void> } {
    const kept: R[] = [];
    const atOnce = this.common.json || this.common.quiet || !process.stdout.isTTY;
    return {
      add: async (row) => {
        if (atOnce) await this.list([row], rows);
        else kept.push(row);
      },
      end: () => this.list(kept, rows),
    };
  }
}
