import { stat } from 'node:fs/promises';
import { Failure } from '../util/errors.js';
import type { Place } from './blobs-foreign.js';
import { folderOf } from './blobs-lock.js';
import { type Hasher, OpenBlob } from './blobs-open.js';
import type { RootLog, RootSet } from './blobs-roots.js';

export interface Verdict {
  good: boolean;
  reason: string | null;
}

/** Finds blobs whose bytes went bad, and takes them out of use: from then on they are not held. */
export class BlobChecker {
  /** Where to hash: off this thread, where the node has threads. */
  hasher: Hasher = (blob) => blob.hash();

  constructor(
    private readonly roots: RootSet,
    private readonly log: RootLog,
  ) {}

  /** The first copy that hashes to its name, open still; undefined where there is none. Throws 'lost' where all went bad. */
  async firstGood(uuid: string): Promise<OpenBlob | undefined> {
    let bad: string | undefined;
    for await (const place of this.roots.places(uuid)) {
      const blob = await OpenBlob.at(place);
      if (!blob) continue;
      const verdict = await this.judge(blob, this.hasher).catch(async (error) => {
        await blob.close();
        throw error;
      });
      if (verdict.good) return blob;
      await blob.close();
      bad ??= verdict.reason ?? undefined;
    }
    if (bad !== undefined) throw new Failure('lost', `blob ${uuid}: ${bad}`, 'see holdfast blob check');
    return undefined;
  }

  /** Of one blob; undefined where nothing of it was found. */
  async check(uuid: string): Promise<Verdict | undefined> {
    let verdict: Verdict | undefined;
    for await (const place of this.roots.places(uuid)) {
      const now = await this.checkPlace(place);
      // One copy that is good will do, whatever became of another.
      if (now?.good) return now;
      verdict ??= now;
    }
    return verdict ?? this.remembered(uuid);
  }

  /** Of one copy; undefined where it has gone meanwhile. What cannot be read is bad, and stays where it is. */
  async checkPlace(place: Place, hasher = this.hasher): Promise<Verdict | undefined> {
    let blob: OpenBlob | undefined;
    try {
      blob = await OpenBlob.at(place);
      return blob && (await this.judge(blob, hasher));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { good: false, reason: `its bytes cannot be read: ${error.message}` };
    } finally {
      await blob?.close();
    }
  }

  private async judge(blob: OpenBlob, hasher: Hasher): Promise<Verdict> {
    const { uuid } = blob.place;
    if ((await blob.isWhole()) && (await hasher(blob)) === uuid) return { good: true, reason: null };
    await this.setAside(blob);
    return (await this.remembered(uuid)) ?? { good: false, reason: 'its bytes are not what its name says' };
  }

  /** Only the file that was read: one that took its place meanwhile is another. */
  private async setAside(blob: OpenBlob): Promise<void> {
    const { place } = blob;
    const { uuid, path } = place;
    const root = this.roots.rootOf(place);
    if (!root) {
      this.log.error({ uuid, path }, 'the bytes of a blob went bad');
      await this.roots.foreign.corrupt?.(uuid, 'its bytes are not what its name says');
      return;
    }
    await this.roots.locks.hold(folderOf(uuid), async () => {
      const { dev, ino } = await blob.identity();
      const now = await stat(path).catch(() => undefined);
      if (now?.ino !== ino || now.dev !== dev) return;
      await root.setAside(uuid, place.size);
      this.log.error({ uuid, path: root.badFile(uuid) }, 'the bytes of a blob went bad, and were set aside');
    });
  }

  /** What was found bad before. */
  async remembered(uuid: string): Promise<Verdict | undefined> {
    for (const root of this.roots.roots) {
      const path = root.badFile(uuid);
      if (root.present && (await stat(path).catch(() => undefined)))
        return { good: false, reason: `its bytes went bad and were set aside in ${path}` };
    }
    const bad = this.roots.foreign.bad(uuid);
    return bad && { good: false, reason: `its bytes went bad in ${bad.path}: ${bad.reason}` };
  }
}
