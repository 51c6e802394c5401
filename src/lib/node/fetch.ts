import { type ChkCap, storageIndexText } from '../codec/caps.js';
import { shareSizeFor } from '../codec/encode.js';
import type { ByteSource } from '../codec/source.js';
import { checkShares } from '../codec/verify.js';
import { locatorOf, readKeyForShare, readProof } from '../seal/locator.js';
import { sealedSize, unsealSource } from '../seal/seal.js';
import type { Spool } from '../store/spool.js';
import { Failure } from '../util/errors.js';
import type { SealedCap } from './caps.js';
import type { Context } from './context.js';
import type { BlobEntry } from './entries.js';
import { blobsOf } from './file-records.js';

/** Providers asked for one share at the most (PROTOCOL §2.5). */
const PROVIDERS_MAX = 16;
const SLACK_BYTES = 1 << 20;
/** Files this small may be cut into segments of any size; their hashes then outweigh them by far. */
const SMALL_BYTES = 1 << 20;

/** One share that was found, fetched and verified against the cap. */
export interface FoundShare {
  share: number;
  source: ByteSource;
  /** null: from this node's own store. */
  peer: string | null;
  release(): Promise<void>;
}

export interface ShareVerdict {
  share: number;
  good: boolean;
  peer: string | null;
  reason: string | null;
}

/**
 * Finds a file's shares by their locators and verifies each in full: nothing is trusted but Tahoe's
 * own hashes, so a provider can only withhold.
 */
export class ShareHunt {
  readonly verdicts = new Map<number, ShareVerdict>();
  /** A disk that is not there, and may have had a share. */
  missing: Failure | undefined;
  /** A Tahoe grid keeps the file's shares; what of them lies here is all that can be seen. */
  bare = false;
  private providers: Promise<Map<number, string[]>> | undefined;
  /** The file's blobs in the catalog. */
  private own: Promise<BlobEntry[]> | undefined;

  constructor(
    private readonly context: Context,
    private readonly spool: Spool,
    private readonly sealed: SealedCap,
    private readonly cap: ChkCap,
  ) {}

  /** Good shares, up to `want`; stops looking when it has them. The caller releases what it was given. */
  async collect(want: number, skip: ReadonlySet<number> = new Set()): Promise<Map<number, FoundShare>> {
    const found = new Map<number, FoundShare>();
    await this.each(skip, want, async (share) => {
      if (found.size >= want) return;
      const got = await this.find(share);
      if (got && found.size < want) found.set(share, got);
      else await got?.release();
    });
    return found;
  }

  /** Looks for every share: `verdicts` has what came of it. Gives as many good ones as may be kept. */
  async survey(keep: number, skip: ReadonlySet<number> = new Set()): Promise<Map<number, FoundShare>> {
    const kept = new Map<number, FoundShare>();
    await this.each(skip, this.cap.total, async (share) => {
      const got = await this.find(share);
      if (got && kept.size < keep) kept.set(share, got);
      else await got?.release();
    });
    return kept;
  }

  /** Who holds what is asked anew: peers may have connected since. */
  askAgain(): void {
    this.providers = undefined;
  }

  private async each(skip: ReadonlySet<number>, want: number, act: (share: number) => Promise<void>): Promise<void> {
    const queue = [...Array(this.cap.total).keys()].filter((share) => !skip.has(share));
    const worker = async () => {
      for (let share = queue.shift(); share !== undefined; share = queue.shift()) await act(share);
    };
    await Promise.all(Array.from({ length: Math.min(4, want) }, worker));
  }

  private async find(share: number): Promise<FoundShare | undefined> {
    this.own ??= blobsOf(this.context, storageIndexText(this.cap));
    const own = (await this.own).filter((entry) => entry.share === share);
    const local = await this.local(share, own);
    if (local) return local;
    // A Tahoe grid announces no locators.
    const isBare = own.some(({ state }) => state === 'bare');
    this.bare ||= isBare;
    this.providers ??= isBare ? undefined : this.askAround();
    const peers = (isBare ? undefined : (await this.providers)?.get(share)) ?? [];
    let reason = this.missing?.message ?? (isBare ? 'it is kept by a Tahoe grid, and not here' : 'no provider');
    for (const peer of peers.slice(0, PROVIDERS_MAX)) {
      try {
        return await this.verified(share, await this.download(share, peer), peer);
      } catch (error) {
        reason = (error as Error).message;
        this.context.log.debug({ share, peer, reason }, 'share not usable');
      }
    }
    if (!this.verdicts.has(share)) this.verdicts.set(share, { share, good: false, peer: peers[0] ?? null, reason });
    return undefined;
  }

  private askAround(): Promise<Map<number, string[]>> {
    const locators = Array.from({ length: this.cap.total }, (_, share) =>
      locatorOf(readKeyForShare(this.cap.key, share)),
    );
    return this.context.network.providers(locators);
  }

  private async local(share: number, own: readonly BlobEntry[]): Promise<FoundShare | undefined> {
    const { blobs } = this.context;
    for (const entry of own) {
      const { place, missing } = await blobs.seek(entry.uuid);
      this.missing ??= missing;
      if (!place) continue;
      const blob = await blobs.open(entry.uuid);
      const held = { source: blob, release: () => blob.close() };
      try {
        return await this.verified(share, held, null, entry.state === 'bare');
      } catch {
        await blobs.check(entry.uuid);
      }
    }
    return undefined;
  }

  private async download(share: number, peer: string): Promise<Held> {
    const readkey = readKeyForShare(this.cap.key, share);
    const prove = (server: Uint8Array, nonce: Uint8Array) =>
      readProof(readkey, this.context.network.peerIdBytes, server, nonce);
    const accept = (size: number) => size <= sealedSize(shareBytesMax(this.cap));
    const { body } = await this.context.network.get(peer, { locator: locatorOf(readkey), prove, accept });
    const file = await this.spool.take(body);
    return { source: file, release: () => file.close() };
  }

  private async verified(share: number, held: Held, peer: string | null, isBare = false): Promise<FoundShare> {
    try {
      const source = isBare ? held.source : await unsealSource(held.source, this.cap.key, this.sealed.privateSecret);
      const [verdict] = await checkShares(this.cap, new Map([[share, source]]));
      this.verdicts.set(share, { share, good: verdict!.good, peer, reason: verdict!.reason });
      if (!verdict!.good) throw new Failure('failure', verdict!.reason ?? 'a bad share');
      return { share, source, peer, release: held.release };
    } catch (error) {
      await held.release();
      throw error;
    }
  }
}

/** The cap does not say how the file is cut: what a peer may send at the most, before it is sealed. */
export function shareBytesMax({ needed, total, size }: ChkCap): number {
  if (size > SMALL_BYTES) return 2 * size + SLACK_BYTES;
  return shareSizeFor({ needed, happy: needed, total, segmentSize: 1 }, size) + SLACK_BYTES;
}

interface Held {
  source: ByteSource;
  release(): Promise<void>;
}
