import { readFileSync } from 'node:fs';
import { Failure, fromSystemError } from '../util/errors.js';

/** Every setting that is more than one command's flag: its variable, and what holds where nothing is said. */
export const SETTINGS = {
  network: { variable: 'HOLDFAST_NETWORK', fallback: undefined },
  passphrase_file: { variable: 'HOLDFAST_PASSPHRASE_FILE', fallback: undefined },
  passphrase_command: { variable: 'HOLDFAST_PASSPHRASE_COMMAND', fallback: undefined },
  shares: { variable: 'HOLDFAST_SHARES', fallback: '3/7/10' },
  wait_lock: { variable: 'HOLDFAST_WAIT_LOCK', fallback: '0s' },
} as const satisfies Record<string, { variable: string; fallback: string | undefined }>;

export type SettingName = keyof typeof SETTINGS;

export interface Setting {
  name: SettingName;
  value: string | undefined;
  /** Where it was found, for doctor. */
  source: 'flag' | 'environment' | 'config' | 'default';
}

/** Flag, then environment, then the config file, then the default. */
export class Settings {
  readonly #file: string;
  readonly #environment: NodeJS.ProcessEnv;
  #config: Partial<Record<SettingName, string>> | undefined;

  constructor(file: string, environment: NodeJS.ProcessEnv = process.env) {
    this.#file = file;
    this.#environment = environment;
  }

  find(name: SettingName, flag?: string): Setting {
    if (flag !== undefined) return { name, value: flag, source: 'flag' };
    const { variable, fallback } = SETTINGS[name];
    const inherited = this.#environment[variable];
    if (inherited) return { name, value: inherited, source: 'environment' };
    this.#config ??= readConfig(this.#file);
    const configured = this.#config[name];
    if (configured !== undefined) return { name, value: configured, source: 'config' };
    return { name, value: fallback, source: 'default' };
  }

  get(name: SettingName, flag?: string): string | undefined {
    return this.find(name, flag).value;
  }

  all(): Setting[] {
    return (Object.keys(SETTINGS) as SettingName[]).map((name) => this.find(name));
  }
}

/** At most this long: a config file is a few lines. */
const CONFIG_BYTES_MAX = 64 * 1024;

/** A flat object of strings. Checked by hand: a schema library would cost every command its import. */
function readConfig(file: string): Partial<Record<SettingName, string>> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw fromSystemError(error, `cannot read ${file}`);
  }
  const refuse = (what: string) => new Failure('usage', `bad config file ${file}: ${what}`, 'see holdfast-config(5)');
  if (text.length > CONFIG_BYTES_MAX) throw refuse('too long');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refuse('not JSON');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw refuse('not an object');
  for (const [name, value] of Object.entries(json)) {
    if (!Object.hasOwn(SETTINGS, name)) throw refuse(`unknown setting ${name}`);
    if (typeof value !== 'string') throw refuse(`${name} must be a string`);
  }
  return json as Partial<Record<SettingName, string>>;
}
