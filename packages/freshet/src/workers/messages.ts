/** What the processes of `--workers` tell each other. Each side sends only what its type says. */
import type { MetricSamples } from '@freshet/shared/metrics';

/** From the primary to a worker. */
export type Order =
  /** The answer to a worker's `here`. `replaces`: it comes in the place of one that has died, so it accepts nothing before it can answer. */
  | { readonly kind: 'seat'; readonly seat: number; readonly replaces: boolean }
  | { readonly kind: 'stop' }
  | { readonly kind: 'collect'; readonly id: number }
  /** The text that a worker asked for. */
  | { readonly kind: 'metrics'; readonly id: number; readonly text: string };

/** From a worker to the primary. */
export type News =
  /** It listens to the primary now: what is sent before is lost. */
  | { readonly kind: 'here' }
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'ready' }
  /** It could not start, or has ended, with this. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly usage: boolean }
  /** A scrape has come to this worker: all workers' metrics are wanted. */
  | { readonly kind: 'scrape'; readonly id: number }
  | { readonly kind: 'collected'; readonly id: number; readonly samples: MetricSamples };
