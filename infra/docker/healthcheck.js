/**
 * The image's HEALTHCHECK: 0 while this container's process says it is ready, 1 otherwise. Plain Node: the image has no curl.
 * It asks the address, not a name, so no list of allowed hosts stands in its way.
 */
const DEADLINE_MS = 2_500;

const port = process.env['FRESHET_PORT'] ?? '8080';
try {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz?verbose`, { signal: AbortSignal.timeout(DEADLINE_MS) });
  // Shown by `docker inspect`.
  process.stdout.write(await answer.text());
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  process.stdout.write(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
