import { CommanderError, type Command } from 'commander';
import { createProgram, everyCommand } from '../src/cli/program.ts';
import { processHost } from '../src/host.ts';

const added = await everyCommand();

/** The `oppatch …` command lines of a Markdown text: in its fenced blocks, and inline code that begins with `oppatch`. Each is the words after the name. */
export function documentedCommands(markdown: string): string[][] {
  const fences = /^```(\w*)\n([\s\S]*?)^```$/gm;
  const fenced = [...markdown.matchAll(fences)].flatMap(([, language = '', block = '']) =>
    block.split('\n').map((line) => shellText(line, language)),
  );
  const inline = [...markdown.replaceAll(fences, '').matchAll(/`(oppatch(?: [^`]*)?)`/g)].map(([, line = '']) => line);
  return [...fenced, ...inline].flatMap(callsIn);
}

/** The long options that stand as inline code of their own, such as `--no-bulk` or `--rate bulk=1/5s`. */
export function documentedOptions(markdown: string): string[] {
  return [...markdown.matchAll(/`(--[a-z][a-z-]*)[^`]*`/g)].map(([, flag = '']) => flag);
}

/** What is wrong with a command line, by the program's own parser; undefined where it would run. No command is run. */
export function commandFault(words: readonly string[]): string | undefined {
  // The greeting is not a command.
  if (words.length === 0) return undefined;
  const program = createProgram({ host: processHost, end: () => undefined }, added);
  let ran = false;
  for (const command of allCommands(program)) {
    command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
    command.action(() => {
      ran = true;
    });
  }
  try {
    program.parse(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.code === 'commander.helpDisplayed') return undefined;
    return error instanceof Error ? error.message : String(error);
  }
  return ran ? undefined : 'it names no command';
}

/** The long options of all commands, as they are written: `--no-bulk`, not `--bulk`. */
export function longOptions(): Set<string> {
  const options = allCommands(createProgram({ host: processHost, end: () => undefined }, added)).flatMap(
    (command) => command.options,
  );
  return new Set([...options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long])), '--help']);
}

/** The commands that can be typed; groups such as `profile` are left out, so that they keep asking for one of theirs. */
function allCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [
    ...(child.commands.length > 0 && child.registeredArguments.length === 0 ? [] : [child]),
    ...allCommands(child),
  ]);
}

/** What a line of a fenced block hands to the shell; empty for output and data. */
function shellText(line: string, language: string): string {
  if (language === 'sh') return line;
  if (language === 'console') return /^\$ (.*)$/.exec(line)?.[1] ?? '';
  return /(?:^(?:\S+ ){5}|^ExecStart=|^\s*- run: )(oppatch .*)$/.exec(line)?.[1] ?? '';
}

/** The calls of oppatch in a line of shell: quotes, comments, pipes, redirections and variables before the name are understood. */
function callsIn(line: string): string[][] {
  const tokens = [...line.matchAll(/\s+|#.*|&&|\|\|?|;|\d?>>?|<|(?:'[^']*'|"[^"]*"|\\.|[^\s'"|;<>&\\])+/g)].map(
    ([token]) => token,
  );
  const calls: string[][] = [[]];
  let file = false;
  for (const token of tokens) {
    if (/^\s+$/.test(token)) continue;
    if (token.startsWith('#') && token !== '#N/A') break;
    if (/^(?:&&|\|\|?|;)$/.test(token)) calls.push([]);
    else if (/^(?:\d?>>?|<)$/.test(token)) file = true;
    else if (file) file = false;
    else calls.at(-1)?.push(unquoted(token));
  }
  return calls.flatMap((words) => {
    const at = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
    return words[at] === 'oppatch' ? [words.slice(at + 1)] : [];
  });
}

function unquoted(token: string): string {
  return token.replaceAll(
    /'([^']*)'|"([^"]*)"|\\(.)/g,
    (_all, single: string | undefined, double: string | undefined, escaped: string | undefined) =>
      single ?? double ?? escaped ?? '',
  );
}
