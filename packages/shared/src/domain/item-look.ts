/**
 * A look at an item's document, for filters, facets and rules, which ask for a field or two of thousands of items: each is read out of the packed
 * record when it is asked for.
 *
 * 1. A look says what the document says when it is asked, also after a change of it; of a document that was deleted since it has no field.
 */
import type { ItemFields } from './entry.js';
import { NO_BYTES, NO_SHAPE, type OpenRecord } from './packed/document-format.js';
import type { PackedDocuments } from './packed/packed-documents.js';
import type { Value } from './packed/values.js';

/** The fields that filters, facets and rules read: of a document, or of a look. */
export interface LookedFields extends Partial<{ readonly [Name in 'title' | 'price' | 'available' | 'brand' | 'categories' | 'attributes']: ItemFields[Name] | undefined }> {
  /** An attribute of its own, where it is quicker to have than all of them. */
  attribute?(name: string): Value | undefined;
}

export interface ItemLook extends LookedFields {
  readonly id: string;
  readonly seq: number;
  readonly index: number;
  attribute(name: string): Value | undefined;
}

/** Looks at documents by number. */
export function createItemLooks(packed: PackedDocuments, idOf: (number: number) => string): (number: number) => ItemLook {
  const { format } = packed;

  /** A class: an object with functions of its own would cost more than what is read. */
  class Look implements ItemLook, OpenRecord {
    readonly #number: number;
    #opened: number;
    bytes = NO_BYTES;
    at = 0;
    shape = NO_SHAPE;

    constructor(number: number) {
      this.#number = number;
      this.#opened = packed.changes;
      packed.open(number, this);
    }

    get id(): string {
      return idOf(this.#number);
    }
    get seq(): number {
      return format.seq(this.#now());
    }
    get index(): number {
      return format.index(this.#now());
    }
    get title(): string | undefined {
      return format.title(this.#now());
    }
    get price(): number | undefined {
      return format.price(this.#now());
    }
    get available(): boolean | undefined {
      return format.available(this.#now());
    }
    get brand(): string | undefined {
      return format.brand(this.#now());
    }
    get categories(): readonly string[] | undefined {
      return format.categories(this.#now());
    }
    get attributes(): ItemFields['attributes'] {
      return format.attributes(this.#now());
    }
    attribute(name: string): Value | undefined {
      return format.attribute(this.#now(), name);
    }

    #now(): OpenRecord {
      if (this.#opened !== packed.changes) {
        packed.open(this.#number, this);
        this.#opened = packed.changes;
      }
      return this;
    }
  }
  return (number) => new Look(number);
}
