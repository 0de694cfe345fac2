import { decodeRules, encodeRules } from '@freshet/shared/codec/state';
import { decodePayload, encodePayload } from '@freshet/shared/codec/payload';
import { createRuleBook, type Rule, type RuleChange, RULE_CONTEXTS, type RuleSet } from '@freshet/shared/domain/rules';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const rule = (n: number): Rule => ({ id: `r${n}`, action: 'exclude', items: [`item-${n}`] });
const changes = fc.array(fc.record({ context: fc.constantFrom(...RULE_CONTEXTS), n: fc.nat({ max: 9 }) }), { maxLength: 30 });

describe('a book of rules', () => {
  it('has the last change of each context, in whatever order and however often changes are applied', () => {
    fc.assert(
      fc.property(changes, fc.array(fc.nat(), { maxLength: 60 }), (sent, shuffled) => {
        const log = sent.map(({ context, n }, i) => ({ change: { context, rules: n === 0 ? [] : [rule(n)] } satisfies RuleChange, at: { seq: 1 + (i >> 1), index: i % 2 } }));
        const inOrder = createRuleBook(() => undefined);
        for (const { change, at } of log) inOrder.apply(change, at);
        const mixed = createRuleBook(() => undefined);
        for (const pick of shuffled) {
          const one = log[pick % Math.max(1, log.length)];
          if (one !== undefined) mixed.apply(one.change, one.at);
        }
        for (const { change, at } of [...log].reverse()) mixed.apply(change, at);
        for (const context of RULE_CONTEXTS) expect(mixed.find(context)).toEqual(inOrder.find(context));
      }),
    );
  });

  it('goes on from a checkpoint: what is stored is loaded, older entries change nothing, and what changed is dirty once', () => {
    const book = createRuleBook(() => undefined);
    book.apply({ context: 'home', rules: [rule(1)] }, { seq: 5, index: 0 });
    expect([...book.takeDirty()]).toEqual(['home']);
    expect([...book.takeDirty()]).toEqual([]);
    const stored = book.find('home');
    const later = createRuleBook(() => undefined);
    later.load(decodeRules(encodeRules(stored as RuleSet)));
    later.apply({ context: 'home', rules: [rule(9)] }, { seq: 4, index: 0 });
    expect(later.find('home')).toEqual(stored);
    expect([...later.takeDirty()]).toEqual([]);
  });
});

it('an entry of rules is read back as it was written', () => {
  const body = { kind: 'rule', changes: [{ context: 'cart', rules: [{ ...rule(1), filter: { price: { lte: 3 } }, from: 5, until: 9, segments: ['vip'] }] }] } as const;
  expect(decodePayload('rule', encodePayload(body))).toEqual(body);
});
