import { Database } from '../../src/lib/store/database.js';
import { BlobRoot } from '../../src/lib/store/root.js';

/** What a cut machine's writes end in: never a Failure, which somebody could answer with. */
export class Killed extends Error {}

export interface CutAt {
  /** Counted from 0. */
  point: number;
  side: 'before' | 'after';
}

/**
 * The power switch of the machine that has its directory at `home`: all that it writes to last (batches of its databases,
 * renames and deletions of blobs) passes here. At the chosen point it stops for good: that write happened or did not,
 * and none follows.
 */
export class PowerSwitch {
  /** What was written, in order. */
  readonly points: string[] = [];
  dead = false;

  /** `onCut` runs at once, before anything else can: what it copies is what a killed process leaves. */
  constructor(
    readonly home: string,
    private readonly at: CutAt | undefined,
    private readonly onCut: () => void,
  ) {
    switches.add(this);
  }

  async through<T>(what: string, write: () => Promise<T>): Promise<T> {
    if (this.dead) throw new Killed(what);
    const point = this.points.push(what) - 1;
    const mine = this.at?.point === point;
    if (mine && this.at?.side === 'before') this.cut();
    if (this.dead) throw new Killed(what);
    const result = await write();
    if (mine && !this.dead) this.cut();
    if (this.dead) throw new Killed(what);
    return result;
  }

  private cut(): void {
    this.dead = true;
    this.onCut();
  }

  remove(): void {
    switches.delete(this);
  }
}

const switches = new Set<PowerSwitch>();

function through<T>(path: string, what: string, write: () => Promise<T>): Promise<T> {
  const found = [...switches].find(({ home }) => `${path}/`.startsWith(`${home}/`));
  return found ? found.through(what, write) : write();
}

/** All writes of every machine in this process go through its switch, where it has one. */
export function wire(): void {
  const { write, clear } = Database.prototype;
  // Private, and the only thing that tells two databases apart.
  const folderOf = (db: Database) => (db as unknown as { folder: string }).folder;
  Database.prototype.write = function (this: Database, batch) {
    if (batch.length === 0) return write.call(this, batch);
    const areas = [...new Set(batch.map(([key]) => String.fromCharCode(key[0]!)))].join('');
    return through(folderOf(this), `write ${areas}`, () => write.call(this, batch));
  };
  Database.prototype.clear = function (this: Database, prefix) {
    return through(folderOf(this), 'clear', () => clear.call(this, prefix));
  };
  const { adopt, remove, setAside } = BlobRoot.prototype;
  BlobRoot.prototype.adopt = function (this: BlobRoot, ...args) {
    return through(this.path, 'adopt', () => adopt.apply(this, args));
  };
  BlobRoot.prototype.remove = function (this: BlobRoot, ...args) {
    return through(this.path, 'remove', () => remove.apply(this, args));
  };
  BlobRoot.prototype.setAside = function (this: BlobRoot, ...args) {
    return through(this.path, 'set aside', () => setAside.apply(this, args));
  };
}
