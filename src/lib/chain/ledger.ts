import { type SignatureVerifier, verifyHere } from '../crypto/signatures.js';
import { equal, toHex } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { checkBody } from './block.js';
import { bodyLimit } from './body-limit.js';
import { connect, disconnect } from './connect.js';
import { entryOn } from './entry.js';
import { enforce, LedgerError } from './errors.js';
import { type Branch, branchTo, isBetter } from './forkchoice.js';
import { writeGenesis } from './genesis.js';
import { headerId } from './header.js';
import { HeaderChecker, miningTarget, rememberBounded } from './header-rules.js';
import { readJoin } from './join/records.js';
import { headerKey, networkKey, tipKey, undoKey } from './layout.js';
import type { AddResult, HeadersResult, LedgerTools, Tip } from './ledger-types.js';
import { headersAfter, headersDown, locatorFrom } from './locator.js';
import type { Params } from './params.js';
import { listSibling } from './prune.js';
import { type Entry, eraseEntry, idAt, readBody, readEntry, writeEntry } from './records.js';
import { checkLater, signatureRoom } from './signatures.js';
import { type Applied, type LedgerStore, type Moved, Staging, SteadyStore, stateIn, treeIn } from './staging.js';
import { type Draw, drawOn } from './stake/draw.js';
import { readGlobals, type StoredState } from './state.js';
import { dropTwins } from './stored-twins.js';
import { type Candidate, makeTemplate } from './template.js';
import { rootOf } from './tree.js';
import { type Proof, prove } from './tree-proof.js';
import type { Address, Block, Globals, Hash, Header, LeaderProof, MinedBlock, PowProof, StakedBlock } from './types.js';

export type { AddResult, HeadersResult, LedgerTools, Tip } from './ledger-types.js';
export type { Applied, LedgerStore, Moved } from './staging.js';

const INVALID_MAX = 1024;
const NOTHING: Moved = { connected: [], disconnected: [] };

/**
 * The chain over a store: blocks go in one at a time, and whatever one does (state, tree, undo record,
 * body, header, tip, in a reorganisation many times over) is one atomic batch. So a process killed
 * anywhere wakes at a block's boundary.
 */
