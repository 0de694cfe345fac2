/**
 * The error of predicted ratings: the test file's values against r̂ = μ + b_u + b_i, whose biases are fitted to the training file's by regularised least
 * squares (domain/ratings/fit). A user or an item without a rating in training has bias 0.
 */
import type { LogEvent } from '@freshet/shared/domain/event';
import { fitBiases, type Rating } from '@freshet/shared/domain/ratings/fit';

/** λ: as many ratings of the mean are added to each user and item. */
const LAMBDA = 5;

/** Mean of (r − r̂)² over the test events that have a value; null where either file has none. */
export function ratingError(train: readonly LogEvent[], test: readonly LogEvent[]): number | null {
  const [known, asked] = [ratingsOf(train), ratingsOf(test)];
  if (known.length === 0 || asked.length === 0) return null;
  const { mean, users, items } = fitBiases(known, LAMBDA);
  const square = ({ user, item, value }: Rating<string, string>): number => (value - mean - (users.get(user) ?? 0) - (items.get(item) ?? 0)) ** 2;
  return asked.reduce((sum, one) => sum + square(one), 0) / asked.length;
}

function ratingsOf(events: readonly LogEvent[]): Rating<string, string>[] {
  return events.flatMap(({ user, item, value }) => (item === undefined || value === undefined ? [] : [{ user, item, value }]));
}
