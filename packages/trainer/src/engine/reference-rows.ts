/**
 * The parameters as the reference engine reads and steps them: views of the learner's memory, and the optimizers as
 * kernel/optimizer.ts writes them.
 */
import { DENSE, type ModelConfig } from '@freshet/shared/domain/model-config';
import { CONSTANT_ROW } from '@freshet/shared/domain/tables';
import { denseRates, type Layout, POPULAR_EVENTS } from '../parameters/layout.js';
import { dot, type Parameters } from './reference-gradient.js';

/** As in kernel/optimizer.ts. */
const MAX_STEP = 2;
const ROW_EPSILON = 1e-8;
const EPSILON = 1e-6;
const KEPT_MOMENT = 0.9;
const KEPT_SQUARE = 0.999;

export interface Rows extends Parameters {
  embedding(row: number): Float32Array;
  readonly dense: Float32Array;
  /** The k-th eligible row. */
  eligible(k: number): number;
  /** The items of the last events: how many, the k-th, how often a row stands among them. */
  readonly popularity: { readonly events: number; row(k: number): number; count(row: number): number };
  /** Whether every number of the row and its accumulators is finite. */
  isFinite(row: number): boolean;
  /** Steps an embedding along its gradient. A scored row's loss holds l2: `scored` is its length when it was scored, and |gradient|² where it is known otherwise. */
  step(row: number, gradient: readonly number[], scored?: { readonly length: number; readonly square?: number }): void;
  stepBias(row: number, gradient: number): void;
  stepDense(gradient: readonly number[]): void;
}

/** The copies to train of what all examples touch, each followed by its accumulators. */
export interface Copies {
  readonly dense: Float32Array;
  /** The constant token's embedding. */
  readonly constant: Float32Array;
}

export function openRows(layout: Layout, buffer: ArrayBufferLike, { dense, constant }: Copies): Rows {
  const { model, rows } = layout;
  const all = rows + layout.wordRows;
  const slots = model.followers;
  const floats = (at: number, length: number): Float32Array => new Float32Array(buffer, at, length);
  const embeddings = floats(layout.embedding, all * model.dim);
  const biases = floats(layout.bias, all);
  const accs = floats(layout.acc, all);
  const biasAccs = floats(layout.biasAcc, all);
  const counts = floats(layout.followCount, rows * slots);
  const followers = new Uint32Array(buffer, layout.follower, rows * slots);
  const eligible = new Uint32Array(buffer, layout.eligible, rows);
  const listed = new Uint8Array(buffer, layout.listed, rows);
  const popular = new Uint32Array(buffer, layout.popularRows, 1 + POPULAR_EVENTS);
  const popularCounts = new Uint32Array(buffer, layout.popularCounts, rows);
  const moments = floats(layout.moments, model.optimizer === 'adam' ? all * model.dim : 0);
  const dirty = new Uint8Array(buffer, layout.dirty, all);
  const rates = denseRates(model);
  const embedding = (row: number): Float32Array =>
    row === CONSTANT_ROW ? constant.subarray(0, model.dim) : embeddings.subarray(row * model.dim, (row + 1) * model.dim);
  const accOf = (row: number): Float32Array => (row === CONSTANT_ROW ? constant.subarray(model.dim) : accs.subarray(row, row + 1));
  const bias = (row: number): number => biases[row] ?? 0;

  const isFinite = (row: number): boolean => [bias(row), ...accOf(row), biasAccs[row]].every(Number.isFinite) && embedding(row).every(Number.isFinite);

  return {
    dense,
    embedding,
    bias,
    follow(item, follower) {
      const cell = followers.subarray(item * slots, (item + 1) * slots).indexOf(follower);
      return cell < 0 ? 0 : (counts[item * slots + cell] ?? 0);
    },
    rivals(item, most, without) {
      const cells = Array.from({ length: slots }, (_, slot) => item * slots + slot);
      const known = cells.filter((cell) => followers[cell] !== 0 && !without.has(followers[cell] ?? 0));
      known.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b);
      return known.slice(0, most).map((cell) => followers[cell] ?? 0).filter((row) => listed[row] === 1 && isFinite(row));
    },
    eligible: (k) => eligible[k] ?? 0,
    popularity: {
      get events() {
        return popular[0] ?? 0;
      },
      row: (k) => popular[1 + k] ?? 0,
      count: (row) => popularCounts[row] ?? 0,
    },
    isFinite,
    step(row, gradient, scored) {
      const e = embedding(row);
      const l2 = scored === undefined ? 0 : model.l2;
      const square = (scored?.square ?? dot(gradient, gradient)) + (l2 * (scored?.length ?? 0)) ** 2;
      const g = gradient.map((x, d) => x + l2 * (e[d] ?? 0));
      const { direction, rate } = optimize({ model, acc: accOf(row), moment: moments.subarray(row * model.dim, (row + 1) * model.dim) }, g, square);
      direction.forEach((x, d) => (e[d] = (e[d] ?? 0) - rate * x));
      dirty[row] = 1;
    },
    stepBias(row, slope) {
      const gradient = slope + model.l2 * bias(row);
      const acc = (biasAccs[row] ?? 0) + gradient ** 2;
      if (model.optimizer !== 'sgd') biasAccs[row] = acc;
      biases[row] = bias(row) - (model.biasRate * gradient) / (model.optimizer === 'sgd' ? 1 : Math.sqrt(acc + EPSILON));
    },
    stepDense(gradient) {
      gradient.forEach((g, w) => {
        const acc = (dense[DENSE.weights + w] ?? 0) + g ** 2;
        dense[DENSE.weights + w] = acc;
        dense[w] = (dense[w] ?? 0) - ((rates[w] ?? 0) * g) / Math.sqrt(acc + EPSILON);
      });
    },
  };
}

interface RowState {
  readonly model: ModelConfig;
  /** One number. */
  readonly acc: Float32Array;
  readonly moment: Float32Array;
}

/** Counts the gradient in; the row is to move by −rate · direction. */
function optimize({ model, acc, moment }: RowState, gradient: readonly number[], square: number): { readonly direction: readonly number[]; readonly rate: number } {
  const clip = (rate: number, length: number): number => Math.min(rate, MAX_STEP / length);
  if (model.optimizer === 'sgd') return { direction: gradient, rate: clip(model.rowRate, Math.sqrt(square)) };
  const before = acc[0] ?? 0;
  if (model.optimizer === 'adagrad') {
    acc[0] = before + square / model.dim;
    return { direction: gradient, rate: clip(Math.max(model.rateFloor, model.rowRate / Math.sqrt(acc[0] + ROW_EPSILON)), Math.sqrt(square)) };
  }
  const [keptMoment, keptSquare] = before === 0 ? [0, 0] : [KEPT_MOMENT, KEPT_SQUARE];
  acc[0] = keptSquare * before + ((1 - keptSquare) * dot(gradient, gradient)) / model.dim;
  gradient.forEach((g, d) => (moment[d] = keptMoment * (moment[d] ?? 0) + (1 - keptMoment) * g));
  return { direction: [...moment], rate: clip(model.rowRate / Math.sqrt(acc[0] + ROW_EPSILON), Math.sqrt(dot(moment, moment))) };
}
