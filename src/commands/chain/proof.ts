import { detailColumns } from '../../lib/cli/detail-columns.js';
import { operands } from '../../lib/cli/flags.js';
import { parseId, shown } from '../../lib/cli/ids.js';
import { numberedLines, operandWords } from '../../lib/cli/input.js';
import { Many } from '../../lib/cli/many.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { ProvenRecord } from '../../lib/rpc/records.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

/** A proof of the most steps, of the largest entry, fits several times. */
const LINE_MAX = 1 << 20;

export default class ChainProof extends Many {
  static override summary = 'prove what the state holds of accounts, bonds, bounties, adverts; or check proofs';
  static override exits: readonly FailureCode[] = ['partial', 'not-found', 'unreachable'];
  static override examples = ['holdfast chain proof --json "$address" > proof', 'holdfast chain proof --verify proof'];
  static override args = { subject: operands('an address, or the id of a bounty or an advert, or - for stdin') };
  static override flags = {
    bond: Flags.boolean({ description: "prove the addresses' bonds instead of their accounts", exclusive: ['verify'] }),
    verify: Flags.string({
      description: 'check the proofs in this file, or stdin with -; needs no node',
      helpValue: 'FILE',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ChainProof);
    // Hashes and schemas: only here, where a proof is looked into.
    const { checkLine, checkProof } = await import('../../lib/cli/proof.js');
    if (flags.verify !== undefined) {
      if (args.subject !== undefined) throw new Failure('usage', 'operands and --verify exclude each other');
      const check = async ({ line }: { line: string }) => this.#tell(checkLine(line));
      return this.batch(numberedLines(flags.verify, LINE_MAX), check, { name: ({ number }) => `line ${number}` });
    }
    const prove = async (word: string) => {
      const subject = word.toLowerCase().startsWith('hf1') ? word : parseId(word, 'address or id');
      for await (const proof of this.node.records('chain.proof', { subject, bond: flags.bond })) {
        if (this.common.json) this.emit(proof);
        else this.#tell(checkProof(proof));
      }
    };
    await this.batch(operandWords(args.subject, { called: 'SUBJECT' }), prove, { name: shown });
  }

  #tell(proven: ProvenRecord): void {
    const { type: _type, holds, kind, subject, ...block } = proven;
    const { kind: _kind, ...entry } = holds ?? { kind };
    const fields = { kind, subject, held: holds !== null, ...entry, ...block };
    this.show(proven, detailColumns<ProvenRecord>(fields), subject);
  }
}
