/** One scrape of all workers: each is asked for its samples; those that answer in time are merged into one text. */
import { mergeSamples, type MetricSamples } from '@freshet/shared/metrics';

export interface Scrapes {
  /** Asks all; `answer` gets the text. */
  run(askers: readonly ((id: number) => void)[], answer: (text: string) => void): Promise<void>;
  take(id: number, samples: MetricSamples): void;
}

/** A worker that is stuck must not cost the others their scrape. */
const WAIT_MS = 1_000;

interface Scrape {
  readonly found: MetricSamples[];
  readonly wanted: number;
  readonly complete: () => void;
}

export function createScrapes(): Scrapes {
  const open = new Map<number, Scrape>();
  let last = 0;
  return {
    async run(askers, answer) {
      const id = ++last;
      const found: MetricSamples[] = [];
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, WAIT_MS);
        const complete = (): void => {
          clearTimeout(timer);
          resolve();
        };
        open.set(id, { found, wanted: askers.length, complete });
        for (const ask of askers) ask(id);
      });
      open.delete(id);
      answer(await mergeSamples(found));
    },
    take(id, samples) {
      const scrape = open.get(id);
      if (scrape === undefined || scrape.found.push(samples) < scrape.wanted) return;
      scrape.complete();
    },
  };
}
