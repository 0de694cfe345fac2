/**
 * The command line's process: the only file that reads the environment, listens for signals and sets the exit code.
 * Commands are listed in cli/program.ts.
 *
 * Results go to stdout (`--json`: one document), all else to stderr. Exit codes: 0 done, 1 failed, 2 usage.
 */
import { filesIn } from './cli/files.js';
import { endingOf, EXIT } from './cli/exit.js';
import { buildProgram, calledCommand } from './cli/program.js';
import { createTools } from './cli/tools.js';
import { readVersion } from './cli/version.js';

/** Everything owned has been released by then; whatever still holds the process (a socket in its last moments) must not keep it. */
const LINGER_MS = 3_000;

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(EXIT.failed);
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return stop.signal;
}

/** Writing to a pipe that nobody reads must not end a service, nor show a stack. */
function outputClosed(): AbortSignal {
  const closed = new AbortController();
  process.stdout.on('error', () => closed.abort());
  return closed.signal;
}

let printed = false;
const tools = createTools({
  version: readVersion(),
  environment: process.env,
  files: filesIn(process.cwd()),
  stdout: {
    write(text) {
      printed = true;
      return process.stdout.write(text);
    },
  },
  stderr: process.stderr,
  outputClosed: outputClosed(),
  stopSignal,
  setExitCode: (code) => (process.exitCode = code),
});
const words = process.argv.slice(2);
const program = buildProgram(tools);

try {
  await program.parseAsync(words, { from: 'user' });
} catch (thrown) {
  const { exitCode, failure } = endingOf(thrown, calledCommand(program, words));
  process.exitCode = exitCode;
  if (failure !== undefined) {
    tools.say(`freshet: ${[failure.message, failure.hint].filter(Boolean).join('\n')}`);
    if (words.includes('--json') && !printed) tools.print(JSON.stringify({ error: { code: failure.code, message: failure.message } }, null, 2));
  }
}
setTimeout(() => process.exit(), LINGER_MS).unref();
