import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Interfaces } from '@oclif/core';
import { Config } from '@oclif/core/config';
import { settings } from '@oclif/core/settings';

const here = dirname(fileURLToPath(import.meta.url));
/** Bundled, the commands lie beside this file; as tsc wrote it, two folders up. */
const root = existsSync(join(here, 'commands')) ? here : join(here, '..', '..');

export interface PackageJson {
  version: string;
  oclif: Record<string, unknown>;
}

/** The folder of package.json. */
export const packageRoot = (() => {
  let folder = here;
  while (!existsSync(join(folder, 'package.json'))) {
    if (folder === dirname(folder)) throw new Error(`no package.json above ${here}`);
    folder = dirname(folder);
  }
  return folder;
})();

export function readPackageJson(): PackageJson {
  return JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as PackageJson;
}

/** How this very program is started again: for daemons that detach, and for devnets. */
export function selfCommand(): [program: string, ...args: string[]] {
  return [process.execPath, ...process.execArgv, join(packageRoot, 'bin', 'run.js')];
}

/** oclif's own would load the package debug, to say nothing. */
const silent: Interfaces.Logger = {
  namespace: 'holdfast',
  child: () => silent,
  ...{ debug() {}, error() {}, info() {}, trace() {}, warn() {} },
};

export async function loadConfig(options: { ignoreManifest?: boolean } = {}): Promise<Config> {
  // With NODE_ENV=test or development in the environment, oclif would go looking for TypeScript sources.
  settings.enableAutoTranspile = false;
  const pjson = readPackageJson();
  return Config.load({
    root,
    pjson: {
      ...pjson,
      oclif: { ...pjson.oclif, commands: { strategy: 'pattern', target: './commands' } },
    } as unknown as Interfaces.PJSON,
    userPlugins: false,
    devPlugins: false,
    logger: silent,
    ...options,
  });
}

/** What `scripts/build.js` writes down, so that starting one command loads no other. */
export async function manifest(): Promise<unknown> {
  const config = await loadConfig({ ignoreManifest: true });
  const [plugin] = [...config.plugins.values()] as unknown as { manifest: unknown }[];
  return plugin?.manifest;
}
