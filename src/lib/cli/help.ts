import type { Command, Config } from '@oclif/core';

/** `--help`: what fits a screen, and where the rest is. The page has the meaning, this has the spelling. */
export function commandHelp(command: Command.Loadable): string {
  const name = command.id.replaceAll(':', ' ');
  const operands = Object.values(command.args)
    .map(({ name, required, multiple }) => {
      const word = `${name.toUpperCase()}${multiple ? '…' : ''}`;
      return required ? word : `[${word}]`;
    })
    .join(' ');
  const lines = [`Usage: holdfast ${name} [flags] ${operands}`.trimEnd()];
  const [synopsis] = [command.usage ?? []].flat();
  if (synopsis) lines[0] = `Usage: holdfast ${name} ${synopsis}`;
  lines.push('', sentence(command.summary ?? command.description ?? ''), '');
  const described = Object.values(command.args).filter(({ description }) => description);
  if (described.length > 0) lines.push(...described.map((arg) => row(arg.name.toUpperCase(), arg.description)), '');
  const flags = Object.values(command.flags).filter(({ hidden }) => !hidden);
  lines.push('Flags:', ...flags.map((flag) => row(spelling(flag), flag.description)));
  return `${lines.join('\n')}\n\nSee ${manPage(command.id)}\n`;
}

/** Of a topic its verbs; of '' everything. */
export function topicHelp(config: Config, topic: string): string {
  const ids = config.commandIDs.filter((id) => topic === '' || id.startsWith(`${topic}:`)).sort();
  const rows = ids.map((id) => row(id.replaceAll(':', ' '), config.findCommand(id)?.summary));
  const usage = topic === '' ? 'Usage: holdfast TOPIC VERB [flags] [operands]' : `Usage: holdfast ${topic} VERB`;
  return `${[usage, '', ...rows].join('\n')}\n\nSee holdfast(1)\n`;
}

/** `blob:put` has holdfast-blob-put(1). */
export function manPage(id: string): string {
  return `holdfast-${id.replaceAll(':', '-')}(1)`;
}

function spelling(flag: Command.Flag.Cached): string {
  const value = flag.type === 'option' ? ` ${flag.helpValue ?? flag.name.toUpperCase()}` : '';
  const no = flag.type === 'boolean' && flag.allowNo ? '[no-]' : '';
  return `${flag.char ? `-${flag.char}, ` : '    '}--${no}${flag.name}${value}`;
}

function row(left: string, right: string | undefined): string {
  return `  ${left.padEnd(32)} ${right ?? ''}`.trimEnd();
}

function sentence(text: string): string {
  return text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
