import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Completions for bash, zsh and fish, from oclif's manifest: what is completed is what the commands say they take.
 * Made here rather than by oclif's plugin, which knows no fish, and would be a command of its own.
 */
export function writeCompletions(manifest, dir) {
  const commands = Object.values(manifest.commands).map(commandOf);
  commands.sort((a, b) => (a.name < b.name ? -1 : 1));
  mkdirSync(dir, { recursive: true });
  for (const [file, make] of Object.entries({ 'holdfast.bash': bash, _holdfast: zsh, 'holdfast.fish': fish })) {
    writeFileSync(join(dir, file), make(commands));
  }
}

/** What follows a flag or stands as an operand: words to choose from, a file, a directory, or anything. */
function commandOf({ id, summary = '', args, flags }) {
  return {
    name: id.replaceAll(':', ' '),
    words: id.split(':'),
    summary,
    operand: kindOfOperands(Object.values(args)),
    flags: Object.values(flags)
      .filter(({ hidden }) => !hidden)
      .flatMap(({ name, char, description = '', type, options, helpValue = 'VALUE', allowNo }) => {
        const value =
          type === 'option' ? { label: helpValue.replaceAll('|', ' or '), words: options ?? [] } : undefined;
        const flag = { name, char, description, value: value && { ...value, kind: kindOf(helpValue) } };
        return allowNo ? [flag, { ...flag, name: `no-${name}`, char: undefined }] : [flag];
      }),
  };
}

const kindOf = (label) => (/FILE/.test(label) ? 'file' : /DIR/.test(label) ? 'dir' : 'any');

function kindOfOperands(args) {
  if (args.some(({ name }) => /file$/.test(name))) return 'file';
  return args.some(({ name }) => name === 'dir') ? 'dir' : args.length > 0 ? 'any' : 'none';
}

/** Topics and commands without a verb; of each topic its verbs. */
function tree(commands) {
  const topics = new Map();
  for (const { words, summary } of commands) {
    const [first, verb] = words;
    if (verb === undefined) topics.set(first, { summary, verbs: [] });
    else topics.set(first, { verbs: [...(topics.get(first)?.verbs ?? []), { verb, summary }] });
  }
  const described = [...topics].map(([topic, { summary, verbs }]) => ({
    topic,
    summary: summary ?? verbs.map(({ verb }) => verb).join(', '),
    verbs,
  }));
  return described.sort((a, b) => (a.topic < b.topic ? -1 : 1));
}

const spelt = ({ name, char }) => [...(char ? [`-${char}`] : []), `--${name}`];

// bash, 4 and newer, with or without the package bash-completion.
function bash(commands) {
  const verbs = tree(commands)
    .filter((topic) => topic.verbs.length > 0)
    .map(({ topic, verbs }) => `    ${topic}) words='${verbs.map(({ verb }) => verb).join(' ')}' ;;`);
  const cases = commands.map(({ name, flags, operand }) => {
    const values = flags
      .filter(({ value }) => value)
      .map((flag) => `        ${spelt(flag).join('|')}) ${bashValue(flag.value)} ;;`);
    const own = flags.flatMap(spelt).join(' ');
    return `    '${name}')
      flags='${own}'
      case $prev in
${values.join('\n')}
        *) ${{ file: 'action=file', dir: 'action=directory' }[operand] ?? 'action='} ;;
      esac
      ;;`;
  });
  const topics = tree(commands).map(({ topic }) => topic);
  const lone = commands.filter(({ words }) => words.length === 1).map(({ name }) => name);
  return `# holdfast(1) completion for bash
_holdfast() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local name=\${COMP_WORDS[1]} words='' flags='' action='' taken=
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${topics.join(' ')}' -- "$cur"))
    return
  fi
  case $name in
    ${lone.join('|')}) ;;
    *)
      if ((COMP_CWORD > 2)); then name+=" \${COMP_WORDS[2]}"; fi
      ;;
  esac
  if ((COMP_CWORD == 2)); then
    case $name in
${verbs.map((line) => `  ${line}`).join('\n')}
    esac
    if [[ -n $words ]]; then
      COMPREPLY=($(compgen -W "$words" -- "$cur"))
      return
    fi
  fi
  case $name in
${cases.join('\n')}
    *) return ;;
  esac
  if [[ -z $taken && $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  elif [[ -n $action ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -A "$action" -- "$cur")
  fi
}
complete -F _holdfast holdfast
`;
}

function bashValue({ words, kind }) {
  if (words.length > 0) return `taken=1 words='${words.join(' ')}'`;
  return { file: 'taken=1 action=file', dir: 'taken=1 action=directory' }[kind] ?? 'taken=1';
}

