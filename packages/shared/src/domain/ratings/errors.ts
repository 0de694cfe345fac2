/** Errors of ratings that were predicted before they were learned: how many, Σ (r − r̂)², Σ |r − r̂|. */
export interface RatingErrors {
  readonly count: number;
  readonly squares: number;
  readonly absolutes: number;
}

export interface ErrorFigures {
  readonly count: number;
  readonly rmse: number;
  readonly mae: number;
}

export function errorOf(rating: number, predicted: number): RatingErrors {
  return { count: 1, squares: (rating - predicted) ** 2, absolutes: Math.abs(rating - predicted) };
}

/** Both together; undefined stands for none. */
export function joinErrors(a: RatingErrors | undefined, b: RatingErrors | undefined): RatingErrors | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { count: a.count + b.count, squares: a.squares + b.squares, absolutes: a.absolutes + b.absolutes };
}

export function figuresOf({ count, squares, absolutes }: RatingErrors): ErrorFigures {
  return { count, rmse: Math.sqrt(squares / count), mae: absolutes / count };
}
