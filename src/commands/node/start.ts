import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Base } from '../../lib/cli/base.js';
import { parseCheckpoint } from '../../lib/cli/checkpoint.js';
import { detach, LOG_FILE_VARIABLE, tellReady, waitingForLock } from '../../lib/cli/daemon.js';
import { passphraseFlags } from '../../lib/cli/flags.js';
import { readPackageJson } from '../../lib/cli/layout.js';
import { findNetwork } from '../../lib/cli/networks.js';
import { Flags } from '../../lib/cli/oclif.js';
import { findSupervisor } from '../../lib/cli/sd-notify.js';
import { parseAddress } from '../../lib/crypto/address.js';
import { parseDuration } from '../../lib/util/durations.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

type Given = Parameters<Base['passphrase']>[0];

export default class NodeStart extends Base {
  static override summary = 'run the local node: ledger, network, blobs, socket';
  static override exits: readonly FailureCode[] = ['not-found', 'temporary', 'locked', 'passphrase', 'disk-full'];
  static override flags = {
    network: Flags.string({ description: 'the network, by name or genesis file', helpValue: 'NAME|FILE' }),
    detach: Flags.boolean({ description: 'go to the background once it serves' }),
    mine: Flags.string({ description: 'mine, and send the rewards to this address', helpValue: 'ADDRESS' }),
    stake: Flags.boolean({ description: "lead the slots that the wallet's bond is drawn for" }),
    'with-controller': Flags.boolean({ description: 'settle accounts in this process, too' }),
    'repair-below': Flags.integer({
      description: 'with a controller: repair a file with fewer live shares than this',
      helpValue: 'N',
      min: 1,
      max: 256,
    }),
    listen: Flags.string({
      description: 'listen here; may be given again',
      helpValue: 'MULTIADDR',
      multiple: true,
      default: ['/ip4/0.0.0.0/tcp/0'],
    }),
    peer: Flags.string({
      description: 'connect to this peer; may be given again',
      helpValue: 'MULTIADDR',
      multiple: true,
    }),
    'take-over': Flags.boolean({ description: 'run this wallet here, though it ran elsewhere: that one ends' }),
    checkpoint: Flags.string({
      description: 'join at this block of the chain, where the ledger here does not reach it',
      helpValue: 'HEIGHT:ID',
    }),
    ...passphraseFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(NodeStart);
    const { record, params, json } = this.network(flags.network);
    const mine = flags.mine === undefined ? undefined : parseAddress(flags.mine);
    const checkpoint = flags.checkpoint === undefined ? undefined : parseCheckpoint(flags.checkpoint);
    if (flags.detach) {
      const pid = await detach(['node', 'start', ...this.argv], join(this.paths.log, 'node.log'));
      this.note(`the node runs as process ${pid}`);
      return;
    }
    const supervisor = findSupervisor(process.env, process.pid);
    const passphrase = await this.passphraseFor(flags);
    // Only here: the network's libraries take half a second to load.
    const { runNode } = await import('../../lib/node/run.js');
    await waitingForLock(parseDuration(this.settings.get('wait_lock', flags['wait-lock'])!), () =>
      runNode({
        home: this.paths.data,
        policy: this.paths.policy,
        version: readPackageJson().version,
        ...{ params, genesis: json, listen: flags.listen, peers: flags.peer ?? [], mine, checkpoint },
        ...{ stake: flags.stake, passphrase, takeOver: flags['take-over'] },
        controller: flags['with-controller'] ? { repairBelow: flags['repair-below'] } : undefined,
        logFile: process.env[LOG_FILE_VARIABLE],
        onReady: (facts, status) => {
          this.note(`the node of ${record.name} listens on ${facts.addresses.join(', ')}`);
          tellReady(facts);
          supervisor.ready(() => `${record.name}: ${status()}`);
        },
        onStopping: () => supervisor.stopping(),
      }),
    );
  }

  private network(flag: string | undefined) {
    const name = this.settings.get('network', flag);
    if (name === undefined)
      throw new Failure('usage', 'no network was named', 'give --network, or make one with holdfast network create');
    return findNetwork(this.paths.networks, name);
  }

  /** A leader signs while nobody looks on: its wallet is opened here, or nothing starts. */
  private async passphraseFor(flags: Given & { stake: boolean }): Promise<string | undefined> {
    const exists = existsSync(this.paths.wallet);
    if (!flags.stake) return exists ? this.passphraseIfAny(flags) : undefined;
    if (!exists)
      throw new Failure('not-found', 'there is no wallet to stake with', 'make one with holdfast wallet init');
    return this.passphrase(flags);
  }

  /** Without one the node starts all the same, its wallet locked: commands that spend will ask. */
  private async passphraseIfAny(flags: Given): Promise<string | undefined> {
    try {
      return await this.passphrase(flags);
    } catch (error) {
      const given = flags['passphrase-fd'] ?? flags['passphrase-file'] ?? flags['passphrase-command'];
      if (given !== undefined || this.settings.get('passphrase_file') || this.settings.get('passphrase_command'))
        throw error;
      this.caution('the wallet stays locked: no passphrase was given');
      return undefined;
    }
  }
}