function zsh(commands) {
  const topics = tree(commands);
  const described = (rows) => rows.map(([name, text]) => `'${quote(`${name}:${text}`)}'`).join(' ');
  const verbs = topics
    .filter((topic) => topic.verbs.length > 0)
    .map(
      ({ topic, verbs }) => `      ${topic}) rows=(${described(verbs.map(({ verb, summary }) => [verb, summary]))}) ;;`,
    );
  const cases = commands.map(({ name, flags, operand }) => {
    const specs = [...flags.map(zshFlag), ...zshOperand(operand)];
    return `    '${name}')
      specs=(
        ${specs.join('\n        ')}
      )
      ;;`;
  });
  return `#compdef holdfast
# holdfast(1) completion for zsh
_holdfast() {
  local -a rows specs
  local name=$words[2] skip=1
  if ((CURRENT == 2)); then
    rows=(${described(topics.map(({ topic, summary }) => [topic, summary]))})
    _describe -t commands 'holdfast command' rows
    return
  fi
  if ((CURRENT == 3)); then
    case $name in
${verbs.join('\n')}
    esac
    if (($#rows)); then
      _describe -t commands "holdfast $name command" rows
      return
    fi
  fi
  case $name in
    ${commands
      .filter(({ words }) => words.length === 1)
      .map(({ name }) => name)
      .join('|')}) ;;
    *) name+=" $words[3]" skip=2 ;;
  esac
  case $name in
${cases.join('\n')}
    *) return 1 ;;
  esac
  # _arguments takes the first word for the command.
  shift $skip words
  ((CURRENT -= skip))
  _arguments -s -S $specs
}
if [[ $funcstack[1] == _holdfast ]]; then
  _holdfast "$@"
else
  compdef _holdfast holdfast
fi
`;
}

/** Within single quotes; and what _describe and _arguments read as more than text. */
const quote = (text) => text.replaceAll("'", "'\\''");
const bracket = (text) => quote(text.replace(/[[\]:\\]/g, '\\$&'));

function zshFlag({ name, char, description, value }) {
  const rest = `[${bracket(description)}]${value ? `:${bracket(value.label)}:${zshValue(value)}` : ''}`;
  const equals = value ? '=' : '';
  if (!char) return `'*--${name}${equals}${rest}'`;
  return `{'*-${char}','*--${name}${equals}'}'${rest}'`;
}

function zshValue({ words, kind }) {
  if (words.length > 0) return `(${words.join(' ')})`;
  return { file: '_files', dir: '_files -/' }[kind] ?? ' ';
}

const zshOperand = (kind) => ({ file: ["'*:file:_files'"], dir: ["'*:directory:_files -/'"] })[kind] ?? [];

function fish(commands) {
  const lines = [];
  for (const { topic, summary, verbs } of tree(commands)) {
    lines.push(`complete -c holdfast -n __holdfast_begins -a ${topic} -d '${escaped(summary)}'`);
    for (const { verb, summary } of verbs) {
      lines.push(`complete -c holdfast -n '__holdfast_wants_verb ${topic}' -a ${verb} -d '${escaped(summary)}'`);
    }
  }
  for (const { name, flags, operand } of commands) {
    const at = `complete -c holdfast -n '__holdfast_at ${name}'`;
    if (operand === 'file') lines.push(`${at} -F`);
    if (operand === 'dir') lines.push(`${at} -a '(__fish_complete_directories)'`);
    for (const { name: flag, char, description, value } of flags) {
      const spelling = `${char ? `-s ${char} ` : ''}-l ${flag}`;
      lines.push(`${at} ${spelling}${fishValue(value)} -d '${escaped(description)}'`);
    }
  }
  return `# holdfast(1) completion for fish
function __holdfast_begins
    test (count (commandline -opc)) -eq 1
end
function __holdfast_wants_verb
    set -l words (commandline -opc)
    test (count $words) -eq 2; and test $words[2] = $argv[1]
end
function __holdfast_at
    set -l words (commandline -opc)
    test (count $words) -gt (count $argv); or return 1
    set -l last (math 1 + (count $argv))
    test "$words[2..$last]" = "$argv"
end
complete -c holdfast -f
${lines.join('\n')}
`;
}

const escaped = (text) => text.replace(/[\\']/g, '\\$&');

function fishValue(value) {
  if (!value) return '';
  if (value.words.length > 0) return ` -x -a '${value.words.join(' ')}'`;
  return { file: ' -r -F', dir: " -x -a '(__fish_complete_directories)'" }[value.kind] ?? ' -x';
}
