import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { directories } from '../core/directories.ts';
import type { Host } from '../host.ts';
import { runsDirectory } from '../journal/run-directory.ts';
import { listRuns } from '../journal/run-listing.ts';
import { writeOut } from '../app/session/output.ts';
import { vendorTitles } from './flags/vendor-words.ts';

/** What `oppatch` alone says: what it is, what people do with it, and what to type next, which depends on what is there. */
export async function greet(host: Host): Promise<void> {
  const { config, state } = directories(host.env);
  const [profiles, unfinished] = await Promise.all([profileNames(config), unfinishedRun(state)]);
  writeOut(
    host,
    `${inLines(`oppatch: bulk edits of sales opportunities at ${vendorTitles}.`)}

Three things people do with it:
  oppatch set ID amount=42000            one edit: before → after, then it asks
  oppatch apply edits.csv                a file of edits: checked, asked, sent
  oppatch apply edits.csv --yes --quiet  from cron: silent unless it fails

Next:
${nextSteps(profiles, unfinished)
  .map(([command, meaning]) => `  ${command.padEnd(38)} ${meaning}`)
  .join('\n')}

\`oppatch --help\` lists all commands, \`oppatch COMMAND --help\` has examples.`,
  );
}

/** Plain words, broken so that a screen of 80 columns holds each line. What wraps any text is not loaded for these. */
function inLines(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > 80) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join('\n');
}

function nextSteps(profiles: readonly string[], unfinished: string | undefined): (readonly [string, string])[] {
  const resume: (readonly [string, string])[] =
    unfinished === undefined ? [] : [[`oppatch resume ${unfinished}`, 'go on with the run that did not finish']];
  if (profiles.length === 0) {
    return [
      ...resume,
      ['oppatch sandbox', 'practice servers of all vendors'],
      ['oppatch profile add', 'your own account, by questions'],
    ];
  }
  return [
    ...resume,
    ['oppatch template edits.csv', `a file to fill in, for ${accountsText(profiles)}`],
    ['oppatch plan edits.csv', 'before → after of every field, unsent'],
  ];
}

function accountsText(profiles: readonly string[]): string {
  const [first = '', ...others] = profiles;
  return others.length === 0 ? first : 'your account (-p NAME)';
}

/** Read without the profile store, which is slower to load; a file that can't be read counts as none here, and the commands tell why. */
async function profileNames(config: string): Promise<string[]> {
  try {
    const content: unknown = JSON.parse(await readFile(join(config, 'profiles.json'), 'utf8'));
    const profiles = (content as { readonly profiles?: readonly { readonly name?: unknown }[] }).profiles ?? [];
    return profiles.flatMap(({ name }) => (typeof name === 'string' && /^[\w.-]+$/.test(name) ? [name] : []));
  } catch {
    return [];
  }
}

/** The newest run, where it is not finished. */
async function unfinishedRun(state: string): Promise<string | undefined> {
  const [newest] = await listRuns(runsDirectory(state));
  return newest === undefined || newest.end?.status === 'finished' ? undefined : newest.header.run;
}
