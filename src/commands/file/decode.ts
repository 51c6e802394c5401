import { Base } from '../../lib/cli/base.js';
import { oneCap, tahoePart } from '../../lib/cli/caps.js';
import { operand, rangeFlags } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import { openShares } from '../../lib/cli/share-files.js';
import { parseReadCap } from '../../lib/codec/caps.js';
import { decodeFile } from '../../lib/codec/decode.js';
import type { Shares } from '../../lib/codec/gather.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class FileDecode extends Base {
  static override summary = 'restore a file from a directory of shares to stdout; needs no node';
  static override exits: readonly FailureCode[] = ['not-found', 'disk-full', 'lost'];
  static override examples = ['holdfast file decode --from /media - < will.cap > will.pdf'];
  static override args = { cap: operand('the cap, or - to read it from stdin') };
  static override flags = {
    from: Flags.string({ description: 'the directory of shares, in either layout', helpValue: 'DIR', required: true }),
    ...rangeFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(FileDecode);
    const cap = parseReadCap(tahoePart(args.cap === '-' ? await oneCap('-') : args.cap));
    const { offset, length } = flags;
    const decode = (shares: Shares) => {
      const onBadShare = (share: number, reason: string) => this.caution(`share ${share} is bad: ${reason}`);
      return decodeFile(cap, shares, (plaintext) => this.bytes(one(plaintext)), { onBadShare, offset, length });
    };
    if (cap.kind === 'lit') return decode(new Map());
    const files = await openShares([flags.from], cap);
    try {
      await decode(new Map([...files.found].map(([share, found]) => [share, found.map(({ source }) => source)])));
    } finally {
      await files.close();
    }
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
