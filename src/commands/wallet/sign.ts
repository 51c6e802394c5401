import { Base } from '../../lib/cli/base.js';
import { operand, passphraseFlags, tokens } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import { confirm } from '../../lib/cli/prompt.js';
import { describeDraft, openWallet, readDrafts, signDraft } from '../../lib/cli/signing.js';
import { openTerminal } from '../../lib/cli/tty.js';
import { formatTokens } from '../../lib/util/amounts.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

export default class WalletSign extends Base {
  static override summary = 'sign drafts, without a node and without a network';
  static override exits: readonly FailureCode[] = ['not-found', 'passphrase', 'over-limit'];
  static override examples = [
    'holdfast wallet send --to "$addr" --amount 5 --draft > tx.draft',
    'holdfast wallet sign --passphrase-file pw tx.draft > tx.signed',
    'holdfast chain submit tx.signed',
  ];
  static override args = { file: operand('drafts, one a line, or - for stdin') };
  static override flags = {
    yes: Flags.boolean({ description: 'sign without being asked' }),
    'max-spend': tokens({ description: 'refuse to sign for more than this' }),
    ...passphraseFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WalletSign);
    const drafts = await readDrafts(args.file);
    const total = drafts.reduce((sum, { amount, fee }) => sum + amount + fee, 0n);
    const limit = flags['max-spend'];
    if (limit !== undefined && total > limit) {
      throw new Failure('over-limit', `this spends ${formatTokens(total)} tokens, more than --max-spend allows`);
    }
    if (process.stderr.isTTY) {
      const lines = drafts.flatMap((draft) => describeDraft(draft, this.paths.networks));
      process.stderr.write(`${lines.join('\n')}\n`);
    }
    if (!flags.yes && limit === undefined) await this.#ask(`Sign for ${formatTokens(total)} tokens in all?`);
    const keyring = await openWallet(this.paths.wallet, await this.passphrase(flags));
    const signed = drafts.map((draft) => signDraft(keyring, draft));
    for (const record of signed) this.emit(record, record.tx);
  }

  /** Nothing is spent by a signature alone, and a script that has the passphrase is asked no more than that. */
  async #ask(question: string): Promise<void> {
    const terminal = openTerminal();
    if (!terminal) return;
    terminal.close();
    if (!(await confirm(question))) throw new Failure('failure', 'not confirmed, nothing was signed');
  }
}
