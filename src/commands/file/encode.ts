import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { Base } from '../../lib/cli/base.js';
import { encodeTo, parseSecret } from '../../lib/cli/encoding.js';
import { bytes, operand } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import { parseShares } from '../../lib/cli/shares.js';
import { openSource } from '../../lib/cli/source.js';
import type { FileRecord } from '../../lib/rpc/records.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

export default class FileEncode extends Base {
  static override summary = 'encode a file into Tahoe-LAFS shares, and print its cap; needs no node';
  static override exits: readonly FailureCode[] = ['not-found', 'temporary', 'disk-full'];
  static override examples = [
    'holdfast file encode --shares 3/5/5 --out /media will.pdf > will.cap',
    'tar c doc | holdfast file encode --server-layout --out /srv/tahoe/storage/shares - > doc.cap',
  ];
  static override args = { file: operand('the file, or - for stdin') };
  static override flags = {
    shares: Flags.string({ description: 'needed/happy/total, or needed/total; 3/7/10 by default', helpValue: 'K/H/N' }),
    'segment-size': bytes({ description: 'cut the file into segments of at most this many bytes' }),
    convergence: Flags.string({
      description: "derive the key from the content and this secret; by default it's random",
      helpValue: 'HEX',
      exclusive: ['key'],
    }),
    key: Flags.string({ description: 'use this key, of 16 bytes', helpValue: 'HEX' }),
    out: Flags.string({
      description: 'write the shares into this directory, by number',
      helpValue: 'DIR',
      required: true,
    }),
    'server-layout': Flags.boolean({ description: "write them as a storage server's shares/ tree" }),
    'allow-empty': Flags.boolean({ description: 'take empty content from stdin' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(FileEncode);
    const params = {
      ...parseShares(this.settings.get('shares', flags.shares)!),
      segmentSize: flags['segment-size'],
    };
    const secret = parseSecret(flags, () => new Uint8Array(randomBytes(16)));
    const source = await openSource(args.file, this.paths.data);
    try {
      if (source.size === 0 && args.file === '-' && !flags['allow-empty']) {
        throw new Failure('usage', 'stdin is empty', 'add --allow-empty if it may be');
      }
      const made = await encodeTo(flags.out, source, params, { secret, server: flags['server-layout'] });
      const { needed, happy, total } = params;
      const record: FileRecord = {
        type: 'file',
        storage_index: made.storageIndex ?? null,
        name: args.file === '-' ? null : basename(args.file),
        ...{ size: source.size, needed, happy, total },
        cap: made.capText,
        ...{ blobs: [], live: 0 },
      };
      this.emit(record, made.capText);
    } finally {
      await source.close();
    }
  }
}
