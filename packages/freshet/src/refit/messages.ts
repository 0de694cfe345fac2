/** What a trainer and the process of its refit say to each other. */
import type { RefitOptions } from '@freshet/shared/ports/refit-log';
import type { RefitResult, RefitSettings } from '@freshet/trainer/refit/refit';

/** The first and only thing the trainer says. */
export interface RefitTask {
  readonly databaseUrl: string;
  readonly settings: RefitSettings;
  readonly options: RefitOptions;
}

export type RefitNews =
  | { readonly kind: 'progress'; readonly what: string; readonly done: number; readonly total: number }
  | { readonly kind: 'result'; readonly result: RefitResult }
  | { readonly kind: 'failed'; readonly message: string };
