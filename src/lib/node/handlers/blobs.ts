import { LIMITS } from '../../chain/encoding.js';
import { creditDaysFor, mostCreditDays } from '../../plan/credit.js';
import type { Handlers } from '../../rpc/handlers.js';
import type { AdvertRecord, BlobRecord } from '../../rpc/records.js';
import { readKeyForBlob } from '../../seal/locator.js';
import { fromHex, utf8 } from '../../util/bytes.js';
import { Failure } from '../../util/errors.js';
import { advertise, advertRecord } from '../adverts.js';
import { ownerRecord, stewardRecord } from '../blob-records.js';
import { type Context, currentSlot } from '../context.js';
import type { BlobEntry } from '../entries.js';
import { giveUp } from '../file-forget.js';
import { isOwnCopy, letGo } from '../holding.js';
import { ownBlob } from '../lookup.js';
import { ask, recall } from '../requests.js';
import { scrub } from '../scrub.js';
import { dealDeck, extentOf, uuidOf } from '../sealing.js';

type BlobHandlers = Pick<
  Handlers,
  'blob.put' | 'blob.get' | 'blob.ls' | 'blob.show' | 'blob.check' | 'blob.scrub' | 'blob.rm' | 'blob.advertise'
>;

export function blobHandlers(context: Context): BlobHandlers {
  return {
    'blob.put': (params, body) => put(context, params, body),
    'blob.get': async ({ uuid }) => {
      const blob = await context.blobs.openGood(uuid);
      return { size: blob.size, body: blob.drain() };
    },
    'blob.ls': (filter) => list(context, filter),
    'blob.show': ({ uuid }) => show(context, uuid),
    'blob.check': ({ uuid }) => check(context, uuid),
    'blob.scrub': ({ rate }, { signal }) => scrub(context, rate, signal),
    'blob.rm': ({ uuid, dryRun }) => remove(context, uuid, dryRun),
    'blob.advertise': (params) => advertiseBlobs(context, params),
  };
}

async function put(context: Context, params: Parameters<BlobHandlers['blob.put']>[0], body: AsyncIterable<Uint8Array>) {
  const { blobs, books, wallet } = context;
  const vaultKey = wallet.keys().vaultKey;
  const draft = await blobs.draft();
  try {
    for await (const chunk of body) await draft.write(draft.size, chunk);
    if (draft.size === 0 && !params.allowEmpty) {
      throw new Failure('usage', 'the blob is empty', 'an empty blob is stored with --allow-empty');
    }
    const uuid = await uuidOf(extentOf(draft));
    const known = books.blobs.get(utf8(uuid));
    // One that went missing is placed again from the bytes that are here now.
    const lost = known?.state === 'dropped' || (known?.state === 'mia' && known.file === null);
    if (known && !lost) {
      // What lies here of it may be bad or gone by now, or on a disk that is missing; what came is good.
      if (isOwnCopy(context, uuid)) await draft.keep(uuid);
      return await ownerRecord(context, known);
    }
    const { size } = draft;
    const deck = await dealDeck(extentOf(draft), vaultKey, uuid, currentSlot(context));
    await draft.keep(uuid);
    const entry: BlobEntry = {
      ...{ uuid, size, file: null, share: null, generation: null, state: 'local', deck },
      ...{ readkey: readKeyForBlob(vaultKey, fromHex(uuid)!), contract: null, advert: null, name: params.name },
    };
    await books.commit([books.blobs.put(utf8(uuid), entry)]);
    context.changes.tell({ kind: 'books' });
    return await ownerRecord(context, entry);
  } finally {
    await draft.discard();
  }
}

async function* list(
  context: Context,
  filter: { state?: string | undefined; role?: 'owner' | 'steward' | undefined },
): AsyncGenerator<BlobRecord> {
  const wanted = (record: BlobRecord) => filter.state === undefined || record.state === filter.state;
  if (filter.role !== 'steward') {
    for await (const [, blob] of context.books.blobs.entries()) {
      const record = await ownerRecord(context, blob);
      if (wanted(record)) yield record;
    }
  }
  if (filter.role === 'owner') return;
  for await (const [, contract] of context.books.kept.entries()) {
    const record = await stewardRecord(context, contract);
    if (wanted(record)) yield record;
  }
}

