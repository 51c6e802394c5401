import type { Handlers } from '../../rpc/handlers.js';
import type { RestoredRecord } from '../../rpc/records.js';
import { Failure } from '../../util/errors.js';
import { backupBlobs, backupBytes, vaultKeysOf } from '../backup.js';
import { ownerRecord } from '../blob-records.js';
import type { Context } from '../context.js';
import { findVault } from '../find-vault.js';
import type { HandlerParts } from '../handlers.js';
import { needAlone } from '../lookout.js';
import { needFresh, restoreBooks } from '../restore.js';

type BackupHandlers = Pick<Handlers, 'wallet.backup' | 'wallet.copies' | 'wallet.restore'>;
type Parts = Pick<HandlerParts, 'spool' | 'policy' | 'onRestored'>;

export function backupHandlers(context: Context, parts: Parts): BackupHandlers {
  return {
    'wallet.backup': async () => {
      needWhole(context);
      return { body: backupBytes(context, parts.policy) };
    },
    'wallet.copies': async function* ({ copies }) {
      needWhole(context);
      for (const blob of await backupBlobs(context, parts.policy, copies)) yield ownerRecord(context, blob);
    },
    'wallet.restore': (params, body) => restore(context, parts, params, body),
  };
}

/** A backup of books that are half restored would be newer than the whole one. */
function needWhole({ books, wallet }: Context): void {
  wallet.keys();
  if (books.restored === undefined) return;
  throw new Failure(
    'temporary',
    'the books are being restored, and have not caught up with the ledger',
    'wait with holdfast node wait',
  );
}

async function restore(
  context: Context,
  { spool, policy, onRestored }: Parts,
  { from, takeOver }: { from: 'file' | 'network'; takeOver: boolean },
  body: AsyncIterable<Uint8Array>,
): Promise<RestoredRecord> {
  const { instance } = vaultKeysOf(context);
  await needFresh(context);
  if (!takeOver) await needAlone(context.network, instance, context.log);
  const found = from === 'network' ? await findVault(context, spool) : { vault: await spool.take(body), newer: false };
  try {
    const restored = await restoreBooks(context, found?.vault, policy);
    // What is under way, this answer too, is finished first.
    onRestored();
    return { ...restored, newer: found?.newer ?? false };
  } finally {
    await found?.vault.close();
  }
}
