/**
 * A process of its own that loads TensorFlow, multiplies two matrices and prints `{"version","gpu_in_use"}`. A broken library may
 * crash the process that loads it, so `freshet setup-tensorflow` and `--engine auto` ask here first.
 */
import { loadTensorflow } from './addon.js';

const tf = loadTensorflow();
const [a, b] = [tf.tensor2d(Float32Array.of(1, 2, 3, 4), [2, 2]), tf.tensor2d(Float32Array.of(5, 6, 7, 8), [2, 2])];
const product = [...tf.matMul(a, b, false, true).dataSync()];
if (tf.getBackend() !== 'tensorflow' || product.join() !== '17,23,39,53') {
  process.stderr.write(`TensorFlow's backend “${tf.getBackend()}” computes ${product.join()}, not 17,23,39,53\n`);
  process.exit(1);
}
process.stdout.write(`${JSON.stringify({ version: tf.backend().binding.TF_Version, gpu_in_use: tf.backend().isUsingGpuDevice })}\n`);
