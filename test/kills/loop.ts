import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeSignedTx, txId } from '../../src/lib/chain/encoding.js';
import { type Params, parseParams } from '../../src/lib/chain/params.js';
import { requiredFee, signTx } from '../../src/lib/chain/sign.js';
import type { BlockRef, TransferTx } from '../../src/lib/chain/types.js';
import { formatAddress } from '../../src/lib/crypto/address.js';
import { fromHex, toHex } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { Person } from '../chain/helpers.js';
import { Random } from '../sim/random.js';
import { Leader, STAKED } from './leader.js';
import { hurriedNetwork, Victim } from './victim.js';

export interface Figures {
  seed: string;
  kills: number;
  /** Of these, before the node served. */
  early: number;
  height: number;
  /** Transactions that the node said it had taken, all of which are in blocks in the end. */
  acknowledged: number;
  payments: number;
  /** Blocks led by stake that the node told of and stood by. */
  led: number;
  startMsMean: number;
  startMsMax: number;
}

const AMOUNT = 20_000n;
const payer = new Person('payer of the kill loop');
const payee = new Person('payee of the kill loop');
/** Far above the base fee that a few payments a block can drive it to. */
const FEE_TIMES = 20n;
const WAITING_MAX = 200;
/** Of the latest acknowledged: looked for after each kill. */
const LOOKED_FOR = 50;

interface Payment {
  id: string;
  bytes: string;
  /** It can be in no block up to this height: the one that it names. */
  after: number;
}

/** Kills a node that mines, or leads by stake, again and again while it takes payments, and looks what is left of them. */
export class KillLoop {
  readonly #network: object;
  readonly #params: Params;
  readonly #random: Random;
  /** Signed, in the order of their sequence numbers; the first `#acknowledged` are in the node's hands. */
  readonly #txs: Payment[] = [];
  #acknowledged = 0;
  /** The payer's first sequence number. */
  #base: bigint | undefined;
  /** Tips that were told of, the highest last: as many as may be replaced, and the one below. */
  #told: { height: number; id: string }[] = [];
  #leader: Leader | undefined;
  #kills = 0;
  #early = 0;
  /** Heights of blocks led by stake. */
  readonly #led = new Set<number>();
  readonly #startsMs: number[] = [];

  constructor(
    readonly dir: string,
    readonly seed: string,
    readonly staked = false,
  ) {
    const network = hurriedNetwork('kills', '5a'.repeat(32), Date.now(), staked ? STAKED : {});
    this.#network = network;
    this.#params = parseParams(network);
    this.#random = new Random(seed);
  }

  async run(kills: number): Promise<Figures> {
    if (this.staked) this.#leader = await Leader.create(this.dir);
    while (this.#kills < kills) {
      const victim = this.#start();
      try {
        await this.#life(victim, kills);
      } catch (error) {
        const { stack } = error as Error;
        throw new Error(`after ${this.#kills} kills of seed ${this.seed}: ${stack}\nthe node said: ${victim.said}`);
      } finally {
        await victim.kill();
      }
      this.#kills += 1;
    }
    return this.#conclude();
  }

  #start(): Victim {
    return Victim.start(this.dir, this.#network, this.#leader?.flags ?? ['--mine', formatAddress(payer.address)]);
  }

