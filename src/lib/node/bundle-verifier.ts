import { signingMessage } from '../chain/encoding.js';
import { LedgerError } from '../chain/errors.js';
import { signersOf } from '../chain/pool/signers.js';
import { type ReadTx, readTx } from '../chain/rules/apply.js';
import { checkNone, checkNow, type SignatureCheck, signatureRoom } from '../chain/signatures.js';
import { readAccount } from '../chain/state.js';
import type { SignatureVerifier } from '../crypto/signatures.js';
import type { Verified as VerifiedSignatures } from '../crypto/verified.js';
import type { Context } from './context.js';

/** Read, and what is left to check of its signatures. */
export interface Verified {
  read: ReadTx;
  bytes: Uint8Array;
  check: SignatureCheck;
}

/** Reads and verifies bundles of transactions before the pool looks at them. */
export class BundleVerifier {
  constructor(
    private readonly context: Pick<Context, 'mempool' | 'ledger' | 'params'>,
    private readonly verifier: SignatureVerifier,
    private readonly known: VerifiedSignatures,
  ) {}

  /**
   * Those of a bundle that may be new. Undefined where one is malformed or badly signed: whoever passed it on did
   * not look at it.
   */
  async verify(txs: readonly Uint8Array[]): Promise<Verified[] | undefined> {
    const fresh: Omit<Verified, 'check'>[] = [];
    for (const bytes of txs) {
      const read = tryRead(bytes);
      if (!read) return undefined;
      if (this.mayBeNew(read)) fresh.push({ read, bytes });
    }
    const { genesisId } = this.context.params.derived;
    const asked: [Uint8Array, Uint8Array, Uint8Array][] = [];
    const batch = this.verifier(signatureRoom(txs.reduce((sum, { length }) => sum + length, 0)));
    try {
      const verified = fresh.map(({ read, bytes }): Verified => {
        const keys = signersOf(read.tx, this.context.mempool.pending);
        if (!keys) return { read, bytes, check: checkNow };
        const message = signingMessage(read.tx, genesisId);
        for (const [i, key] of keys.entries()) asked.push([read.signatures[i]!, message, key]);
        return { read, bytes, check: checkNone };
      });
      for (const one of asked) batch.add(...one);
      if ((await batch.bad()).length > 0) return undefined;
      for (const one of asked) this.known.add(...one);
      return verified;
    } finally {
      batch.drop();
    }
  }

  /** What is used up, or waits already, is not worth a signature's verification. */
  private mayBeNew({ id, tx }: ReadTx): boolean {
    const { mempool, ledger } = this.context;
    if (mempool.has(id)) return false;
    const account = 'seq' in tx ? readAccount(ledger.state, tx.from) : undefined;
    return account === undefined || !('seq' in tx) || tx.seq >= account.seq;
  }
}

function tryRead(bytes: Uint8Array): ReadTx | undefined {
  try {
    return readTx(bytes);
  } catch (error) {
    if (error instanceof LedgerError) return undefined;
    throw error;
  }
}
