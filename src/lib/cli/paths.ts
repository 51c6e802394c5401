import { dirname, join, resolve } from 'node:path';
import envPaths from 'env-paths';

/** Where holdfast keeps what. Its socket is found through the data directory, also by cron. */
export interface Paths {
  data: string;
  /** The file of settings. */
  config: string;
  /** What owner and steward decide, for their controller. */
  policy: string;
  /** Genesis files, NAME.json. */
  networks: string;
  wallet: string;
  /** Logs of what runs detached. */
  log: string;
}

/** `--home DIR` and HOLDFAST_HOME put everything into one directory; otherwise it is spread as XDG says. */
export function findPaths(home: string | undefined): Paths {
  if (home) {
    const root = resolve(home);
    return layout(root, join(root, 'config.json'), join(root, 'log'));
  }
  const xdg = envPaths('holdfast', { suffix: '' });
  return layout(xdg.data, join(xdg.config, 'config.json'), xdg.log);
}

function layout(data: string, config: string, log: string): Paths {
  const policy = join(dirname(config), 'policy.json');
  return { data, config, policy, networks: join(data, 'networks'), wallet: join(data, 'wallet.key'), log };
}
