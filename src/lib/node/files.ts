import { encodeBase32 } from '../codec/base32.js';
import { type ChkCap, storageIndexText } from '../codec/caps.js';
import { decodeFile } from '../codec/decode.js';
import { type EncodeParams, encodeFile } from '../codec/encode.js';
import { convergenceKey, storageIndexOf } from '../codec/keys.js';
import { LIT_MAX_BYTES } from '../codec/params.js';
import type { ByteSource } from '../codec/source.js';
import type { MethodParams } from '../rpc/methods.js';
import type { CheckRecord, FileRecord } from '../rpc/records.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { formatSealedCap, newPrivateSecret, parseSealedCap, type SealedCap } from './caps.js';
import { type Context, currentSlot } from './context.js';
import type { BlobEntry, FileEntry } from './entries.js';
import { type FoundShare, ShareHunt } from './fetch.js';
import { isOwnCopy, letGo } from './holding.js';
import { keepSealed, SealedDraft } from './sealing.js';
import type { Spool, SpoolFile } from './spool.js';

const LOOK_AGAIN_MS = 1000;

type PutParams = MethodParams<'file.put'>;

/** Files of this owner's: encoded and sealed, restored, checked, forgotten. */
export class Files {
  constructor(
    private readonly context: Context,
    private readonly spool: Spool,
    /** Until then this node is still finding its peers, and looks again for what it did not find. */
    private readonly youngUntilMs = 0,
  ) {}

  /** Idempotent by content: the same bytes give the same cap, the same UUIDs, and are stored once. */
  async put(params: PutParams, body: AsyncIterable<Uint8Array>): Promise<FileRecord> {
    const shape = { needed: params.needed, happy: params.happy, total: params.total, segmentSize: params.segmentSize };
    if (!(shape.needed <= shape.happy && shape.happy <= shape.total)) {
      throw new Failure(
        'usage',
        `shares must be needed ≤ happy ≤ total, not ${shape.needed}/${shape.happy}/${shape.total}`,
      );
    }
    this.context.wallet.keys();
    const file = await this.spool.take(body);
    try {
      if (file.size === 0 && !params.allowEmpty) {
        throw new Failure('usage', 'the file is empty', 'an empty file is stored with --allow-empty');
      }
      if (file.size <= LIT_MAX_BYTES) return await this.literal(file, shape, params.name);
      return await this.encode(file, shape, params);
    } finally {
      await file.remove();
    }
  }

  private async literal(file: SpoolFile, shape: EncodeParams, name: string | null): Promise<FileRecord> {
    const { capText } = await encodeFile(file, shape, { key: new Uint8Array(16) }, () => undefined);
    return record({ ...shape, storageIndex: null, name, size: file.size, cap: capText }, []);
  }

  private async encode(file: SpoolFile, shape: EncodeParams, params: PutParams): Promise<FileRecord> {
    const { blobs, books, wallet } = this.context;
    const key = await convergenceKey(file, shape, wallet.keys().convergence);
    const storageIndex = encodeBase32(storageIndexOf(key));
    const known = books.files.get(utf8(storageIndex));
    if (known) return this.knownRecord(known, params);
    const secret = params.privateSeal ? newPrivateSecret() : undefined;
    const drafts: SealedDraft[] = [];
    try {
      for (let share = 0; share < shape.total; share++) {
        drafts.push(await SealedDraft.create(blobs, key, share, 0, secret));
      }
      const { capText } = await encodeFile(file, shape, { key }, (share) => drafts[share]);
      if (params.dryRun) return record({ ...shape, storageIndex, name: params.name, size: file.size }, []);
      const facts = {
        chkKey: key,
        vaultKey: wallet.keys().vaultKey,
        file: storageIndex,
        slot: currentSlot(this.context),
      };
      const entries: BlobEntry[] = [];
      for (const draft of drafts) entries.push(await keepSealed(draft, facts));
      const entry: FileEntry = {
        storageIndex,
        cap: formatSealedCap(capText, secret),
        name: params.name,
        size: file.size,
        needed: shape.needed,
        happy: shape.happy,
        total: shape.total,
        repairBelow: shape.happy,
        createdMs: this.context.clock.now(),
      };
      return await books.exclusive(async () => {
        // Put a second time meanwhile: its blobs may be advertised by now, or live.
        const other = books.files.get(utf8(storageIndex));
        if (other) {
          for (const { uuid } of entries) if (!isOwnCopy(this.context, uuid)) await letGo(this.context, uuid);
          return this.knownRecord(other, params);
        }
        await books.commit([
          books.files.put(utf8(storageIndex), entry),
          ...entries.map((blob) => books.blobs.put(utf8(blob.uuid), blob)),
        ]);
        return record(entry, entries, entry.cap);
      });
    } finally {
      for (const draft of drafts) await draft.draft.discard();
    }
  }

