import { Base } from '../../lib/cli/base.js';
import { passphraseFlags } from '../../lib/cli/flags.js';
import { openInput } from '../../lib/cli/input.js';
import { Flags } from '../../lib/cli/oclif.js';
import { restoreKeyFile } from '../../lib/cli/restoring.js';
import { readWords } from '../../lib/cli/words.js';
import { type FailureCode, isFailure } from '../../lib/util/errors.js';

export default class WalletRestore extends Base {
  static override summary = 'bring a wallet back from its words, and its books from their backup';
  static override exits: readonly FailureCode[] = [
    ...(['partial', 'not-found', 'temporary', 'unreachable', 'locked', 'passphrase', 'disk-full'] as const),
  ];
  static override examples = [
    'holdfast wallet restore',
    'holdfast wallet restore --words-file /media/usb/words --passphrase-file pw --from /media/usb/holdfast.vault',
  ];
  static override flags = {
    'words-file': Flags.string({ description: 'read the words from this file', helpValue: 'FILE' }),
    'words-fd': Flags.integer({ description: 'read the words from this descriptor', helpValue: 'FD', min: 0 }),
    from: Flags.string({ description: 'the backup, as a file; by default from the network', helpValue: 'FILE' }),
    'take-over': Flags.boolean({ description: 'the original is dead, or shall end' }),
    ...passphraseFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(WalletRestore);
    // Nothing is written before a node is there to go on with it.
    await this.node.call('node.status', {});
    const words = await readWords({ file: flags['words-file'], fd: flags['words-fd'] });
    const passphrase = await restoreKeyFile(this.paths.wallet, words, (twice) => this.passphrase(flags, { twice }));
    await this.node.call('wallet.unlock', { passphrase });
    const { from } = flags;
    const params = { from: from === undefined ? 'network' : 'file', takeOver: flags['take-over'] } as const;
    const record = await this.node.upload('wallet.restore', params, from === undefined ? nothing() : openInput(from));
    await this.#serving();
    this.emit(record);
    if (record.newer) this.caution('a later backup was seen, and no copy of it was whole: this is an older one');
    if (record.generation === null) {
      this.caution('no backup was found: the words gave back the keys, and nothing of the books');
      this.verdict('partial');
    } else {
      this.note(`restored from the backup of ${record.made}`);
    }
  }

  /** The node starts anew on what it restored. */
  async #serving(): Promise<void> {
    for (let left = TRIES; ; left--) {
      try {
        await this.node.call('node.status', {});
        return;
      } catch (error) {
        const passing = isFailure(error) && (error.code === 'unreachable' || error.code === 'temporary');
        if (!passing || left === 0) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, TRY_MS));
    }
  }
}

const TRIES = 150;
const TRY_MS = 200;

async function* nothing(): AsyncGenerator<Uint8Array> {}
