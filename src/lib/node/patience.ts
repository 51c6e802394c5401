import { Failure } from '../util/errors.js';

interface Wait {
  untilSlot: number;
  slots: number;
}

/** What failed is not tried again at once: after so many slots, then twice as many, up to a day. */
export class Patience {
  private readonly waits = new Map<string, Wait>();

  constructor(
    private readonly firstSlots: number,
    private readonly mostSlots: number,
  ) {}

  /** Throws a temporary Failure while it is too soon; what fails makes the next wait longer. */
  async during<R>(name: string, slot: number, work: () => Promise<R>): Promise<R> {
    const wait = this.waits.get(name);
    if (wait && slot < wait.untilSlot)
      throw new Failure('temporary', `it failed before, and is tried again in slot ${wait.untilSlot}`);
    try {
      const result = await work();
      this.waits.delete(name);
      return result;
    } catch (error) {
      const slots = Math.min(this.mostSlots, wait ? 2 * wait.slots : this.firstSlots);
      this.waits.set(name, { slots, untilSlot: slot + slots });
      throw error;
    }
  }
}
