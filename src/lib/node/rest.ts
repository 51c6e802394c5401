/** Pauses that can be cut short. */
export class Rest {
  private readonly wakes = new Set<() => void>();

  for(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wakes.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.wakes.add(done);
    });
  }

  wake(): void {
    for (const wake of this.wakes) wake();
  }
}
