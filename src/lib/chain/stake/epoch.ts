import type { Params } from '../params.js';

type Rate = Pick<Params, 'k' | 'f'>;

/** ⌈count·k/f⌉ slots. */
const perF = ({ k, f: [num, den] }: Rate, count: number) => Math.ceil((count * k * den) / num);

/** An epoch is 10k/f slots. */
export function epochSlots(params: Rate): number {
  return perF(params, 10);
}

/** Epoch 0 begins at slot 0. */
export function epochOf(params: Rate, slot: number): number {
  return Math.floor(slot / epochSlots(params));
}

export function firstSlotOf(params: Rate, epoch: number): number {
  return epoch * epochSlots(params);
}

/**
 * Whether a block of this slot adds to the next epoch's nonce: those of an epoch's first 6k/f slots do. In what
 * follows, 4k/f slots, even a chain at its slowest settles k blocks deep, so that all agree before the nonce is used.
 */
export function feedsNonce(params: Rate, slot: number): boolean {
  return slot % epochSlots(params) < perF(params, 6);
}

/** The epoch whose last block's state says who leads in `epoch`: e − 2. Negative: nobody was bonded yet. */
export function snapshotEpoch(epoch: number): number {
  return epoch - 2;
}
