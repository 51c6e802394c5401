import assert from 'node:assert/strict';
import { headerId } from '../../src/lib/chain/encoding.js';
import { stateKey, treeKey } from '../../src/lib/chain/layout.js';
import { type AddResult, Ledger } from '../../src/lib/chain/ledger.js';
import type { Params } from '../../src/lib/chain/params.js';
import { Recount } from '../../src/lib/chain/recount.js';
import { readBond } from '../../src/lib/chain/stake/bond.js';
import type { Block, StakedHeader } from '../../src/lib/chain/types.js';
import { EMPTY, equal, toHex } from '../../src/lib/util/bytes.js';
import { MemoryStore } from '../chain/helpers.js';
import type { SimNode } from './node.js';
import type { Random } from './random.js';
import { areaOf } from './store.js';
import { simTools } from './tools.js';

/** What must hold whatever happens, checked while it happens; it sees every block and honest node from outside. */
export class Judge {
  /** Every block ever made, by whomever. */
  readonly blocks = new Map<string, { block: Block; by: string; honest: boolean }>();
  /** Those that got to some honest node. */
  readonly #held = new Set<string>();
  /** The first honest node's word on what stands at a height k below its tip: nobody's may differ. */
  readonly #final = new Map<number, { id: string; by: string }>();
  readonly #checked = new Map<string, number>();
  /** The work of the last tip of each. */
  readonly #reached = new Map<string, bigint>();
  /** Leaders that signed twice, by the first slot that an honest node saw of it. */
  readonly offences = new Map<string, number>();
  /** How often the chain turned to another branch, by how deep. */
  readonly depths = new Map<number, number>();

  constructor(readonly params: Params) {}

  made(block: Block, { character }: SimNode): void {
    this.blocks.set(toHex(headerId(block.header)), { block, by: character.name, honest: character.honest });
  }

  /** An honest node saw two headers of one leader and slot. */
  offended({ producer, slot }: StakedHeader): void {
    const name = toHex(producer);
    this.offences.set(name, Math.min(slot, this.offences.get(name) ?? slot));
  }

  held(id: Uint8Array): void {
    this.#held.add(toHex(id));
  }

  /** What was acknowledged is there after a crash, with all that belongs to it. */
  booted(node: SimNode): void {
    assert.ok(node.ledger.tip.work >= (this.#reached.get(node.name) ?? 0n), `${node.name} lost blocks in a crash`);
    assertState(node);
    this.#checked.delete(node.name);
    this.#settle(node);
  }

  moved(node: SimNode, { disconnected }: AddResult): void {
    const depth = disconnected.length;
    assert.ok(depth <= this.params.k, `${node.name} reorganised ${depth} deep`);
    this.#reached.set(node.name, node.ledger.tip.work);
    if (depth > 0) this.depths.set(depth, (this.depths.get(depth) ?? 0) + 1);
    this.#settle(node);
  }

  /** Common prefix: what is k deep somewhere is the same everywhere, for good. */
  #settle(node: SimNode): void {
    const { ledger, name } = node;
    const top = ledger.tip.height - this.params.k;
    const lowest = Math.max(1, top - 2 * this.params.k);
    for (let height = Math.max(lowest, (this.#checked.get(name) ?? 0) + 1); height <= top; height++) {
      const id = toHex(ledger.idAt(height)!);
      const first = this.#final.get(height);
      if (first)
        assert.equal(id, first.id, `${name} and ${first.by} differ at height ${height}, ${this.params.k} deep`);
      else this.#final.set(height, { id, by: name });
      this.#checked.set(name, height);
    }
  }

  /** One tip for all. */
  assertOneTip(nodes: readonly SimNode[]): void {
    const tips = new Set(nodes.map(({ ledger }) => `${ledger.tip.height} ${toHex(ledger.tip.id)}`));
    assert.equal(tips.size, 1, `tips differ: ${[...tips].join(', ')}`);
    for (const node of nodes) assertState(node);
  }

  /** All blocks that honest nodes held, in another order: a new ledger ends on the same tip. */
  async assertAnyOrder(node: SimNode, random: Random, nowSlot: number): Promise<void> {
    const ledger = await Ledger.open(this.params, new MemoryStore(), simTools);
    const { tip } = node.ledger;
    // Within windows of less than k: what came far too late was refused by the honest as well.
    const blocks = [...this.blocks].flatMap(([id, { block }]) => (this.#held.has(id) ? [block] : []));
    blocks.sort((a, b) => a.header.height - b.header.height);
    const width = Math.max(1, this.params.k >> 1);
    let waiting: Block[] = [];
    for (let at = 0; at < blocks.length || waiting.length > 0; at += width) {
      const before = ledger.tip.height + waiting.length;
      waiting = await offer(ledger, random.shuffled([...waiting, ...blocks.slice(at, at + width)]), nowSlot);
      if (at >= blocks.length && before === ledger.tip.height + waiting.length) break;
    }
    assert.equal(toHex(ledger.tip.id), toHex(tip.id), 'the order of delivery decides');
    assert.ok(equal(ledger.tip.header.stateRoot, tip.header.stateRoot));
  }

  /** Two headers in one slot cost the bond; who signed once a slot, through crashes too, kept his. */
  assertSlashed({ ledger }: SimNode, nodes: readonly SimNode[]): number {
    const nowSlot = ledger.tip.slot;
    for (const { character, name } of nodes) {
      const { address } = character.owner;
      const slot = this.offences.get(toHex(address));
      if (character.honest) assert.equal(slot, undefined, `${name} signed two blocks of slot ${slot}`);
      // Soon after, the evidence may still wait.
      if (slot === undefined || slot > nowSlot - 2 * this.params.derived.recoverySlots) continue;
      const bond = readBond(ledger.state, address);
      assert.ok(!bond || bond.since > slot, `${name} signed two blocks of slot ${slot} and kept its bond`);
    }
    return this.offences.size;
  }

  /** The honest part of a main chain, and all of it. */
  quality({ ledger }: SimNode): { honest: number; height: number } {
    const { height } = ledger.tip;
    let honest = 0;
    for (const { block, honest: good } of this.blocks.values()) {
      const at = ledger.idAt(block.header.height);
      if (good && at && equal(at, headerId(block.header))) honest += 1;
    }
    return { honest, height };
  }
}

/** Gives blocks to a ledger, orphans again and again while something moves; those that still wait. */
async function offer(ledger: Ledger, blocks: Block[], nowSlot: number): Promise<Block[]> {
  for (let left = blocks; ; ) {
    const again: Block[] = [];
    for (const block of left) {
      const result = await ledger.addBlock(block, nowSlot).catch(() => undefined);
      if (result?.status === 'orphan') again.push(block);
    }
    if (again.length === left.length) return again;
    left = again;
  }
}

/** State, tree and tip hang together, and no grain came or went: added up from every entry. */
export function assertState({ disk, ledger, name }: SimNode): void {
  const recount = new Recount();
  const prefix = (area: (key: Uint8Array) => Uint8Array) => Buffer.from(area(EMPTY)).toString('latin1');
  for (const [key, value] of areaOf(disk, prefix(stateKey))) recount.entry(key, value);
  for (const [key, value] of areaOf(disk, prefix(treeKey))) recount.node(key, value);
  const { committed, root, total, supply } = recount.result();
  assert.ok(committed && equal(root, ledger.tip.header.stateRoot), `${name}: the state is not what the tip says`);
  assert.equal(total, supply, `${name}: grains were made or lost`);
}
