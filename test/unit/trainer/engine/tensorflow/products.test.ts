import { isInstalled, loadTensorflow } from '@freshet/trainer/engine/tensorflow/addon';
import { createTensorflowEngine } from '@freshet/trainer/engine/tensorflow/engine';
import { expect, it } from 'vitest';
import { tensorflowInstalled } from '../../../../support/tensorflow.js';
import { roundOf, smallLearner } from '../../support/small-learner.js';

it.skipIf(!tensorflowInstalled())('TensorFlow keeps no tensor of a micro-batch, also of one that fails', { timeout: 60_000 }, async () => {
  const tf = loadTensorflow();
  const learner = smallLearner({ items: 40, seed: 6 });
  const engine = await createTensorflowEngine(learner, { threads: 0 });
  const before = tf.memory().numTensors;
  for (let turn = 0; turn < 20; turn++) await engine.run(roundOf(learner, [32, 7], turn));
  expect(tf.memory().numTensors).toBe(before);
  const weightless = { ...learner.parameters.examples.read(2), weight: Number.NaN };
  learner.parameters.examples.write(2, weightless);
  expect(await engine.run(roundOf(learner, [32]))).toMatchObject({ refused: [2], examples: 31 });
  expect(tf.memory().numTensors).toBe(before);
});

it.skipIf(isInstalled())('where it isn’t installed the engine is refused by a sentence that says how to get it', async () => {
  const learner = smallLearner({ items: 10, seed: 1 });
  await expect(createTensorflowEngine(learner, { threads: 0 })).rejects.toMatchObject({ name: 'UsageError', code: 'tensorflow_missing', message: expect.stringContaining('freshet setup-tensorflow') });
});
