import { chooseEngine, decide } from '@freshet/trainer/engine/choose';
import { expect, it } from 'vitest';
import { tensorflowInstalled } from '../../../support/tensorflow.js';

it('auto is the faster of both as measured, and the kernel when they are equal', () => {
  expect(decide({ wasm: 20_000, tensorflow: 60_000 })).toEqual({ engine: 'tensorflow', why: 'measured 20000 examples/s with wasm, 60000 with tensorflow' });
  expect(decide({ wasm: 60_000, tensorflow: 60_000 }).engine).toBe('wasm');
});

it('auto with few negatives is the kernel, and nothing is measured', async () => {
  expect(await chooseEngine({ dim: 64, negatives: 256, batch: 32 }, 1)).toMatchObject({ engine: 'wasm', why: expect.not.stringContaining('measured ') });
});

it.skipIf(!tensorflowInstalled())('auto with many negatives measures both in a process of its own', { timeout: 120_000 }, async () => {
  expect(await chooseEngine({ dim: 64, negatives: 512, batch: 64 }, 1)).toMatchObject({ why: expect.stringMatching(/^measured \d+ examples\/s with wasm, \d+ with tensorflow$/) });
});