  /** The same file again. Not as if it had the seal asked for now: whoever has its cap could rebuild it. */
  private async knownRecord(known: FileEntry, { privateSeal }: PutParams): Promise<FileRecord> {
    if (privateSeal && parseSealedCap(known.cap).privateSecret === undefined) {
      throw new Failure(
        'failure',
        'the file is stored already, without a private seal',
        'let go of it first: holdfast file forget',
      );
    }
    return record(known, await this.blobsOf(known.storageIndex), known.cap);
  }

  /** The plaintext, verified before the first byte leaves: a bad share is replaced, never streamed. */
  async get(text: string): Promise<{ size: number; body: AsyncIterable<Uint8Array> }> {
    const sealed = parseSealedCap(text);
    const { cap } = sealed;
    if (cap.kind === 'lit') return { size: cap.data.length, body: once(cap.data) };
    const found = await this.gather(sealed, cap);
    const shares = new Map([...found].map(([n, share]) => [n, share.source]));
    const release = async () => {
      for (const share of found.values()) await share.release();
    };
    if (found.size < cap.needed) {
      await release();
      throw new Failure(
        'lost',
        `only ${found.size} of the ${cap.needed} shares needed were found`,
        'try again when more peers are connected',
      );
    }
    return { size: cap.size, body: plaintext(cap, shares, release) };
  }