async function show(context: Context, uuid: string): Promise<BlobRecord> {
  const own = context.books.blobs.get(utf8(uuid));
  if (own) return ownerRecord(context, own);
  let newest: BlobRecord | undefined;
  for (const id of await context.books.keptByUuid.ids({ prefix: fromHex(uuid)! }))
    newest = await stewardRecord(context, context.books.kept.get(id)!);
  if (!newest) throw new Failure('not-found', `no blob ${uuid} here`);
  return newest;
}

async function check(context: Context, uuid: string) {
  const verdict = await context.blobs.check(uuid);
  // Neither held nor known: there is no such blob.
  if (!verdict.good && !(await context.blobs.knows(uuid))) await show(context, uuid);
  return { uuid, ...verdict };
}

/** Gives a blob up: its steward is paid no more, and no repair replaces it. */
async function remove(context: Context, uuid: string, dryRun: boolean): Promise<BlobRecord> {
  const { books } = context;
  return books.exclusive(async () => {
    const blob = ownBlob(context, uuid);
    const dropped = { ...blob, state: 'dropped' as const };
    if (dryRun) return ownerRecord(context, dropped);
    await books.commit(giveUp(context, blob));
    await letGo(context, uuid);
    context.changes.tell({ kind: 'books' });
    return ownerRecord(context, dropped);
  });
}

type AdvertiseParams = Parameters<BlobHandlers['blob.advertise']>[0];

async function* advertiseBlobs(context: Context, params: AdvertiseParams): AsyncGenerator<AdvertRecord> {
  const { books } = context;
  const { maxPrice: reserve, termDays, maxSpend, dryRun } = params;
  const creditDays = params.creditDays ?? creditDaysFor(termDays, context.params);
  const most = mostCreditDays(termDays, context.params);
  if (creditDays > most) {
    throw new Failure(
      'usage',
      `no steward lends ${creditDays} days of a term of ${termDays}`,
      `ask for ${most} at most, or for a longer term`,
    );
  }
  const asked = ask('blob.advertise', { ...params, uuids: [...params.uuids].sort() });
  const adverts = await books.exclusive(async () => {
    const known = recall(books, asked);
    if (known) {
      const first = (known.result as string[]).flatMap((id) => books.adverts.get(utf8(id)) ?? []);
      return first.map((entry) => ({ entry, cost: 0n }));
    }
    const groups = groupBySize(context, params.uuids).map((uuids) => ({ uuids, reserve, creditDays, termDays }));
    return advertise(context, groups, { asked, maxSpend, dryRun });
  });
  context.changes.tell({ kind: 'books' });
  for (const { entry, cost } of adverts) {
    const record = advertRecord(context, entry.id, entry);
    yield { ...record, ...(dryRun ? { state: 'planned' as const } : {}), spent_grains: cost.toString() };
  }
}

/** Blobs of one size share an advert, as many as one may have. */
function groupBySize(context: Context, ids: readonly string[]): string[][] {
  const groups = new Map<number, string[]>();
  for (const uuid of new Set(ids)) {
    const blob = ownBlob(context, uuid);
    if (blob.state === 'bare') {
      throw new Failure('usage', `blob ${uuid} is kept by a Tahoe grid`, 'pay for it with holdfast bounty post --blob');
    }
    if (blob.state !== 'local') throw new Failure('failure', `blob ${uuid} is ${blob.state}`);
    groups.set(blob.size, [...(groups.get(blob.size) ?? []), uuid]);
  }
  return [...groups.values()].flatMap((uuids) =>
    Array.from({ length: Math.ceil(uuids.length / LIMITS.lots) }, (_, i) =>
      uuids.slice(i * LIMITS.lots, (i + 1) * LIMITS.lots),
    ),
  );
}
