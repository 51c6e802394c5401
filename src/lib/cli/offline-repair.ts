import { type FileHandle, open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Cap, ChkCap, VerifyCap } from '../codec/caps.js';
import { CONTAINER_HEADER_BYTES, packContainerHeader, unpackContainer } from '../codec/container.js';
import { healthOf } from '../codec/happy.js';
import { rebuildShares } from '../codec/rebuild.js';
import { type ByteSource, sliceSource } from '../codec/source.js';
import { checkShares } from '../codec/verify.js';
import type { RepairRecord } from '../rpc/records.js';
import { writeAll } from '../store/files.js';
import { FileSource } from '../store/source.js';
import { Failure, fromSystemError } from '../util/errors.js';
import { isAnothers } from './foreign-share.js';
import { type Survey, surveyShares } from './offline-check.js';
import type { ShareFile } from './share-files.js';
import { targetPath } from './share-writer.js';
import { makeStaging, place } from './staging.js';

export interface OfflineRepair {
  from: string;
  /** Where what is made goes; where it is found otherwise. */
  out: string | undefined;
  happy: number | undefined;
  dryRun: boolean;
}

/**
 * Rebuilds what is missing or bad among the shares in a directory, from any k good ones. Each goes where
 * the bad one was, or beside the good ones, as they lie there: a plain file, or a storage server's
 * container. A share's file is replaced by a whole verified one or not at all.
 */
export async function repairOffline(cap: Cap, how: OfflineRepair): Promise<RepairRecord> {
  if (cap.kind === 'lit') {
    const one = { needed: 1, happy: 1, total: 1, good: 1 };
    const fine = { verdict: 'healthy', verdict_after: 'healthy' } as const;
    return { type: 'repair', storage_index: null, ...one, ...fine, rebuilt: [], planned: how.dryRun };
  }
  const out = how.out === undefined || resolve(how.out) === resolve(how.from) ? undefined : how.out;
  const survey = await surveyShares([how.from, ...(await existing(out))], cap, how.happy);
  try {
    const { type: _, shares, ...counts } = survey.record;
    const wanted = shares.filter(({ good }) => !good).map(({ share }) => share);
    const enough = counts.good >= cap.needed;
    const made = enough && wanted.length > 0 ? await rebuild(cap, survey, wanted, { ...how, out }) : [];
    const after = healthOf(counts.good + made.length, cap.needed, counts.happy);
    const rebuilt = made.map((share) => ({ share, uuid: null }));
    return { type: 'repair', ...counts, verdict_after: after, rebuilt, planned: how.dryRun };
  } finally {
    await survey.close();
  }
}

async function existing(out: string | undefined): Promise<string[]> {
  if (out === undefined) return [];
  const handle = await open(out, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw fromSystemError(error, `cannot read ${out}`);
  });
  await handle?.close();
  return handle ? [out] : [];
}

async function rebuild(cap: ChkCap | VerifyCap, survey: Survey, wanted: number[], how: OfflineRepair) {
  const targets = new Map<number, string>();
  for (const share of wanted) targets.set(share, await targetOf(share, survey, how));
  if (how.dryRun) return wanted;
  const root = how.out ?? how.from;
  const model = [...survey.good.values()][0]!;
  const staging = await makeStaging(root).catch((error) => {
    throw fromSystemError(error, `cannot write to ${root}`);
  });
  const opened: FileHandle[] = [];
  try {
    const staged = new Map<number, StagedShare>();
    for (const share of wanted) {
      const path = join(staging.path, String(share));
      const handle = await open(path, 'wx+', 0o666);
      opened.push(handle);
      staged.set(share, new StagedShare(path, handle, await wrapping(model)));
    }
    const sources = new Map([...survey.good].map(([share, file]) => [share, file.source]));
    await rebuildShares(cap, sources, wanted, (share) => staged.get(share));
    for (const [share, file] of staged) {
      await file.finish();
      const [verdict] = await checkShares(cap, new Map([[share, await file.source()]]));
      if (!verdict!.good) throw new Failure('failure', `share ${share} could not be written: ${verdict!.reason}`);
      await place([{ from: file.path, to: targets.get(share)! }]);
    }
    return wanted;
  } catch (error) {
    throw fromSystemError(error, `cannot write to ${root}`);
  } finally {
    for (const handle of opened) await handle.close();
    await staging.remove();
  }
}

/** Where the bad one was, or else beside the good ones. Throws where that is another file's share. */
async function targetOf(share: number, { good, bad, record }: Survey, { out }: OfflineRepair): Promise<string> {
  const model = [...good.values()][0]!;
  const inTree = model.container !== undefined;
  const path =
    out === undefined
      ? (bad.find(({ file }) => file.share === share)?.file.path ?? join(model.folder, String(share)))
      : targetPath(out, record.storage_index, share, inTree);
  const there = bad.find(({ file }) => resolve(file.path) === resolve(path))?.file;
  if (there?.denied) throw new Failure('failure', `${path} cannot be read: permission denied`);
  if (there && (await isAnothers(there.source, share))) {
    throw new Failure('failure', `${path} is another file's share`, 'write elsewhere with --out DIR');
  }
  return path;
}

/** What stands around a share in its file. */
interface Wrapping {
  head: (shareSize: number) => Uint8Array;
  leases: Uint8Array;
}

/** As the model's file: all shares of a file on one server have the same leases. */
async function wrapping({ container }: ShareFile): Promise<Wrapping | undefined> {
  if (!container) return undefined;
  const { schema, shareSize, leases } = unpackContainer(
    await container.read(0, CONTAINER_HEADER_BYTES),
    container.size,
  );
  const end = CONTAINER_HEADER_BYTES + shareSize;
  return {
    head: (size) => packContainerHeader(size, leases, schema),
    leases: await container.read(end, container.size - end),
  };
}

class StagedShare {
  #size = 0;

  constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    private readonly wrapping: Wrapping | undefined,
  ) {}

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    await writeAll(this.handle, bytes, this.#start + offset);
    this.#size = Math.max(this.#size, offset + bytes.length);
  }

  get #start(): number {
    return this.wrapping ? CONTAINER_HEADER_BYTES : 0;
  }

  async finish(): Promise<void> {
    if (this.wrapping) {
      await writeAll(this.handle, this.wrapping.head(this.#size), 0);
      await writeAll(this.handle, this.wrapping.leases, this.#start + this.#size);
    }
    await this.handle.sync();
  }

  async source(): Promise<ByteSource> {
    const file = new FileSource(this.handle, (await this.handle.stat()).size);
    return sliceSource(file, this.#start, this.#size);
  }
}
