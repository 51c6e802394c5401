import { setTimeout as sleep } from 'node:timers/promises';
import type { Network } from '../net/network.js';
import { toHex } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import type { Context } from './context.js';
import type { Log } from './log.js';
import { type Asker, findOthers, type Instance, inodeOf, newInstance, runsElsewhere } from './original.js';

const FIRST_MS = 250;
const ROUND_MS = 20_000;
/** A node without peers is alone, and goes on. */
const ALONE_MS = 3_000;

/**
 * Looks out, as long as the node runs, for the same wallet elsewhere. Of two the older gives way: the newer one was
 * started by somebody who knew what he did.
 */
export class Lookout {
  readonly #stop = new AbortController();
  #done: Promise<void> = Promise.resolve();
  #looked = false;

  constructor(
    private readonly context: Context,
    private readonly onOther: (failure: Failure) => void,
  ) {}

  start(): void {
    this.#done = this.#run().catch((error: Error) => {
      if (!this.#stop.signal.aborted) this.context.log.error({ error: error.message }, 'the look-out ended');
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  /** Whether the peers were asked once: nothing is to be planned before. */
  get looked(): boolean {
    return this.#looked || this.context.books.instance === undefined;
  }

  async #run(): Promise<void> {
    const asked = new Set<string>();
    for (let waited = 0; ; waited += FIRST_MS) {
      const { network, books } = this.context;
      const peers = network.peers();
      const isNew = peers.some((peer) => !asked.has(peer));
      if (books.instance && (isNew || (peers.length > 0 && waited % ROUND_MS === 0))) {
        for (const peer of asked) if (!peers.includes(peer)) asked.delete(peer);
        for (const peer of peers) asked.add(peer);
        await this.#look();
        this.#looked = true;
      }
      this.#looked ||= waited >= ALONE_MS;
      await sleep(FIRST_MS, undefined, { signal: this.#stop.signal });
    }
  }

  async #look(): Promise<void> {
    const { network, books, log } = this.context;
    const own = books.instance!;
    for (const other of await findOthers(network, own.key, own.id)) {
      const fields = { peer: other.peer, epoch: other.epoch, own: own.epoch };
      if (gives(own, other)) {
        log.error(fields, 'this wallet runs elsewhere, and was started there later');
        this.onOther(runsElsewhere(other));
      } else {
        log.warn(fields, 'this wallet runs elsewhere, and will end there');
      }
    }
  }
}

/** Whether the first of two gives way; exactly one does. */
function gives(own: Pick<Instance, 'id' | 'epoch'>, other: Pick<Instance, 'id' | 'epoch'>): boolean {
  return own.epoch < other.epoch || (own.epoch === other.epoch && toHex(own.id) < toHex(other.id));
}

const ASK_MS = 10_000;
const SETTLE_MS = 2_000;

/**
 * Whether another instance answers, of whatever age. Waits for the first peers, and a little for more. Throws a
 * 'locked' Failure where one does, or where there is nobody to ask.
 */
export async function needAlone(network: Asker & Pick<Network, 'peers'>, key: Uint8Array, log: Log): Promise<void> {
  const asked = new Set<string>();
  for (let waited = 0, settled = 0; waited < ASK_MS && settled < SETTLE_MS; waited += FIRST_MS) {
    const fresh = network.peers().filter((peer) => !asked.has(peer));
    if (fresh.length > 0) {
      const [other] = await findOthers(network, key);
      if (other) throw runsElsewhere(other);
      for (const peer of fresh) asked.add(peer);
    }
    if (asked.size > 0) settled += FIRST_MS;
    await sleep(FIRST_MS);
  }
  log.info({ peers: asked.size }, 'asked whether the wallet runs elsewhere');
  if (asked.size > 0) return;
  throw new Failure(
    'locked',
    'this is a copy of a wallet’s directory, or restored from a backup, and no peer says whether the original runs',
    'connect it with --peer; where the original is known to be dead, give --take-over',
  );
}

/**
 * Before a node serves: a directory that was copied does so only where its original does not run, and begins an epoch
 * of its own; and so does one whose operator says that it takes over. `ask`: a network under a name of its own, since
 * original and copy have one name, and nobody can dial himself.
 */
export async function guardCopy(
  context: Pick<Context, 'books' | 'home' | 'clock' | 'log'>,
  takeOver: boolean,
  ask: () => Promise<Network>,
): Promise<void> {
  const { books, home, clock, log } = context;
  const own = books.instance;
  if (!own) return;
  const inode = await inodeOf(home);
  if (inode === own.inode && !takeOver) return;
  if (!takeOver) {
    const network = await ask();
    await needAlone(network, own.key, log).finally(() => network.stop());
  }
  await books.commit([books.setInstance({ ...own, ...newInstance(clock.now(), own.epoch), inode })]);
}
