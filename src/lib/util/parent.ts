/**
 * A child that was given a channel says when it serves, and ends when the channel closes: its parent
 * may have been killed with -9 and could not say so.
 */
export function endWithParent(): void {
  if (process.channel) process.once('disconnect', () => process.exit(0));
}

export function tellParent(message: object): void {
  process.send?.(message);
}
