/** The helper that reads expressions, on expressions whose parts are known. */
import { describe, expect, it } from 'vitest';
import { labelsOf, operandsOf, selectorsOf } from '../../support/promql.js';

const QUANTILE = 'histogram_quantile(0.99, sum by (le, stage) (rate(lag_bucket{stage="total", le!="x"}[5m]))) > 0.25';

describe('an expression', () => {
  it('names its series, wherever they stand', () => {
    const texts = (expression: string): string[] => selectorsOf(expression).map(({ text }) => text);
    expect(texts(QUANTILE)).toEqual(['lag_bucket{stage="total",le!="x"}']);
    expect(texts('max(timestamp(a_b) - (a_b > 0)) > 5 or up == 0')).toEqual(['a_b', 'a_b', 'up']);
    expect(texts('a / on (x, y) group_left (z) b unless c offset 10m')).toEqual(['a', 'b', 'c']);
    expect(texts('(a * (b > bool 0))[1h:5s]')).toEqual(['a', 'b']);
  });

  it('names its matchers and labels', () => {
    expect(selectorsOf(QUANTILE)[0]?.matchers).toEqual([{ label: 'stage', operator: '=', value: 'total' }, { label: 'le', operator: '!=', value: 'x' }]);
    expect(labelsOf(QUANTILE)).toEqual(['le', 'stage']);
    expect(labelsOf('sum by (job) (a{code=~"5..", code!="503"}) / on (job) b')).toEqual(['code', 'job']);
  });

  it('has operands that answer whether or not it fires', () => {
    expect(operandsOf(QUANTILE)).toEqual(['histogram_quantile( 0.99 , sum by( le , stage ) ( rate( lag_bucket{stage="total",le!="x"}[5m] ) ) ) > bool 0.25']);
    expect(operandsOf('a > 1 and max(b) > 0')).toEqual(['a > bool 1', 'max( b ) > bool 0']);
    expect(operandsOf('a{r="x"} > 0 or (b > 0 unless b offset 10m)')).toEqual(['a{r="x"} > bool 0', 'b > bool 0', 'b']);
    expect(operandsOf('max(a * (a > bool 0) + (b > 0)) > 5')).toEqual(['max( a * ( a > bool 0 ) + ( b > 0 ) ) > bool 5']);
    expect(operandsOf('absent(threads)')).toEqual(['threads']);
    expect(operandsOf('a{code!="503"} / b{code=~"5.."}')).toEqual(['a{code!="503"} / b{code=~"5.."}']);
  });
});