export class Ledger {
  readonly params: Params;
  /** The state at the tip. */
  readonly state: StoredState;
  readonly #store: SteadyStore;
  readonly #checker: HeaderChecker;
  readonly #verifier: SignatureVerifier;
  readonly #twinsKept: number | undefined;
  readonly #invalid = new Set<string>();
  #tip: Entry;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(params: Params, store: SteadyStore, tip: Entry, tools: Partial<LedgerTools>) {
    this.params = params;
    this.#store = store;
    this.#checker = new HeaderChecker(params, tools);
    this.#verifier = tools.verifier ?? verifyHere;
    this.#twinsKept = tools.twinsKept;
    this.#tip = tip;
    this.state = stateIn(store);
  }

  /** Resumes at the stored tip; an empty store starts at genesis. Throws a Failure for another network's store. */
  static async open(params: Params, store: LedgerStore, tools: Partial<LedgerTools> = {}): Promise<Ledger> {
    const steady = new SteadyStore(store);
    if (readJoin(steady)) throw new Failure('temporary', 'this node has not joined the network yet');
    if (steady.get(tipKey) === undefined) await writeGenesis(params, steady);
    const network = steady.get(networkKey);
    if (!network || !equal(network, params.derived.genesisId)) {
      throw new Failure('failure', 'the ledger in this directory belongs to another network');
    }
    const tip = readEntry(steady, steady.get(tipKey)!);
    if (!tip || !equal(rootOf(treeIn(steady)), tip.header.stateRoot)) {
      throw new Failure(
        'failure',
        'the ledger in this directory is damaged',
        'remove it, and the node fetches it again',
      );
    }
    return new Ledger(params, steady, tip, tools);
  }

  get tip(): Tip {
    const { header, id, work } = this.#tip;
    return { header, id, height: header.height, slot: header.slot, work };
  }

  globals(): Globals {
    return readGlobals(this.state);
  }

  /** Bytes that the next block's body may have. */
  bodyLimit(): number {
    return bodyLimit(this.params, this.state, this.#tip.header.height + 1);
  }

  has(id: Hash): boolean {
    return readEntry(this.#store, id) !== undefined;
  }

  header(id: Hash): Header | undefined {
    return readEntry(this.#store, id)?.header;
  }

  /** The id of the main chain's block at a height. */
  idAt(height: number): Hash | undefined {
    return height >= 0 && height <= this.#tip.header.height ? idAt(this.#store, height) : undefined;
  }

  headerAt(height: number): Header | undefined {
    const id = this.idAt(height);
    return id && this.header(id);
  }

  body(id: Hash): Uint8Array[] | undefined {
    return readBody(this.#store, id);
  }

  /** What the state at the tip holds under a key (keys.ts), and the proof of it under the root in the tip's header. */
  prove(key: Uint8Array): { value: Uint8Array | null; proof: Proof } {
    return { value: this.state.get(key) ?? null, proof: prove(treeIn(this.#store), key) };
  }

  locator(): Hash[] {
    return locatorFrom(this.#store, this.#tip);
  }

  headersAfter(locator: readonly Hash[], max: number): Header[] {
    return headersAfter(this.#store, this.#tip, locator, max);
  }

  /** Headers from a block that is known down, at most `max`, as far as they are held. */
  headersDown(id: Hash, max: number): Header[] {
    return headersDown(this.#store, id, max);
  }

  /** A block's header with what the headers on it need to know of the chain below, as it is stored: a joining node starts there. */
  record(id: Hash): Uint8Array | undefined {
    return this.#store.get(headerKey(id));
  }

  /** Whether a block of this slot on the tip may be mined. */
  mayMine(slot: number): boolean {
    return miningTarget(this.params, this.#tip.header, slot) !== undefined;
  }

  /**
   * A block on the tip, complete but for its nonce (pow.ts `mine`). Candidates that do not apply are left out. Throws
   * LedgerError 'proof-kind' where stake leads.
   */
  buildBlock(candidates: readonly Candidate[], producer: Address, slot: number): MinedBlock {
    const target = miningTarget(this.params, this.#tip.header, slot);
    enforce(target !== undefined, 'proof-kind');
    const proof: PowProof = { kind: 'pow', target, nonce: 0n };
    const { header, body } = makeTemplate(this.params, this.#store, this.#tip, { slot, producer, proof, candidates });
    return { header: { ...header, proof }, body };
  }

  /** What the leader of a slot on the tip is drawn from. undefined: not by stake, or its snapshot is not held here. */
  draw(slot: number): Draw | undefined {
    return drawOn(this.params, this.#store, this.#tip, slot);
  }

  /** As buildBlock, by a leader; the signature is still to be made (header.ts `headerMessage`). */
  buildLed(candidates: readonly Candidate[], proof: LeaderProof, slot: number): StakedBlock {
    const draft = { slot, producer: proof.stake.leaf.account, proof, candidates };
    const { header, body } = makeTemplate(this.params, this.#store, this.#tip, draft);
    return { header: { ...header, proof }, body };
  }

  /** 1 or 2 for a leader's first and second header for a slot, 3 for those that need not be passed on any more. */
  placeOf(header: Header): 1 | 2 | 3 {
    return this.#checker.placeOf(header, headerId(header));
  }

  /** Checks a run of headers, each on the one before it, without storing them: bodies are asked for only then. */
  async checkHeaders(headers: readonly Header[], nowSlot: number): Promise<HeadersResult> {
    const missing: Hash[] = [];
    let parent: Entry | undefined;
    for (const header of headers) {
      const id = headerId(header);
      const known = readEntry(this.#store, id);
      if (!known) {
        this.#refuseInvalid(id, header);
        parent ??= readEntry(this.#store, header.parent);
        if (!parent) return { status: 'orphan' };
        this.#refuseDeep(header);
        await this.#checker.check(parent, header, nowSlot);
        missing.push(id);
      }
      parent = known ?? entryOn(this.params, parent!, header, id);
    }
    return { status: 'good', work: parent?.work ?? 0n, missing };
  }

  /** Takes a block in. An invalid one throws LedgerError and leaves no trace. One at a time, in order of calling. */
  addBlock(block: Block, nowSlot: number): Promise<AddResult> {
    const added = this.#turn.then(() => this.#add(block, nowSlot));
    this.#turn = added.catch(() => undefined);
    return added;
  }

  async #add({ header, body }: Block, nowSlot: number): Promise<AddResult> {
    const id = headerId(header);
    if (this.has(id)) return { status: 'known', ...NOTHING };
    this.#refuseInvalid(id, header);
    const parent = readEntry(this.#store, header.parent);
    if (!parent) return { status: 'orphan', ...NOTHING };
    this.#refuseDeep(header);
    await this.#checker.check(parent, header, nowSlot);
    // Not remembered as invalid: the header is good, and another may bring its true body.
    checkBody(header, body);
    const entry = entryOn(this.params, parent, header, id);
    const staging = new Staging(this.#store);
    writeEntry(staging, entry, body);
    listSibling(staging, header.height, id);
    const pruned = this.#tip.header.height - this.params.k;
    const branch = isBetter(entry, this.#tip) ? branchTo(staging, entry, pruned) : undefined;
    if (!branch || !this.#canLeave(branch)) {
      dropTwins(staging, entry, pruned + 1, this.#tip.header.height, this.#twinsKept);
      await this.#store.write(staging.batch(), NOTHING, () => undefined);
      return { status: 'side', ...NOTHING };
    }
    const moved = await this.#move(staging, branch, body);
    await this.#store.write(staging.batch(), moved, () => {
      this.#tip = entry;
    });
    return { status: moved.disconnected.length > 0 ? 'reorganised' : 'extended', ...moved };
  }

  /** A reorganisation goes at most k deep, and never below the oldest undo record. */
  #canLeave({ fork }: Branch): boolean {
    const depth = this.#tip.header.height - fork.header.height;
    const lowest = this.idAt(fork.header.height + 1);
    return depth <= this.params.k && (lowest === undefined || this.#store.get(undoKey(lowest)) !== undefined);
  }

  async #move(staging: Staging, branch: Branch, last: Uint8Array[]): Promise<Moved> {
    const disconnected: Applied[] = [];
    for (let at = this.#tip; !equal(at.id, branch.fork.id); at = readEntry(staging, at.header.parent)!) {
      disconnected.push(disconnect(this.params, staging, at));
    }
    const connected: Applied[] = [];
    for (const entry of branch.blocks) {
      try {
        connected.push(await this.#connect(staging, entry, entry === branch.blocks.at(-1) ? last : undefined));
      } catch (error) {
        if (error instanceof LedgerError) await this.#erase(branch.blocks.slice(connected.length));
        throw error;
      }
    }
    return { connected, disconnected };
  }

  /** Its signatures are verified while it is executed; both are done when this resolves. */
  async #connect(staging: Staging, entry: Entry, body: Uint8Array[] | undefined): Promise<Applied> {
    const signatures = this.#verifier(signatureRoom(entry.header.bodySize));
    try {
      const applied = connect(this.params, staging, entry, checkLater(signatures), body);
      enforce((await signatures.bad()).length === 0, 'signature');
      return applied;
    } finally {
      signatures.drop();
    }
  }

  /** A block that breaks a rule, and what of its branch stands on it, go from the store and are not taken again. */
  async #erase(blocks: readonly Entry[]): Promise<void> {
    const staging = new Staging(this.#store);
    for (const { id } of blocks) {
      rememberBounded(this.#invalid, toHex(id), INVALID_MAX);
      if (this.has(id)) eraseEntry(staging, id);
    }
    if (staging.batch().length > 0) await this.#store.write(staging.batch(), NOTHING, () => undefined);
  }

  #refuseInvalid(id: Hash, header: Header): void {
    if (this.#invalid.has(toHex(id))) throw new LedgerError('known-invalid');
    if (!this.#invalid.has(toHex(header.parent))) return;
    rememberBounded(this.#invalid, toHex(id), INVALID_MAX);
    throw new LedgerError('invalid-parent');
  }

  /** What could only be reached by a reorganisation deeper than k is never needed. */
  #refuseDeep(header: Header): void {
    if (header.height <= this.#tip.header.height - this.params.k) throw new LedgerError('too-deep');
  }
}
