import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { PRESETS, type Preset, preset } from '../../lib/chain/presets.js';
import { Base } from '../../lib/cli/base.js';
import { operand } from '../../lib/cli/flags.js';
import { makeNetworksDir, writeGenesis } from '../../lib/cli/networks.js';
import { Flags } from '../../lib/cli/oclif.js';
import { toHex } from '../../lib/util/bytes.js';

/** A few slots ahead: whoever is handed the file at once still finds the first slot. */
const GENESIS_DELAY_MS = 2000;

export default class NetworkCreate extends Base {
  static override summary = 'write the genesis file of a new network, and print its id';
  static override args = { name: operand('what the network is called: lower case letters, digits, hyphens') };
  static override flags = {
    preset: Flags.string({
      description: 'main: a day is a day; devnet: a day is 5 blocks',
      options: [...PRESETS],
      default: 'main',
      helpValue: 'KIND',
    }),
    out: Flags.string({ description: 'write it here, not among the networks known here', helpValue: 'FILE' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NetworkCreate);
    const json = preset(flags.preset as Preset, {
      name: args.name,
      salt: toHex(randomBytes(32)),
      genesisTimeMs: Date.now() + GENESIS_DELAY_MS,
    });
    if (flags.out === undefined) makeNetworksDir(this.paths.networks);
    const { record } = writeGenesis(flags.out ?? join(this.paths.networks, `${json.name}.json`), json);
    this.emit(record, record.network_id);
    this.note(`wrote ${record.file}`);
  }
}
