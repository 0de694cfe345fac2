/**
 * The pages that are made from the program itself: docs/CONFIGURATION.md from the table of settings, docs/CLI.md from the
 * commands, docs/ERRORS.md from the catalogue of problems. Pure; `npm run docs:generate` writes them, test/unit/docs/generated.test.ts holds them to what is written.
 */
import { GROUPS, keyName, optionName, SETTING_NAMES, settingOf, variableName } from 'freshet/cli/settings';
import { allCommands, commandTree } from 'freshet/cli/command-tree';
import { buildProgram } from 'freshet/cli/program';
import { createTools } from 'freshet/cli/tools';
import { errorsPage } from './errors-page.js';

/** @typedef {import('freshet/cli/command-tree').CommandNode} CommandNode */
/** @typedef {import('freshet/cli/settings').SettingName} SettingName */

/** Page → its text. */
export function generatedPages() {
  const tree = commandTree(buildProgram(createTools(nowhere)));
  return new Map([
    ['docs/CONFIGURATION.md', configurationPage(tree)],
    ['docs/CLI.md', commandPage(tree)],
    ['docs/ERRORS.md', errorsPage()],
  ]);
}

/** No command is run: nothing of this is used. @type {import('freshet/cli/tools').World} */
const nowhere = {
  version: '',
  environment: {},
  files: { exists: () => false, readText: () => '' },
  stdout: { write: () => undefined },
  stderr: { write: () => undefined },
  outputClosed: new AbortController().signal,
  stopSignal: () => new AbortController().signal,
  setExitCode: () => undefined,
};

/** @param {CommandNode} tree */
function configurationPage(tree) {
  const groups = GROUPS.map((group) => ({ group, names: SETTING_NAMES.filter((name) => settingOf(name).group === group) }));
  return `# Configuration

<!-- Made by \`npm run docs:generate\` from packages/freshet/src/cli/settings.ts: change it there. -->

A setting has one name everywhere: \`max_items\` in a configuration file is \`--max-items\` on the command line and
\`FRESHET_MAX_ITEMS\` in the environment. An option beats the environment, the environment beats the file, the file beats the
default. \`freshet start --print-config\` (also \`ingest\`, \`trainer\`, \`serving\`) prints what a process would run with and where
each value came from, passwords hidden, and starts nothing.

## The file

YAML, or JSON (which is YAML). \`--config FILE\`, else \`FRESHET_CONFIG\`, else \`freshet.yaml\`, \`freshet.yml\` or \`freshet.json\` in the
working directory. It may hold settings that a command doesn't use, so one file serves all services.

\`\`\`yaml
# freshet.yaml
host: 0.0.0.0
allowed_hosts: [shop.internal]
demo: off
max_items: 500000
event_types:
  wishlist: 2
  subscribe: 4
\`\`\`

A key that is no setting, a key given twice, a value of the wrong kind, and a variable that begins with \`FRESHET_\` and is no
setting are errors (exit code 2): each is named with its line or variable, and with the name that was probably meant.

## The environment

An empty variable counts as not given. Secrets can be files, as Docker and Kubernetes mount them: ${secretVariables()}
name a file whose one line is the value. What Kubernetes sets for a service named \`freshet\`
(\`FRESHET_SERVICE_HOST\`, \`FRESHET_PORT=tcp://…\`) is ignored.
${groups.map(({ group, names }) => `\n## ${group}\n\n${settingsTable(names, tree)}`).join('\n')}
`;
}

function secretVariables() {
  const names = SETTING_NAMES.filter((name) => settingOf(name).secret === true).map((name) => `\`${variableName(name)}_FILE\``);
  return names.join(' and ');
}

/**
 * @param {readonly SettingName[]} names
 * @param {CommandNode} tree
 */
function settingsTable(names, tree) {
  const rows = names.map((name) => {
    const { kind, fallback, help } = settingOf(name);
    const standard = fallback === undefined || kind.format(fallback) === '' ? 'none' : `\`${kind.format(fallback)}\``;
    return [`\`${keyName(name)}\``, `\`${optionName(name)}\``, `\`${variableName(name)}\``, kind.allowed, standard, help, usersOf(name, tree)];
  });
  return table(['key', 'option', 'variable', 'value', 'default', 'meaning', 'commands'], rows);
}

/**
 * @param {SettingName} name
 * @param {CommandNode} tree
 */
function usersOf(name, tree) {
  const users = allCommands(tree).filter(({ options }) => options.some((option) => isSetting(option) && option.names.includes(optionName(name))));
  return users.map(({ path }) => path.replace(/^freshet /, '')).join(', ');
}

/** @param {CommandNode} tree */
function commandPage(tree) {
  const commands = allCommands(tree).filter(({ path, name }) => path !== tree.path && name !== 'help');
  return `# Command line

<!-- Made by \`npm run docs:generate\` from the commands themselves: change it there. -->

${table(['command', 'does'], commands.filter(({ commands: below }) => below.length === 0).map(({ path, description }) => [`[\`${path}\`](#${path.replaceAll(' ', '-')})`, description]))}

- **Results go to stdout, all else to stderr.** With \`--json\` stdout has one JSON document and nothing else.
- **Exit codes:** 0 done, 1 failed, 2 usage: an option, a setting or a file that can't be used.
- **Failures** are one sentence on stderr. With \`--json\` they are a document, too: \`{"error": {"code": "…", "message": "…"}}\`, with a
  stable \`code\`. A command whose result is itself bad news prints that result and ends with 1.
- **Progress** is a bar on a terminal, a line every three seconds elsewhere; \`--quiet\` leaves it out.
- **Ctrl-C** ends a command cleanly; a second one at once.
- In a checkout \`npm run freshet -- COMMAND\` and \`node packages/freshet/bin/freshet.js COMMAND\` are \`freshet COMMAND\`.

Settings, variables and the configuration file: [CONFIGURATION.md](CONFIGURATION.md).
${commands.map(commandSection).join('')}`;
}

/** @param {CommandNode} command */
function commandSection({ path, usage, description, arguments: args, options, commands, examples }) {
  if (commands.length > 0) return '';
  const settings = options.filter(isSetting).flatMap(({ names }) => names.filter((name) => name.startsWith('--')));
  const own = options.filter((option) => !isSetting(option) && !option.names.includes('--help'));
  const parts = [
    `\n## ${path}\n`,
    `${sentence(description)}\n`,
    `    ${usage}\n`,
    ...(args.some((argument) => argument.description !== '') ? [`${table(['argument', 'is'], args.map((argument) => [`\`${argument.name}\``, withChoices(argument)]))}\n`] : []),
    ...(own.length > 0 ? [`${table(['option', 'does'], own.map((option) => [`\`${option.flags}\``, option.description]))}\n`] : []),
    ...(settings.length > 0 ? [`[Settings](CONFIGURATION.md): ${settings.map((name) => `\`${name}\``).join(', ')}.\n`] : []),
    ...(examples.length > 0 ? [`\`\`\`console\n${examples.map((line) => `$ ${line}`).join('\n')}\n\`\`\`\n`] : []),
  ];
  return parts.join('\n');
}

/** @param {{ readonly group: string }} option */
function isSetting({ group }) {
  return group !== 'Options:';
}

/** @param {{ readonly description: string, readonly choices: readonly string[] }} argument */
function withChoices({ description, choices }) {
  return choices.length === 0 ? description : `${description}: ${choices.join(', ')}`;
}

/** @param {string} text */
function sentence(text) {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
function table(head, rows) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
