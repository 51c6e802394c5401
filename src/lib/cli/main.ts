import type { Config } from '@oclif/core';
import { loadConfig } from './layout.js';
import { endWithParent, flush, guardStreams } from './process.js';
import { report } from './report.js';
import { route } from './route.js';

export { manifest } from './layout.js';

/** Runs one command line and ends the process with the exit status that the contract names. */
export async function main(argv: string[]): Promise<void> {
  guardStreams();
  endWithParent();
  let status: number;
  try {
    await dispatch(await loadConfig(), argv);
    status = Number(process.exitCode ?? 0);
  } catch (error) {
    status = report(error, argv);
  }
  await flush();
  process.exit(status);
}

async function dispatch(config: Config, argv: string[]): Promise<void> {
  const target = route(config.commandIDs, argv);
  if (target.kind === 'run') {
    await config.runCommand(target.id, target.argv);
    return;
  }
  const { commandHelp, topicHelp } = await import('./help.js');
  const command = target.kind === 'command-help' ? config.findCommand(target.id, { must: true }) : undefined;
  process.stdout.write(command ? commandHelp(command) : topicHelp(config, target.id));
}
