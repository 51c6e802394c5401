/** Which controllers this node hears of: it starts none, and looks after none. */
export class Lookers {
  private followers = 0;
  private lastMs: number | null = null;

  /** One asked what is due. */
  looked(ms: number): void {
    this.lastMs = ms;
  }

  async *whileFollowed<T>(lines: AsyncIterable<T>): AsyncGenerator<T> {
    this.followers += 1;
    try {
      yield* lines;
    } finally {
      this.followers -= 1;
    }
  }

  /** Whether one follows every change, and when one last asked; null: none did yet. */
  get state(): { running: boolean; lastMs: number | null } {
    return { running: this.followers > 0, lastMs: this.lastMs };
  }
}
