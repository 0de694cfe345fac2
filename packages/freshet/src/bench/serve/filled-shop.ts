/** Whether a folder holds a shop that an earlier run has filled: filling a million items takes longer than any measurement. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '@freshet/shared/errors';

/** All that decides what a filled shop holds. */
export interface ShopSize {
  readonly seed: number;
  readonly items: number;
  readonly users: number;
  readonly events: number;
}

const FILE = 'bench-shop.json';

/** A `UsageError` when it holds another shop. */
export function isFilled(folder: string, size: ShopSize): boolean {
  const file = path.join(folder, FILE);
  if (!existsSync(file)) return false;
  const found = readFileSync(file, 'utf8');
  if (found !== described(size)) throw new UsageError('bench_shop', `${folder} holds another shop: ${found}; give the same numbers, or another folder`);
  return true;
}

export function markFilled(folder: string, size: ShopSize): void {
  writeFileSync(path.join(folder, FILE), described(size));
}

function described({ seed, items, users, events }: ShopSize): string {
  return JSON.stringify({ seed, items, users, events });
}
