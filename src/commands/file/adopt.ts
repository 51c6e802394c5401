import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { oneCap, tahoePart } from '../../lib/cli/caps.js';
import { counted } from '../../lib/cli/contents.js';
import { bytes, happyFlag, operand, passphraseFlags } from '../../lib/cli/flags.js';
import { openInput } from '../../lib/cli/input.js';
import { Flags } from '../../lib/cli/oclif.js';
import { Spending } from '../../lib/cli/spending.js';
import { parseReadCap } from '../../lib/codec/caps.js';
import { Failure, type FailureCode, fromSystemError } from '../../lib/util/errors.js';

export default class FileAdopt extends Spending {
  static override summary = "book a file that a Tahoe grid keeps, and print its shares' UUIDs";
  static override exits: readonly FailureCode[] = ['not-found', 'unreachable', 'passphrase', 'disk-full'];
  static override examples = [
    'holdfast file adopt doc.cap doc.tar > doc.shares',
    'tahoe get "$(cat doc.cap)" - | holdfast file adopt doc.cap -',
  ];
  static override args = {
    capfile: operand('the file that holds the cap, or - for stdin'),
    file: operand('the file itself, or - for stdin'),
  };
  static override flags = {
    'segment-size': bytes({ description: 'segments of at most this many bytes, as it was uploaded' }),
    name: Flags.string({ description: "the file's name in the catalog", helpValue: 'NAME' }),
    ...happyFlag,
    ...passphraseFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(FileAdopt);
    const { capfile, file } = args;
    if (capfile === '-' && file === '-') {
      throw new Failure('usage', 'stdin cannot be both the cap and the file', 'put the cap into a file');
    }
    const cap = await oneCap(capfile);
    await refuseOtherSize(cap, file);
    await this.unlockFirst(flags);
    const name = flags.name ?? (file === '-' ? null : basename(file));
    const params = { cap, name, segmentSize: flags['segment-size'], happy: flags.happy };
    const progress = await this.progress();
    try {
      const body = counted(openInput(file), progress, `adopting ${file === '-' ? 'stdin' : file}`);
      const record = await this.node.upload('file.adopt', params, body);
      if (this.common.json) this.emit(record);
      else for (const uuid of record.blobs) this.emit(record, uuid);
    } finally {
      progress.end();
    }
  }
}

/** Before a byte of it is sent. Of what is no regular file the node counts the bytes. */
async function refuseOtherSize(text: string, name: string): Promise<void> {
  const cap = parseReadCap(tahoePart(text));
  if (cap.kind === 'lit') throw new Failure('usage', 'a LIT cap is the file itself: there is nothing to adopt');
  if (name === '-') return;
  const found = await stat(name).catch((error) => {
    throw fromSystemError(error, `cannot read ${name}`);
  });
  if (found.isDirectory()) throw new Failure('usage', `${name} is a directory`);
  if (!found.isFile() || found.size === cap.size) return;
  const message = `${name} has ${found.size} bytes, and its cap says ${cap.size}`;
  throw new Failure('failure', message, 'is it another file, or another version of it?');
}
