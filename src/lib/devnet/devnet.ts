import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileDurably } from '../store/files.js';
import { Failure } from '../util/errors.js';
import { type Home, makeHome, roles } from './homes.js';
import { Member } from './member.js';

export interface DevnetOptions {
  root: string;
  /** bin/run.js of this holdfast. */
  program: string;
  stewards: number;
  /** How many controllers are processes of their own: the owner's, then the first stewards'. */
  ownControllers: number;
  /** The owner's: fewer live shares than this are repaired. */
  repairBelow: number | undefined;
  timeoutMs: number;
  /** Ends a start that is under way. */
  signal: AbortSignal;
}

export interface Running extends Home {
  node: Member;
  controller: Member | undefined;
  peerId: string;
  addresses: string[];
}

/** Nodes of one network on this machine, each a process with its own directory, keys, socket and port. */
export class Devnet {
  readonly members: Running[] = [];
  /** All that was started, also where the start as a whole came to nothing. */
  private readonly nodes: Member[] = [];
  private readonly controllers: Member[] = [];

  private constructor(
    readonly genesisFile: string,
    private readonly options: DevnetOptions,
  ) {}

  /** The first member mines and is the others' first peer; they start side by side after it. */
  static async start(genesis: object, options: DevnetOptions, nowMs: number): Promise<Devnet> {
    await mkdir(options.root, { recursive: true, mode: 0o700 });
    const genesisFile = join(options.root, 'genesis.json');
    refuseOccupied(options.root);
    await writeFileDurably(genesisFile, `${JSON.stringify(genesis, null, 2)}\n`, 0o644);
    const devnet = new Devnet(genesisFile, options);
    try {
      const plan = roles(options.stewards);
      const homes = await Promise.all(plan.map(({ name, role }) => makeHome(options.root, name, role, nowMs)));
      const first = await devnet.startMember(homes[0]!, []);
      devnet.members.push(first);
      const others = await inParallel(4, homes.slice(1), (home) => devnet.startMember(home, first.addresses));
      devnet.members.push(...others);
      return devnet;
    } catch (error) {
      await devnet.stop();
      throw error;
    }
  }

  /** Ends every process; controllers first, so that none complains of a node that is gone. */
  async stop(): Promise<void> {
    await Promise.all(this.controllers.map((controller) => controller.stop()));
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  /** The same at once, for what nobody will need again. */
  async kill(): Promise<void> {
    await Promise.all([...this.controllers, ...this.nodes].map((process) => process.kill()));
  }

  find(name: string): Running {
    const found = this.members.find((member) => member.name === name);
    if (!found) throw new Failure('not-found', `no member ${name} in this devnet`);
    return found;
  }

  private async startMember(home: Home, peers: string[]): Promise<Running> {
    const own = this.ownsController(home);
    const node = await this.launch(home, 'node', this.nodeArguments(home, peers, own));
    this.nodes.push(node);
    const controller = own ? await this.launch(home, 'controller', this.controllerArguments(home)) : undefined;
    if (controller) this.controllers.push(controller);
    return { ...home, node, controller, peerId: node.ready.peer_id ?? '', addresses: node.ready.addresses ?? [] };
  }

  private launch(home: Home, name: string, args: string[]): Promise<Member> {
    const { program, timeoutMs, signal } = this.options;
    return Member.start({ name, home: home.home, program, args, timeoutMs, signal });
  }

  private ownsController(home: Home): boolean {
    if (home.role === 'owner') return this.options.ownControllers > 0;
    return home.role === 'steward' && Number(home.name.slice(-2)) < this.options.ownControllers;
  }

  private nodeArguments(home: Home, peers: string[], ownController: boolean): string[] {
    const args = ['node', 'start', '--home', home.home, '--network', this.genesisFile];
    args.push('--listen', '/ip4/127.0.0.1/tcp/0', '--passphrase-file', home.passphraseFile);
    for (const peer of peers) args.push('--peer', peer);
    if (home.role === 'miner') args.push('--mine', home.address);
    if (home.role !== 'miner' && !ownController) args.push('--with-controller', ...this.policyArguments(home));
    return args;
  }

  private controllerArguments(home: Home): string[] {
    return ['controller', 'start', '--home', home.home, ...this.policyArguments(home)];
  }

  private policyArguments(home: Home): string[] {
    const { repairBelow } = this.options;
    return home.role === 'owner' && repairBelow !== undefined ? ['--repair-below', String(repairBelow)] : [];
  }
}

/** A devnet's chain begins with it: the directory of another one, running or not, is not touched. */
export function refuseOccupied(root: string): void {
  if (!existsSync(join(root, 'genesis.json'))) return;
  throw new Failure('failure', `${root} holds a devnet already`, 'remove it, or choose another place with --dir');
}

/** In so many lanes; after a failure no further item is begun, and it throws once the lanes have ended. */
async function inParallel<T, R>(width: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const lane = async () => {
    try {
      for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i]!);
    } catch (error) {
      next = items.length;
      throw error;
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: width }, lane));
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
  return results;
}
