import { Base } from '../../lib/cli/base.js';
import { oneCap, tahoeCap } from '../../lib/cli/caps.js';
import { operand } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import { openShares } from '../../lib/cli/share-files.js';
import { decodeFile } from '../../lib/codec/decode.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

export default class FileDecode extends Base {
  static override summary = 'restore a file from a directory of shares to stdout; needs no node';
  static override exits: readonly FailureCode[] = ['not-found', 'lost'];
  static override examples = ['holdfast file decode --from /media - < will.cap > will.pdf'];
  static override args = { cap: operand('the cap, or - to read it from stdin') };
  static override flags = {
    from: Flags.string({ description: 'the directory of shares, in either layout', helpValue: 'DIR', required: true }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(FileDecode);
    const cap = tahoeCap(args.cap === '-' ? await oneCap('-') : args.cap);
    if (cap.kind === 'chk-verifier') {
      throw new Failure(
        'usage',
        'a verify cap cannot read a file',
        'give the cap that begins with URI:CHK: or URI:LIT:',
      );
    }
    const files = await openShares(flags.from, cap);
    const onBadShare = (share: number, reason: string) => this.caution(`share ${share} is bad: ${reason}`);
    try {
      await decodeFile(cap, files.shares, (plaintext) => this.bytes(one(plaintext)), { onBadShare });
    } finally {
      await files.close();
    }
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
