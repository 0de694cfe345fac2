/** `manifest.json` of an exported model: what the directory holds, and how each file is known to be whole. */
import { UsageError } from '@freshet/shared/errors';

export const MANIFEST = 'manifest.json';
export const VOCABULARY = 'vocabulary.ndjson';
/** Missing in a model without words. */
export const WORDS = 'words.ndjson';
export const MANIFEST_FORMAT = 1;

export interface ManifestFile {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface Manifest {
  readonly format: number;
  /** Of the model: floats of an embedding, its temperature, the hash of both and of `followers` (domain/model-config `configHash`). */
  readonly dim: number;
  readonly temperature: number;
  readonly config_hash: number;
  /** Cells of an item in `follow`. */
  readonly followers: number;
  readonly version: number;
  /** The newest log entry that it has learned. */
  readonly applied: number;
  readonly items: number;
  readonly made_by: string;
  readonly files: readonly ManifestFile[];
}

export function encodeManifest(manifest: Omit<Manifest, 'format'>): string {
  return `${JSON.stringify({ format: MANIFEST_FORMAT, ...manifest }, null, 2)}\n`;
}

export function parseManifest(text: string, where: string): Manifest {
  const parsed = parseObject(text, where);
  const { format } = parsed;
  if (format !== MANIFEST_FORMAT) {
    const newer = typeof format === 'number' && format > MANIFEST_FORMAT ? ': it was written by a newer Freshet' : '';
    throw new UsageError('model_files', `${where} has format ${JSON.stringify(format)} and this release reads ${MANIFEST_FORMAT}${newer}`);
  }
  for (const name of ['dim', 'config_hash', 'followers', 'version', 'applied', 'items'] as const) {
    if (!Number.isSafeInteger(parsed[name])) throw new UsageError('model_files', `${where} lacks “${name}”, a whole number`);
  }
  if (typeof parsed.temperature !== 'number') throw new UsageError('model_files', `${where} lacks “temperature”, a number`);
  if (!Array.isArray(parsed.files) || !parsed.files.every(isFile)) throw new UsageError('model_files', `${where} lacks “files”: a list of name, sha256, bytes`);
  return parsed as Manifest;
}

function parseObject(text: string, where: string): Partial<Manifest> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new UsageError('model_files', `${where} is not JSON`, { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new UsageError('model_files', `${where} is not a JSON object`);
  return parsed;
}

function isFile(value: unknown): value is ManifestFile {
  const file = value as Partial<ManifestFile> | null;
  // A name leads nowhere else.
  return typeof file === 'object' && file !== null && typeof file.sha256 === 'string' && typeof file.bytes === 'number' && typeof file.name === 'string' && /^[a-z_]+\.[a-z]+$/.test(file.name);
}
