import { passphraseFlags } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import { writeOut } from '../../lib/cli/outfile.js';
import { Spending } from '../../lib/cli/spending.js';
import type { FailureCode } from '../../lib/util/errors.js';

const COPIES = 3;

export default class WalletBackup extends Spending {
  static override summary = 'back the books up: as blobs that the words find again, or as a file';
  static override exits: readonly FailureCode[] = ['not-found', 'temporary', 'unreachable', 'passphrase', 'disk-full'];
  static override examples = [
    'holdfast wallet backup | holdfast blob advertise --max-price 2.5 --term 90d --yes -',
    'holdfast wallet backup --out /media/usb/holdfast.vault',
  ];
  static override flags = {
    out: Flags.string({ description: 'write it to this file', helpValue: 'FILE' }),
    copies: Flags.integer({
      description: `make so many blobs of it: ${COPIES} by default, none with --out`,
      helpValue: 'N',
      min: 1,
      max: 16,
    }),
    ...passphraseFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(WalletBackup);
    await this.unlockFirst(flags);
    if (flags.out !== undefined) {
      const { body } = await this.node.download('wallet.backup', {});
      await writeOut(flags.out, body, 0o600);
    }
    const copies = flags.copies ?? (flags.out === undefined ? COPIES : undefined);
    if (copies === undefined) return;
    for await (const record of this.node.records('wallet.copies', { copies })) this.emit(record, record.uuid);
  }
}
