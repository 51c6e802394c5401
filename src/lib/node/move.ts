import type { MethodParams } from '../rpc/methods.js';
import type { MoveRecord, RootRecord } from '../rpc/records.js';
import { attachRoot, trueDirectory, usableMarker } from '../store/blobs-attach.js';
import { type Moved, moveAll } from '../store/blobs-move.js';
import type { BlobRoot } from '../store/root.js';
import { Failure } from '../util/errors.js';
import type { Context } from './context.js';
import { rootRecord } from './roots.js';

/**
 * Takes the blobs of some roots, or of all others, to one. What the books say comes first: the sources
 * take no new blobs from then on, so that a move that was cut off is taken up by asking for it again.
 */
export class Mover {
  private running = false;

  constructor(private readonly context: Pick<Context, 'blobs' | 'log'>) {}

  async *move(params: MethodParams<'steward.move'>): AsyncGenerator<MoveRecord | RootRecord> {
    if (this.running) throw new Failure('locked', 'blobs are being moved already', 'wait until that is done');
    this.running = true;
    try {
      yield* params.dryRun ? this.plan(params) : this.perform(params);
    } finally {
      this.running = false;
    }
  }

  private async *plan({ to, from }: MethodParams<'steward.move'>): AsyncGenerator<MoveRecord> {
    const { blobs } = this.context;
    const path = await trueDirectory(to);
    if (!blobs.roots.at(path)) await usableMarker(blobs.roots, path);
    for (const source of await this.sources(from, path)) {
      for await (const { uuid, size } of blobs.inRoot(source))
        yield record({ uuid, bytes: size, from: source.path, to: path, status: 'planned', reason: null });
    }
  }

  private async *perform({ to, from }: MethodParams<'steward.move'>): AsyncGenerator<MoveRecord | RootRecord> {
    const { blobs, log } = this.context;
    const { roots } = blobs;
    const path = await trueDirectory(to);
    const sources = await this.sources(from, path);
    const target = await attachRoot(roots, path);
    await roots.book.inTurn(async () => {
      if (target.entry.state !== 'active') await roots.change(target, { state: 'active' });
      for (const source of sources)
        if (source.entry.state !== 'draining') await roots.change(source, { state: 'draining' });
    });
    for await (const moved of moveAll(blobs, sources, target)) {
      if (moved.status !== 'moved') log.warn(moved, 'a blob was not moved');
      yield record(moved);
    }
    for (const source of sources) await roots.book.inTurn(() => this.leave(source));
    // What they hold was not moved; one that was asked for by its name was refused before.
    for (const root of from === undefined ? roots.roots : [])
      if (root !== target && !(await root.look())) yield rootRecord(await root.view());
  }

  /** An emptied root is forgotten, so that its disk can be taken away; the data directory's own stays known. */
  private async leave(source: BlobRoot): Promise<void> {
    const { roots } = this.context.blobs;
    if (source.entry.own || !(await source.look()) || source.busy || source.tally.corrupt > 0) return;
    for await (const _ of this.context.blobs.inRoot(source)) return;
    await roots.book.forget(source.entry.id);
    roots.drop(source);
  }

  private async sources(from: string | undefined, to: string): Promise<BlobRoot[]> {
    const { roots } = this.context.blobs;
    const others: BlobRoot[] = [];
    for (const root of roots.roots) if (root.path !== to && (await root.look())) others.push(root);
    if (from === undefined) return others;
    const path = await trueDirectory(from).catch(() => from);
    const named = roots.at(path);
    if (path === to) throw new Failure('usage', `${from} is where the blobs are to go`);
    if (!named) throw new Failure('not-found', `${from} is no root of blobs`, 'see holdfast steward ls');
    if (!others.includes(named)) throw new Failure('temporary', `${path} is not there`, 'mount it again');
    return [named];
  }
}

function record(moved: Moved): MoveRecord {
  return { type: 'move', ...moved };
}