  /** Shares enough to read the file; a young node asks again as more peers connect. */
  private async gather(sealed: SealedCap, cap: ChkCap): Promise<Map<number, FoundShare>> {
    const found = new Map<number, FoundShare>();
    for (;;) {
      const more = await this.hunt(sealed, cap).collect(cap.needed - found.size, new Set(found.keys()));
      for (const [share, source] of more) found.set(share, source);
      if (found.size >= cap.needed || this.context.clock.now() >= this.youngUntilMs) return found;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  async check(text: string): Promise<CheckRecord> {
    const sealed = parseSealedCap(text);
    const { cap } = sealed;
    if (cap.kind === 'lit') {
      return {
        type: 'check',
        storage_index: null,
        needed: 1,
        happy: 1,
        total: 1,
        good: 1,
        shares: [],
        verdict: 'healthy',
      };
    }
    const storageIndex = storageIndexText(cap);
    const hunt = this.hunt(sealed, cap);
    const found = await hunt.collect(cap.total);
    for (const share of found.values()) await share.release();
    const happy =
      this.context.books.files.get(utf8(storageIndex))?.happy ?? Math.min(cap.total, Math.max(cap.needed, 7));
    const good = found.size;
    const verdict = good < cap.needed ? 'lost' : good < happy ? 'degraded' : 'healthy';
    const shares = [...hunt.verdicts.values()].sort((a, b) => a.share - b.share);
    return {
      type: 'check',
      storage_index: storageIndex,
      needed: cap.needed,
      happy,
      total: cap.total,
      good,
      shares,
      verdict,
    };
  }

  async *list(withCaps: boolean): AsyncGenerator<FileRecord> {
    for await (const [, entry] of this.context.books.files.entries()) {
      yield record(entry, await this.blobsOf(entry.storageIndex), withCaps ? entry.cap : undefined);
    }
  }

  /** Takes the file out of the catalog; its blobs are given up: no payment, no repair. */
  async forget(id: string): Promise<FileRecord> {
    const { books } = this.context;
    const cap = id.startsWith('URI:') ? parseSealedCap(id).cap : undefined;
    const storageIndex = cap ? (cap.kind === 'lit' ? '' : storageIndexText(cap)) : id;
    const entry = books.files.get(utf8(storageIndex));
    if (!entry) throw new Failure('not-found', 'no such file in the catalog');
    return books.exclusive(async () => {
      const own = await this.blobsOf(storageIndex);
      const writes = [books.files.delete(utf8(storageIndex))];
      for (const blob of own) {
        if (blob.state === 'local') writes.push(books.blobs.delete(utf8(blob.uuid)));
        else if (blob.state !== 'replaced') writes.push(...giveUp(this.context, blob));
      }
      await books.commit(writes);
      for (const blob of own) await letGo(this.context, blob.uuid);
      this.context.changes.tell({ kind: 'books' });
      return record(entry, own);
    });
  }

  /** A share rebuilt from any k others and sealed anew, as a new blob of the next generation. */
  hunt(sealed: SealedCap, cap: ChkCap): ShareHunt {
    return new ShareHunt(this.context, this.spool, sealed, cap);
  }

  async blobsOf(storageIndex: string): Promise<BlobEntry[]> {
    const out: BlobEntry[] = [];
    for await (const [, blob] of this.context.books.blobs.entries()) if (blob.file === storageIndex) out.push(blob);
    return out.sort((a, b) => (a.share ?? 0) - (b.share ?? 0) || (a.generation ?? 0) - (b.generation ?? 0));
  }
}

/** A blob given up: its contract is neither paid nor repaired from here on. */
export function giveUp({ books }: Pick<Context, 'books'>, blob: BlobEntry) {
  const writes = [books.blobs.put(utf8(blob.uuid), { ...blob, state: 'dropped' as const })];
  const contract = blob.contract ? books.owned.get(utf8(blob.contract)) : undefined;
  if (contract?.state === 'live') writes.push(books.owned.put(utf8(contract.id), { ...contract, state: 'dropped' }));
  return writes;
}

type Shown = Pick<FileEntry, 'name' | 'size' | 'needed' | 'happy' | 'total'> & { storageIndex: string | null };

function record(
  file: Shown & { cap?: string },
  blobs: BlobEntry[],
  cap = file.storageIndex ? undefined : file.cap,
): FileRecord {
  const current = blobs.filter((blob) => blob.state !== 'replaced');
  return {
    type: 'file',
    storage_index: file.storageIndex,
    name: file.name,
    size: file.size,
    needed: file.needed,
    happy: file.happy,
    total: file.total,
    ...(cap === undefined ? {} : { cap }),
    blobs: current.map((blob) => blob.uuid),
    live: current.filter((blob) => blob.state === 'live').length,
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** decodeFile hands segments to a callback; a reader pulls them, one held at a time. */
async function* plaintext(
  cap: ChkCap,
  shares: Map<number, ByteSource>,
  release: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  let give: (value: Uint8Array | undefined) => void = () => {};
  let taken: () => void = () => {};
  let next = new Promise<Uint8Array | undefined>((resolve) => {
    give = resolve;
  });
  const decoding = decodeFile(cap, shares, async (segment) => {
    const handed = new Promise<void>((resolve) => {
      taken = resolve;
    });
    give(segment);
    await handed;
  }).finally(() => give(undefined));
  try {
    for (let segment = await next; segment !== undefined; segment = await next) {
      next = new Promise((resolve) => {
        give = resolve;
      });
      yield segment;
      taken();
    }
    await decoding;
  } finally {
    await release();
  }
}
