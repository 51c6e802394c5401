import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ParamsJson } from '../../src/lib/chain/params.js';
import { formatAddress } from '../../src/lib/crypto/address.js';
import type { RpcClient } from '../../src/lib/rpc/client.js';
import { isFailure } from '../../src/lib/util/errors.js';
import type { Person } from '../chain/helpers.js';
import { holdfast } from '../helpers/cli.js';
import { PASSPHRASE, succeeded } from '../helpers/solo.js';

const TOKEN = 100_000_000n;
/** Most of what is mined while the reward is paid: 20 blocks of 100 tokens. */
const BOND = 1_000n * TOKEN;
const ENDOWMENT = 500n * TOKEN;
/** The switch is three epochs off at most. */
const LEADS_MS = 30_000;
const LEFT_FOR_FEES = 100n * TOKEN;

/** Epochs of 40 slots, two seconds: over to stake from the third after the bond on. */
export const STAKED: Partial<ParamsJson> = { k: 2, powBlocks: 20 };

/** The wallet of a node that is killed: it mines first, and then leads by its bond. */
export class Leader {
  #bonded = 0n;

  private constructor(
    readonly address: string,
    readonly passphraseFile: string,
  ) {}

  static async create(dir: string): Promise<Leader> {
    const passphraseFile = join(dir, 'passphrase');
    writeFileSync(passphraseFile, `${PASSPHRASE}\n`, { mode: 0o600 });
    const args = ['wallet', 'init', '--passphrase-file', passphraseFile, '--words-file', join(dir, 'words')];
    const made = await holdfast(args, { home: join(dir, 'home') });
    succeeded(made);
    return new Leader(made.stdout.trim(), passphraseFile);
  }

  get flags(): string[] {
    return ['--mine', this.address, '--stake', '--passphrase-file', this.passphraseFile];
  }

  /** Bonds what it mined, and endows the payer; both are in blocks when this resolves. */
  async bond(rpc: RpcClient, payer: Person): Promise<void> {
    const balance = async () => BigInt((await rpc.call('wallet.balance', {})).balance_grains);
    while ((await balance()) < BOND + ENDOWMENT + LEFT_FOR_FEES) await sleep(50);
    const to = formatAddress(payer.address);
    for await (const _ of rpc.records('wallet.send', { to, amount: ENDOWMENT.toString(), requestId: 'endow' }));
    await rpc.call('stake.bond', { amount: BOND.toString(), requestId: 'bond' });
    const held = async () => BigInt((await rpc.call('chain.account', { address: to })).balance_grains);
    while ((await rpc.call('stake.status', {})).state === 'none' || (await held()) === 0n) await sleep(50);
    this.#bonded = BOND;
  }

  /**
   * The bond is whole: nothing was signed twice. A node that was away for epochs in which all blocks were expected of
   * it is drawn no more until it says that it is back; mining goes on meanwhile.
   */
  async assertWhole(rpc: RpcClient): Promise<void> {
    const { state, bond_grains } = await rpc.call('stake.status', {});
    assert.equal(BigInt(bond_grains), this.#bonded, `the bond is ${state}`);
    if (state === 'absent') await this.#comeBack(rpc);
  }

  /** The chain goes on by stake. */
  async assertLeads(rpc: RpcClient): Promise<void> {
    for (const until = Date.now() + LEADS_MS; ; await sleep(50)) {
      assert.ok(Date.now() < until, 'a block led by stake comes');
      await this.assertWhole(rpc);
      const { tip } = await rpc.call('chain.status', {});
      if ((await rpc.call('chain.block', { block: tip })).proof?.kind === 'stake') return;
    }
  }

  async #comeBack(rpc: RpcClient): Promise<void> {
    try {
      await rpc.call('stake.rebond', {});
    } catch (error) {
      // Asked for before, and on its way into a block.
      if (!isFailure(error) || !/not absent/.test(error.message)) throw error;
    }
  }
}