  /** From start to kill: the moment is drawn first. */
  async #life(victim: Victim, kills: number): Promise<void> {
    const random = this.#random;
    const began = performance.now();
    if (this.#kills > 0 && random.chance(0.15)) {
      const mean = this.#startsMs.reduce((sum, ms) => sum + ms, 0) / this.#startsMs.length;
      await Promise.race([victim.ready, sleep(random.unit() * mean)]);
      this.#early += 1;
      return;
    }
    const lives = this.#kills === 0 || this.#kills === kills - 1 ? 1_000 : random.int(1, 350);
    assert.ok(await victim.ready, 'the node starts after a kill');
    this.#startsMs.push(performance.now() - began);
    if (this.#kills === 0) await this.#leader?.bond(victim.rpc, payer);
    await this.#assertAllThere(victim);
    const end = performance.now() + lives;
    await Promise.race([this.#load(victim, end), sleep(lives)]);
  }

  /** Nothing that was acknowledged is lost, and the books add up. */
  async #assertAllThere({ rpc, said }: Victim): Promise<void> {
    const { height } = await rpc.call('chain.status', {});
    const reached = this.#told.at(-1)?.height ?? 0;
    assert.ok(height >= reached, `the tip fell from ${reached} to ${height}`);
    // Where it mines to recover it may lead beside its own block, and one of the two is replaced.
    const deep = this.#told.findLast((tip) => tip.height <= reached - (this.staked ? this.#params.k : 0));
    if (deep) {
      const { id, proof } = await rpc.call('chain.block', { block: deep.height });
      assert.equal(id, deep.id, 'the block that was told of stands');
      if (proof?.kind === 'stake') this.#led.add(deep.height);
    }
    const { seq } = await rpc.call('chain.account', { address: formatAddress(payer.address) });
    for (let i = Math.max(0, this.#acknowledged - LOOKED_FOR); i < this.#acknowledged; i++) {
      const { id, after } = this.#txs[i]!;
      // A body older than a cycle is gone; but the sequence number is used up.
      if (height - after < this.#params.cycleBlocks) await rpc.call('chain.tx', { txid: id });
      else assert.ok(BigInt(seq) > this.#base! + BigInt(i), `payment ${i}, taken at ${after}, is lost at ${height}`);
    }
    await this.#leader?.assertWhole(rpc);
    const { recount } = await rpc.call('chain.supply', { recount: true });
    assert.ok(recount?.adds_up && recount.committed, 'the supply adds up');
    assert.doesNotMatch(said, /damaged|repair/);
  }

  /** Payments as fast as they are taken, until the node is gone. */
  async #load({ rpc }: Victim, end: number): Promise<void> {
    try {
      while (performance.now() < end) {
        const [tip] = await first(rpc.records('chain.tail', { count: 1 }));
        if (tip?.type === 'block') this.#hear(tip);
        const { seq, balance_grains } = await rpc.call('chain.account', { address: formatAddress(payer.address) });
        if (tip?.type !== 'block' || BigInt(balance_grains) < 100n * AMOUNT) {
          await sleep(20);
          continue;
        }
        this.#base ??= BigInt(seq);
        const waiting = this.#txs.length - Number(BigInt(seq) - this.#base);
        // What the last life sent without hearing back goes again: it is the same transaction.
        if (this.#acknowledged === this.#txs.length && waiting < WAITING_MAX) {
          const { base_fee_grains } = await rpc.call('chain.status', {});
          this.#sign({ height: tip.height, id: fromHex(tip.id)! }, BigInt(base_fee_grains));
        }
        for (let i = 0; i < 10 && this.#acknowledged < this.#txs.length; i++) {
          const { id, bytes } = this.#txs[this.#acknowledged]!;
          const record = await rpc.call('chain.submit', { tx: bytes });
          assert.equal(record.txid, id);
          this.#acknowledged += 1;
        }
      }
    } catch (error) {
      if (!isFailure(error) || error.code !== 'unreachable') throw error;
    }
  }

  #hear({ height, id }: { height: number; id: string }): void {
    const below = this.#told.filter((tip) => tip.height < height);
    const floor = below.findLastIndex((tip) => tip.height <= height - this.#params.k);
    this.#told = [...below.slice(Math.max(0, floor)), { height, id }];
  }

  #sign(ref: BlockRef, baseFee: bigint): void {
    for (let i = 0; i < 10; i++) {
      const seq = (this.#base ?? 0n) + BigInt(this.#txs.length);
      const draft: TransferTx = {
        kind: 'transfer',
        ref,
        fee: 0n,
        from: payer.address,
        seq,
        outputs: [{ to: payee.address, amount: AMOUNT }],
        memo: new Uint8Array(0),
      };
      const tx = { ...draft, fee: requiredFee(this.#params, baseFee, draft) * FEE_TIMES };
      const signed = signTx(tx, this.#params.derived.genesisId, payer.signer);
      this.#txs.push({ id: toHex(txId(tx)), bytes: toHex(encodeSignedTx(signed)), after: ref.height });
    }
  }

  /** In the end every payment that was taken is on the ledger, once. */
  async #conclude(): Promise<Figures> {
    const victim = this.#start();
    try {
      assert.ok(await victim.ready);
      await this.#assertAllThere(victim);
      const { rpc } = victim;
      const account = async (person: Person) => rpc.call('chain.account', { address: formatAddress(person.address) });
      const wanted = (this.#base ?? 0n) + BigInt(this.#acknowledged);
      for (const until = Date.now() + 20_000; BigInt((await account(payer)).seq) < wanted; await sleep(50)) {
        assert.ok(Date.now() < until, 'what was acknowledged comes into a block');
      }
      const { seq } = await account(payer);
      const payments = BigInt(seq) - (this.#base ?? 0n);
      assert.ok(payments > 0n, 'the loop paid something');
      await this.#leader?.assertLeads(rpc);
      assert.equal(BigInt((await account(payee)).balance_grains), payments * AMOUNT, 'each payment came once');
      const { height } = await rpc.call('chain.status', {});
      const mean = this.#startsMs.reduce((sum, ms) => sum + ms, 0) / this.#startsMs.length;
      return {
        ...{ seed: this.seed, kills: this.#kills, early: this.#early, height },
        ...{ acknowledged: this.#acknowledged, payments: Number(payments), led: this.#led.size },
        ...{ startMsMean: Math.round(mean), startMsMax: Math.round(Math.max(...this.#startsMs)) },
      };
    } finally {
      await victim.kill();
    }
  }
}

async function first<T>(records: AsyncIterable<T>): Promise<T[]> {
  for await (const record of records) return [record];
  return [];
}
