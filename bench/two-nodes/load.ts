import sodium from 'sodium-native';
import { encodeSignedTx } from '../../src/lib/chain/encoding.js';
import type { Params } from '../../src/lib/chain/params.js';
import { requiredFee, signTx } from '../../src/lib/chain/sign.js';
import type { Address, BlockRef, Hash, Output, TransferTx } from '../../src/lib/chain/types.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import { utf8 } from '../../src/lib/util/bytes.js';

const NO_MEMO = new Uint8Array(0);
/** Above what is asked for, so that a base fee on the move leaves nothing behind. */
const FEE_FACTOR = 3n;

/** An account whose secret key is at hand: deriving it from the seed each time costs as much as signing. */
export class Payer {
  readonly address: Address = new Uint8Array(32);
  seq = 0n;
  readonly #secret = new Uint8Array(64);

  constructor(name: string) {
    sodium.crypto_sign_seed_keypair(this.address, this.#secret, sha256(utf8(name)));
  }

  /** A signed transfer, with its sequence number used up. */
  pay(params: Params, ref: BlockRef, baseFee: bigint, outputs: Output[]): Uint8Array {
    const draft: TransferTx = {
      kind: 'transfer',
      from: this.address,
      seq: this.seq,
      outputs,
      memo: NO_MEMO,
      ref,
      fee: 0n,
    };
    const fee = FEE_FACTOR * requiredFee(params, baseFee, draft);
    this.seq += 1n;
    return encodeSignedTx(signTx({ ...draft, fee }, params.derived.genesisId, (message) => this.#sign(message)));
  }

  #sign(message: Hash): Uint8Array {
    const signature = new Uint8Array(64);
    sodium.crypto_sign_detached(signature, message, this.#secret);
    return signature;
  }
}

const TICK_MS = 20;

/** Publishes at a rate: what is due is signed and sent, tick by tick; what could not be sent comes a little after. */
export class Stream {
  readonly #timer: NodeJS.Timeout;
  #due = 0;
  #last = performance.now();

  constructor(rate: number, send: () => boolean) {
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#due = Math.min(rate, this.#due + ((now - this.#last) / 1000) * rate);
      this.#last = now;
      while (this.#due >= 1 && send()) this.#due -= 1;
    }, TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
