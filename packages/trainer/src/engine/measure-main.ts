/** A process that measures both fast engines for a moment and prints examples a second as JSON; choose.ts starts it. Argument: sizes and threads as JSON. */
import type { Sizes, Measured } from './choose.js';
import { measureSpeed } from './speed.js';

const ITEMS = 5_000;
const SECONDS = 0.5;

const { threads, ...sizes } = JSON.parse(process.argv[2] ?? '{}') as Sizes & { readonly threads: number };
const speed = async (engine: 'wasm' | 'tensorflow'): Promise<number> => (await measureSpeed({ ...sizes, engine, items: ITEMS, seconds: SECONDS }, threads)).best_examples_per_second;
const measured: Measured = { wasm: await speed('wasm'), tensorflow: await speed('tensorflow') };
process.stdout.write(`${JSON.stringify(measured)}\n`, () => process.exit());
