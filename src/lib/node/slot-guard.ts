import type { Books } from './books.js';

const HIGHEST = 'signed-slot';

/**
 * The highest slot this node signed a header for, on disk before the signature is made: killed at any instruction it
 * never signs a second one, which would cost it its bond. So a slot may be lost, and none is led twice.
 */
export class SlotGuard {
  private constructor(private readonly books: Books) {}

  /**
   * @param now the slot that now is: where nothing is written down, the data may be new and the wallet an old one, so
   * everything up to now counts as signed
   */
  static async open(books: Books, now: number): Promise<SlotGuard> {
    if (books.counter(HIGHEST) === 0) await books.commit([books.setCounter(HIGHEST, now)]);
    return new SlotGuard(books);
  }

  get highest(): number {
    return this.books.counter(HIGHEST);
  }

  /** Whether a slot may be signed for; only once, and none below it any more. Resolves when that is on disk. */
  take(slot: number): Promise<boolean> {
    return this.books.exclusive(async () => {
      if (slot <= this.highest) return false;
      await this.books.commit([this.books.setCounter(HIGHEST, slot)]);
      return true;
    });
  }
}
