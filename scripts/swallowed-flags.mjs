// npm keeps the flags that stand before `--` for itself: `npm run export-traces --format sft` arrives as a bare `sft`.
// A command that went on with its defaults would export the wrong thing without a word, so it stops with a hint.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How many bare words each command takes; all others take none. */
const bareWords = { replay: 1, doctor: 1, 'import-traces': 1, 'verify-dataset': 1, db: 1 };

const flags = [
  ...['config', 'model', 'base-url', 'api-key', 'show-reasoning', 'trace-dir', 'system-prompt', 'system-prompt-file'],
  ...['system-prompt-text', 'truncate', 'approval', 'server', 'format', 'out', 'id', 'rating', 'since', 'until', 'test'],
  ...['seed', 'include-superseded', 'prompt-reasoning', 'repo-id', 'unroll', 'at', 'mode', 'last', 'prompts', 'samples'],
  ...['models', 'resume', 'again', 'grader', 'grader-timeout', 'servers', 'max-steps', 'param', 'max-conversations'],
  ...['max-tokens', 'max-cost', 'max-calls', 'recorded-model', 'rate'],
  ...[
    'seeds',
    'host',
    'port',
    'allowed-hosts',
    'data-dir',
    'concurrency',
    'dry-run',
    'allow-secrets',
    'phase',
    'to',
    'all-local',
  ],
];
/** npm's own settings, which a .npmrc may hold too, and the flag of ours that npm takes for them. */
const npmOwn = { json: 'json', tag: 'tag', message: 'm', call: 'c' };

/**
 * Gives the hint to print if npm swallowed a flag of this command, else nothing.
 * @param {{command: string | undefined, words: string[], env: Record<string, string | undefined>, root: string}} call
 */
export function swallowedFlagsHint({ command, words, env, root }) {
  const script = env.npm_lifecycle_event;
  // Anything started from inside an npm script inherits the environment of that script.
  if (script === undefined || (script !== command && script !== 'turnlog')) return undefined;
  const found = [
    ...flags.map((flag) => ({ flag, value: env[settingOf(flag)] })),
    ...Object.entries(npmOwn).map(([name, flag]) => ({
      flag,
      value: isInNpmrc(name, env, root) ? undefined : env[settingOf(name)],
    })),
  ].filter(({ flag, value }) => value !== undefined && !isGiven(flag, words));
  const bare = words.slice(0, words.findIndex((word) => word.startsWith('-')) >>> 0);
  const surplus = bare.slice(bareWords[command] ?? 0);
  if (found.length === 0 && surplus.length === 0) return undefined;
  const npm = script === 'start' || script === 'test' ? `npm ${script}` : `npm run ${script}`;
  return [
    found.length === 0
      ? `npm swallowed the flag before ${surplus.map((word) => JSON.stringify(word)).join(', ')}: flags for Turnlog go after --`
      : `npm swallowed ${found.map(({ flag }) => dashed(flag)).join(', ')}: flags for Turnlog go after --`,
    `  ${npm} -- ${[...(script === 'turnlog' ? [command] : []), ...suggestion(command, found, bare, surplus)].join(' ')}`,
  ].join('\n');
}

/** The command as it was meant, as far as npm left it to be known. */
function suggestion(command, found, bare, surplus) {
  const own = bare.slice(0, bare.length - surplus.length);
  // npm takes --format for an abbreviation of its own and leaves no trace of it.
  const lost = command === 'export-traces' ? '--format' : '--flag';
  if (found.length === 0) return [...own, surplus.length === 1 ? `${lost} ${surplus[0]}` : `${lost} …`];
  const lacking = found.filter(({ value }) => value === 'true');
  // With one flag and one word left over, they belong together; with more, their order is lost.
  const givenTo = ({ value }) =>
    value !== 'true' ? value : surplus.length === 0 ? '' : lacking.length === 1 && surplus.length === 1 ? surplus[0] : '…';
  return [
    ...own,
    ...found.map((entry) => (entry.value === '' ? `--no-${entry.flag}` : `${dashed(entry.flag)} ${givenTo(entry)}`.trim())),
  ];
}

const settingOf = (name) => `npm_config_${name.replaceAll('-', '_')}`;
const dashed = (flag) => (flag.length === 1 ? `-${flag}` : `--${flag}`);
const isGiven = (flag, words) =>
  words.some((word) => word === dashed(flag) || word.startsWith(`${dashed(flag)}=`) || word === `--no-${flag}`);

function isInNpmrc(name, env, root) {
  if (env[`NPM_CONFIG_${name.toUpperCase()}`] !== undefined) return true;
  return [env.npm_config_userconfig, env.npm_config_globalconfig, join(root, '.npmrc')].some((file) => {
    try {
      return new RegExp(`^\\s*${name}\\s*=`, 'm').test(readFileSync(file, 'utf8'));
    } catch {
      return false;
    }
  });
}
