import { describe, expect, it } from 'vitest';
import { scanNumber } from 'freshet/bench/traffic/answer';
import { prepareRequest, toDocument } from 'freshet/bench/traffic/events';
import { createShop, describeItem } from 'freshet/bench/traffic/shop';
import { createShoppers, skewed, zipf } from 'freshet/bench/traffic/shoppers';

const shop = createShop(1, 2_000);

function take(count: number, seed = 1) {
  const shoppers = createShoppers(seed, shop, { users: 5_000 });
  return Array.from({ length: count }, () => shoppers.next());
}

describe('the synthetic shop', () => {
  it('puts every item into one theme, at its place by popularity', () => {
    const placed = shop.themes.flatMap((theme, number) => theme.map((item, place) => ({ item, number, place })));
    expect(placed).toHaveLength(2_000);
    for (const { item, number, place } of placed) {
      expect(shop.themeOf[item]).toBe(number);
      expect(shop.placeOf[item]).toBe(place);
    }
  });

  it('describes items as a catalogue has them, alike for the same seed', () => {
    expect(describeItem(shop, 1, 17)).toEqual(describeItem(createShop(1, 2_000), 1, 17));
    expect(describeItem(shop, 1, 17)).toMatchObject({ id: 'item-0000017', available: true });
  });
});

describe('synthetic shoppers', () => {
  it('do the same for the same seed, and something else for another', () => {
    expect(take(500)).toEqual(take(500));
    expect(take(500, 2)).not.toEqual(take(500));
  });

  it('prefer some items and some are busier than others, far from uniformly', () => {
    const events = take(50_000);
    const share = (key: 'item' | 'user', of: number): number => {
      const counts = new Map<number, number>();
      for (const event of events) counts.set(event[key], (counts.get(event[key]) ?? 0) + 1);
      const sorted = [...counts.values()].sort((a, b) => b - a);
      return sorted.slice(0, of).reduce((sum, count) => sum + count, 0) / events.length;
    };
    expect(share('item', 200)).toBeGreaterThan(0.4);
    expect(share('user', 1_000)).toBeGreaterThan(0.4);
    expect(share('user', 1)).toBeLessThan(0.01);
  });

  it('walk within what goes together: the next item is mostly of the same theme', () => {
    const last = new Map<number, number>();
    let same = 0;
    let steps = 0;
    for (const { user, item } of take(50_000)) {
      const before = last.get(user);
      if (before !== undefined) {
        steps++;
        if (shop.themeOf[before] === shop.themeOf[item]) same++;
      }
      last.set(user, item);
    }
    expect(same / steps).toBeGreaterThan(0.5);
  });

  it('draw ranks within their range', () => {
    for (const unit of [0, 0.5, 0.999_999_999]) {
      for (const n of [1, 2, 1_000]) {
        for (const draw of [zipf, skewed]) {
          expect(draw(unit, n)).toBeGreaterThanOrEqual(0);
          expect(draw(unit, n)).toBeLessThan(n);
        }
      }
    }
  });
});

describe('prepared requests', () => {
  it('carry new ids each time, and nothing else changes', () => {
    const request = prepareRequest(shop, take(20), { run: 'abc123', now: 1_700_000_000_000 });
    const read = (): { id: string }[] => {
      const text = request.bytes.toString('utf8');
      const [head = '', body = ''] = text.split('\r\n\r\n');
      expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
      return JSON.parse(body) as { id: string }[];
    };
    request.renew(0);
    const first = read();
    request.renew(0x1f_ffff);
    const second = read();
    expect(new Set([...first, ...second].map((event) => event.id)).size).toBe(40);
    expect(second[0]?.id).toBe('abc123-00000000001fffff');
    const anonymous = (events: readonly { id: string }[]) => events.map((event) => ({ ...event, id: '' }));
    expect(anonymous(second)).toEqual(anonymous(first));
  });

  it('have events of about 200 bytes', () => {
    const sizes = take(2_000).map((event) => JSON.stringify(toDocument(shop, event, { id: 'abc123-00000000001fffff', now: 1_700_000_000_000 })).length);
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    expect(mean).toBeGreaterThan(150);
    expect(mean).toBeLessThan(250);
  });
});

describe('numbers in an answer', () => {
  it('are found without parsing it, and undefined where there are none', () => {
    const body = Buffer.from(JSON.stringify({ accepted: 12, items: [{ index: 0, status: 'accepted' }], sequence: 345 }));
    expect(scanNumber(body, 'accepted')).toBe(12);
    expect(scanNumber(body, 'sequence')).toBe(345);
    expect(scanNumber(body, 'status')).toBeUndefined();
    expect(scanNumber(body, 'rejected')).toBeUndefined();
  });
});
