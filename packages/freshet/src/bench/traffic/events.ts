/** Events as producers send them, about 200 bytes each, and requests full of them. */
import { postHead } from '../load/request.js';
import type { Shop } from './shop.js';
import { userId, type ShopperEvent } from './shoppers.js';

export interface EventDocument {
  readonly id: string;
  readonly type: string;
  readonly user_id: string;
  readonly item_id: string;
  readonly timestamp: number;
  readonly quantity: number;
  readonly price: number;
  readonly recommendation_id?: string;
  readonly position?: number;
}

export const EVENTS_PATH = '/v1/events';

export function toDocument(shop: Shop, event: ShopperEvent, { id, now }: { readonly id: string; readonly now: number }): EventDocument {
  const { position } = event;
  return {
    id,
    type: event.type,
    user_id: userId(event.user),
    item_id: shop.itemId(event.item),
    timestamp: now,
    quantity: 1,
    price: 5 + (event.item % 400) / 4,
    ...(position === undefined ? {} : { recommendation_id: `list-${id.slice(-18).padStart(18, '0')}`, position }),
  };
}

const DIGITS = 16;
const HEX = Buffer.from('0123456789abcdef', 'latin1');

/** A request whose events get new ids each time it is sent. */
export interface PreparedRequest {
  readonly bytes: Buffer;
  readonly size: number;
  /** Writes ids from `first` on; the request before must have left the process. */
  renew(first: number): void;
}

/** Making JSON costs more than sending it, so requests are made once and their ids, all of one width, overwritten. */
export function prepareRequest(shop: Shop, events: readonly ShopperEvent[], { run, now }: { readonly run: string; readonly now: number }): PreparedRequest {
  const documents = events.map((event) => JSON.stringify(toDocument(shop, event, { id: `${run}-${'0'.repeat(DIGITS)}`, now })));
  const body = `[${documents.join(',')}]`;
  const head = postHead(EVENTS_PATH, Buffer.byteLength(body));
  const bytes = Buffer.from(head + body, 'utf8');
  const marker = Buffer.from(`"id":"${run}-`, 'utf8');
  const offsets: number[] = [];
  for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at + marker.length)) offsets.push(at + marker.length);
  return {
    bytes,
    size: events.length,
    renew(first) {
      for (const [index, offset] of offsets.entries()) writeHex(bytes, offset, first + index);
    },
  };
}

function writeHex(bytes: Buffer, offset: number, value: number): void {
  let rest = value;
  for (let place = DIGITS - 1; place >= 0; place--) {
    bytes[offset + place] = HEX[rest % 16] ?? 0;
    rest = Math.floor(rest / 16);
  }
}
