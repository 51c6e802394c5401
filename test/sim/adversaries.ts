import { encodeHeader, headerId } from '../../src/lib/chain/encoding.js';
import { futureSlots } from '../../src/lib/chain/header-rules.js';
import { Ledger } from '../../src/lib/chain/ledger.js';
import type { Block } from '../../src/lib/chain/types.js';
import { MemoryStore } from '../chain/helpers.js';
import { SimNode } from './node.js';
import type { Right } from './produce.js';
import { simTools } from './tools.js';
import { payment, trySubmit } from './users.js';

/**
 * Keeps what it mines to itself and shows it when the others come near, so that their work is lost: Eyal and
 * Sirer, "Majority is not enough" (2013). What it shows is its ledger; it mines on another.
 */
export class Withholder extends SimNode {
  #secret: Ledger | undefined;
  #withheld: Block[] = [];

  override async tick(): Promise<void> {
    if (!this.up) return;
    const slot = this.nowSlot();
    const secret = await this.#follow();
    const right = this.right(secret, slot);
    if (right) {
      const block = await this.build(secret, slot, right);
      this.mined += 1;
      this.setting.judge.made(block, this);
      await secret.addBlock(block, slot);
      this.#withheld.push(block);
    }
    const lead = secret.tip.height - this.ledger.tip.height;
    // One ahead only: the next honest block would draw level.
    if (this.#withheld.length > 1 && lead <= 1) await this.#show();
    if (secret.tip.work < this.ledger.tip.work) this.#withheld = [];
  }

  /** Its secret chain learns what the others have. */
  async #follow(): Promise<Ledger> {
    const { ledger } = this;
    this.#secret ??= await Ledger.open(this.setting.params, new MemoryStore(), simTools);
    const secret = this.#secret;
    const missing: Block[] = [];
    for (let { id, header } = ledger.tip; !secret.has(id); id = header.parent, header = ledger.header(id)!) {
      missing.push({ header, body: ledger.body(id)! });
    }
    for (const block of missing.reverse()) await secret.addBlock(block, this.nowSlot()).catch(() => undefined);
    return secret;
  }

  async #show(): Promise<void> {
    for (const block of this.#withheld.splice(0)) {
      // Too late where the others are k blocks on: its own ledger says so first.
      const result = await this.ledger.addBlock(block, this.nowSlot()).catch(() => undefined);
      if (!result) return;
      this.added(result);
      this.announce(block);
    }
  }
}

/** Two blocks for one slot, each shown to one half of its peers. */
export class Equivocator extends SimNode {
  protected override async produce(slot: number, right: Right): Promise<void> {
    const { ledger } = this;
    const pair = [await this.build(ledger, slot, right), await this.build(ledger, slot, right, [])];
    for (const block of pair) await this.take(block);
    const peers = this.setting.net.peers(this.name);
    const half = peers.length >> 1;
    this.announce(pair[0]!, peers.slice(0, half));
    this.announce(pair[1]!, peers.slice(half));
  }

  /** An empty pool would make the two the same. */
  protected override candidates(ledger: Ledger): Uint8Array[] {
    const own = payment(this, [this.character.owner.address], 1_000n);
    return [...(own ? [own] : []), ...super.candidates(ledger)];
  }
}

/** Puts its blocks as late as others accept them: lateness is what makes the next target easier. */
export class ClockGrinder extends SimNode {
  protected override nextSlot(): number {
    return this.nowSlot() + futureSlots(this.setting.params);
  }
}

/** Has a bond, and never makes a block by it. */
export class Sleeper extends SimNode {
  protected override right(ledger: Ledger, slot: number): Right | undefined {
    const right = super.right(ledger, slot);
    return right === 'mine' ? right : undefined;
  }
}

/** Fills blocks with payments to itself, and tells every peer of another spending of the same coins. */
export class Stuffer extends SimNode {
  protected override async produce(slot: number, right: Right): Promise<void> {
    const { address } = this.character.owner;
    for (let i = 0; i < 30; i++) {
      const spam = payment(this, Array(40).fill(address), 1n);
      trySubmit(this, spam);
    }
    await super.produce(slot, right);
  }

  override async tick(): Promise<void> {
    await super.tick();
    if (!this.up) return;
    const { net } = this.setting;
    net.peers(this.name).forEach((peer, i) => {
      const conflict = payment(this, [this.character.owner.address], BigInt(1_000 + i));
      if (conflict) net.publish(this.name, 'tx', conflict, [peer]);
    });
  }
}

/** Sends headers that cost nothing: without work, far below the tip, or no headers at all. */
export class Flooder extends SimNode {
  override async tick(): Promise<void> {
    await super.tick();
    const { net, random, params } = this.setting;
    if (!this.up) return;
    const { tip } = this.ledger;
    const old = this.ledger.headerAt(Math.max(1, tip.height - random.int(0, 2 * params.k))) ?? tip.header;
    const nonce = BigInt(random.u32());
    const proof = { ...old.proof, ...(old.proof.kind === 'pow' ? { nonce } : { pi: old.proof.pi.toReversed() }) };
    const stale = { ...old, slot: old.slot + random.int(0, 3), proof };
    const orphan = { ...old, parent: headerId(stale), height: old.height + 1, slot: old.slot + 1 };
    const garbage = Uint8Array.from({ length: random.int(1, 300) }, () => random.u32() & 0xff);
    for (const bytes of [encodeHeader(stale), encodeHeader(orphan), garbage]) net.publish(this.name, 'header', bytes);
  }
}
