// `npm run release -- patch` (`minor`, `major`, or a version): the next version in package.json, its changes in CHANGELOG.md, a commit and a tag. Sends nothing.
// The changes are the subjects of the commits since the last tag, by their area.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const [wanted, ...more] = process.argv.slice(2);
if (wanted === undefined || more.length > 0) fail('Write `npm run release -- patch`, `minor`, `major` or a version.');
if (git('status', '--porcelain') !== '') fail('There are changes that are not committed: commit or stash them first.');

const lastTag = git('tag', '--list', 'v*', '--merged', 'HEAD', '--sort=-v:refname').split('\n')[0] ?? '';
const range = lastTag === '' ? ['HEAD'] : [`${lastTag}..HEAD`];
const subjects = git('log', '--no-merges', '--reverse', '--format=%s', ...range)
  .split('\n')
  .filter(Boolean);
if (subjects.length === 0) fail(`Nothing has changed since ${lastTag}.`);

// npm judges the version, and writes it to package.json and the lockfile.
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
execFileSync(npm, ['version', wanted, '--no-git-tag-version', '--ignore-scripts'], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
writeFileSync(
  'CHANGELOG.md',
  changelog(existsSync('CHANGELOG.md') ? readFileSync('CHANGELOG.md', 'utf8') : '# Changes\n'),
);
git('add', '--', 'CHANGELOG.md', 'package.json', ...(existsSync('package-lock.json') ? ['package-lock.json'] : []));
git('commit', '--quiet', '--message', `release: ${version}`);
git('tag', '--annotate', `v${version}`, '--message', `v${version}`);
process.stdout.write(`v${version}, ${subjects.length} changes. Next: git push --follow-tags && npm publish\n`);

/** The new section stands above the others. */
function changelog(before) {
  const [title = '', ...rest] = before.split(/\n(?=## )/);
  const section = `## ${version} (${git('log', '-1', '--format=%cs')})\n\n${areas().map(areaText).join('\n\n')}\n`;
  return [`${title.trimEnd()}\n`, section, ...rest].join('\n');
}

/** `area: what`, in the order of the areas' names; what has none comes last. */
function areas() {
  const byArea = new Map();
  for (const subject of subjects) {
    const [, area = '', what = subject] = /^([\w./ -]{1,30}): (.+)$/.exec(subject) ?? [];
    byArea.set(area, [...(byArea.get(area) ?? []), what]);
  }
  return [...byArea].toSorted(([a], [b]) => Number(a === '') - Number(b === '') || (a < b ? -1 : 1));
}

function areaText([area, changes]) {
  const title = area === '' ? 'Others' : area;
  return `**${title}**\n\n${changes.map((change) => `- ${markdownText(change)}`).join('\n')}`;
}

/** As it stands: `--flag`s and `code` stay, and nothing opens a tag or emphasis. */
function markdownText(text) {
  return text.replace(/`[^`]*`|[<*_\\]/g, (found) => (found.length > 1 ? found : `\\${found}`));
}

function git(...words) {
  return execFileSync('git', words, { encoding: 'utf8' }).trim();
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
