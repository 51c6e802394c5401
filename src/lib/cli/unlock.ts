import type { RpcClient } from '../rpc/client.js';
import { isFailure } from '../util/errors.js';

export type AskPassphrase = () => Promise<string>;

/** Acts; where the node answers that its wallet is locked, unlocks it and acts once more. */
export async function unlocked<T>(node: RpcClient, ask: AskPassphrase, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isFailure(error) || error.code !== 'passphrase') throw error;
    await node.call('wallet.unlock', { passphrase: await ask() });
    return act();
  }
}

/** The same for an answer of many records: a locked wallet is told before the first. */
export async function* unlockedRecords<T>(
  node: RpcClient,
  ask: AskPassphrase,
  make: () => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const { first, rest } = await unlocked(node, ask, async () => {
    const rest = make();
    return { first: await rest.next(), rest };
  });
  if (first.done) return;
  yield first.value;
  yield* rest;
}

/** Before bytes are sent that could not be sent twice. */
export async function unlockFirst(node: RpcClient, ask: AskPassphrase): Promise<void> {
  const { wallet } = await node.call('node.status', {});
  if (wallet === 'locked') await node.call('wallet.unlock', { passphrase: await ask() });
}
