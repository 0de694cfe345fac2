/** Bounds from a backup go into a statement: nothing but bounds may pass. */
import { isBound } from '@freshet/shared/adapters/postgres/dump/partitions';
import { describe, expect, test } from 'vitest';

describe('a partition’s bound', () => {
  test.each(["FOR VALUES FROM ('1') TO ('20001')", 'FOR VALUES FROM (1) TO (MAXVALUE)', "FOR VALUES IN ('it''s', NULL)", 'FOR VALUES WITH (modulus 4, remainder 1)', 'DEFAULT'])('may be %s', (text) => {
    expect(isBound(text)).toBe(true);
  });

  test.each(["FOR VALUES FROM ('1') TO ('2'); drop table x", "FOR VALUES FROM (pg_sleep(1)) TO ('2')", "FOR VALUES IN ('a\\')", '', 'DEFAULT; select 1'])('may not be %s', (text) => {
    expect(isBound(text)).toBe(false);
  });
});
