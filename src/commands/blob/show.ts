import { BLOB_FIELDS } from '../../lib/cli/blob-columns.js';
import { operands } from '../../lib/cli/flags.js';
import { Many } from '../../lib/cli/many.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class BlobShow extends Many {
  static override summary = 'show all there is to know of blobs';
  static override exits: readonly FailureCode[] = ['partial', 'not-found', 'unreachable'];
  static override examples = ['holdfast blob show "$uuid"'];
  static override args = { uuid: operands('a blob, or - to read UUIDs from stdin') };

  async run(): Promise<void> {
    const { args } = await this.parse(BlobShow);
    await this.eachId(args.uuid, 'UUID', async (uuid) => {
      this.show(await this.node.call('blob.show', { uuid }), BLOB_FIELDS, uuid);
    });
  }
}
