import { Base } from '../../lib/cli/base.js';
import { passphraseFlags } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import { newWallet, writeWallet, writeWords } from '../../lib/cli/wallet-file.js';
import { quizWords, showWords } from '../../lib/cli/words.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class WalletInit extends Base {
  static override summary = 'make a wallet, and show its words once';
  static override exits: readonly FailureCode[] = ['passphrase', 'disk-full'];
  static override examples = [
    'holdfast wallet init',
    'holdfast wallet init --passphrase-file pw --words-file /media/usb/words',
  ];
  static override flags = {
    'words-file': Flags.string({ description: 'write the words here, not to the terminal', helpValue: 'FILE' }),
    confirm: Flags.boolean({ description: 'ask for three of the words', default: true, allowNo: true }),
    ...passphraseFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(WalletInit);
    const wallet = newWallet(this.paths.wallet, { wordsFile: flags['words-file'] });
    const passphrase = await this.passphrase(flags, { twice: true });
    // The words first: a wallet whose words nobody has seen must not exist.
    if (flags['words-file'] !== undefined) {
      await writeWords(flags['words-file'], wallet.words);
    } else {
      showWords(wallet.words);
      if (flags.confirm) await quizWords(wallet.words);
    }
    await writeWallet(this.paths.wallet, wallet, passphrase);
    this.emit({ type: 'address', address: wallet.address }, wallet.address);
  }
}
