/**
 * A document of the catalogue in some 50 bytes and its texts.
 *
 * ```
 * shape     then, of these what the shape has: price, categories, brand, title, attributes, description, image_url, url     seq, index
 * ```
 * What filters ask for comes first. Numbers are LEB128; a price, categories, a brand and each attribute are values (values.ts), the others texts
 * (texts.ts); whether it is available is part of the shape. These bytes never leave the process.
 *
 * 1. What is read is what was written: every number, every text, the order of attributes.
 */
import { Buffer } from 'node:buffer';
import type { ItemFields } from '../entry.js';
import { createByteReader, createByteWriter } from './leb128.js';
import { createShapes, HAS, type Shape } from './shapes.js';
import { readText, skipText, writeText } from './texts.js';
import { createValues, type Value } from './values.js';

export interface PackedFields {
  readonly seq: number;
  readonly index: number;
  readonly filled: readonly string[];
  readonly fields: ItemFields;
}

/** A record whose fields begin at `at`. */
export interface OpenRecord {
  bytes: Buffer;
  at: number;
  shape: Shape;
}

/** What a record is before it is opened. */
export const NO_BYTES: Buffer = Buffer.alloc(0);
export const NO_SHAPE: Shape = { has: 0, attributes: [], filled: [] };

/** A field is undefined where there is none. */
export interface DocumentFormat {
  /** A view of memory that the next one is written to. */
  write(document: PackedFields): Buffer;
  /** Those of the record that begins at `at`. */
  read(bytes: Buffer, at: number): PackedFields;
  /** Opens in `record` the one that begins at `at`. */
  open(record: OpenRecord, bytes: Buffer, at: number): void;
  seq(record: OpenRecord): number;
  index(record: OpenRecord): number;
  available(record: OpenRecord): boolean | undefined;
  price(record: OpenRecord): number | undefined;
  categories(record: OpenRecord): readonly string[] | undefined;
  brand(record: OpenRecord): string | undefined;
  title(record: OpenRecord): string | undefined;
  attributes(record: OpenRecord): ItemFields['attributes'];
  attribute(record: OpenRecord, name: string): Value | undefined;
}

type Asked = 'price' | 'categories' | 'brand' | 'title' | 'attributes';
type Parts = ReturnType<typeof createParts>;

const LONG = ['description', 'image_url', 'url'] as const satisfies readonly (keyof ItemFields)[];
const NONE: readonly string[] = [];
const FIELDS = ['price', 'categories', 'brand', 'title', 'attributes', 'description', 'image_url', 'url', 'available'] as const satisfies readonly (keyof ItemFields)[];

export function createDocumentFormat(): DocumentFormat {
  const parts = createParts();
  const { reader, shapes, valuesOf } = parts;

  const begin = (bytes: Buffer, at: number): Shape => {
    reader.start(bytes, at);
    return shapes.read();
  };
  /** Whether what is read next is the field. */
  const reach = ({ bytes, at, shape }: OpenRecord, asked: Asked): boolean => {
    if ((shape.has & HAS[asked]) === 0) return false;
    reader.start(bytes, at);
    pass(parts, shape, asked);
    return true;
  };
  const reachEnd = ({ bytes, at, shape }: OpenRecord): void => {
    reader.start(bytes, at);
    pass(parts, shape, 'end');
  };

  return {
    write: createWrite(parts),
    read(bytes, at) {
      const shape = begin(bytes, at);
      const fields = readFields(parts, shape);
      return { fields, filled: shape.filled, seq: reader.whole(), index: reader.whole() };
    },
    open(record, bytes, at) {
      record.bytes = bytes;
      record.shape = begin(bytes, at);
      record.at = reader.at;
    },
    seq(record) {
      reachEnd(record);
      return reader.whole();
    },
    index(record) {
      reachEnd(record);
      reader.whole();
      return reader.whole();
    },
    available: ({ shape }) => availableOf(shape),
    price: (record) => (reach(record, 'price') ? valuesOf.price.read() : undefined),
    categories: (record) => (reach(record, 'categories') ? valuesOf.categories.read() : undefined),
    brand: (record) => (reach(record, 'brand') ? valuesOf.brand.read() : undefined),
    title: (record) => (reach(record, 'title') ? readText(reader) : undefined),
    attributes: (record) => (reach(record, 'attributes') ? readAttributes(parts, record.shape) : undefined),
    attribute(record, name) {
      const place = record.shape.attributes.indexOf(name);
      if (place < 0 || !reach(record, 'attributes')) return undefined;
      for (let before = place; before > 0; before--) valuesOf.attributes.skip();
      return valuesOf.attributes.read();
    },
  };
}

function createParts() {
  const writer = createByteWriter();
  const reader = createByteReader();
  // Each has its own dictionaries: article numbers must not leave brands without room.
  const valuesOf = {
    price: createValues<number>(writer, reader),
    categories: createValues<readonly string[]>(writer, reader),
    brand: createValues<string>(writer, reader),
    attributes: createValues<Value>(writer, reader),
  };
  return { writer, reader, shapes: createShapes(writer, reader), valuesOf };
}

/** Past what stands before the field. */
function pass({ reader, valuesOf }: Parts, { has, attributes }: Shape, until: Asked | 'end'): void {
  if (until === 'price') return;
  if ((has & HAS.price) !== 0) valuesOf.price.skip();
  if (until === 'categories') return;
  if ((has & HAS.categories) !== 0) valuesOf.categories.skip();
  if (until === 'brand') return;
  if ((has & HAS.brand) !== 0) valuesOf.brand.skip();
  if (until === 'title') return;
  if ((has & HAS.title) !== 0) skipText(reader);
  if (until === 'attributes') return;
  for (let left = attributes.length; left > 0; left--) valuesOf.attributes.skip();
  for (const name of LONG) if ((has & HAS[name]) !== 0) skipText(reader);
}

function createWrite({ writer, shapes, valuesOf }: Parts): DocumentFormat['write'] {
  const writeLong = (text: string | undefined): void => {
    if (text !== undefined) writeText(writer, text);
  };
  return ({ seq, index, filled, fields }) => {
    const { price, categories, brand, title, attributes } = fields;
    const names = attributes === undefined ? NONE : Object.keys(attributes);
    writer.start();
    shapes.write({ has: partsOf(fields), attributes: names, filled });
    if (price !== undefined) valuesOf.price.write(price);
    if (categories !== undefined) valuesOf.categories.write(categories);
    if (brand !== undefined) valuesOf.brand.write(brand);
    writeLong(title);
    for (const value of Object.values(attributes ?? {})) valuesOf.attributes.write(value);
    for (const name of LONG) writeLong(fields[name]);
    writer.whole(seq);
    writer.whole(index);
    return writer.taken();
  };
}

function partsOf(fields: ItemFields): number {
  let has = 0;
  for (const name of FIELDS) if (fields[name] !== undefined) has |= HAS[name];
  return fields.available === true ? has | HAS.isAvailable : has;
}

function availableOf({ has }: Shape): boolean | undefined {
  return (has & HAS.available) === 0 ? undefined : (has & HAS.isAvailable) !== 0;
}

/** Fields come in one order, whatever the order of the record: documents with the same ones share their hidden class. */
function readFields(parts: Parts, shape: Shape): ItemFields {
  const { reader, valuesOf } = parts;
  const { has } = shape;
  const price = (has & HAS.price) === 0 ? undefined : valuesOf.price.read();
  const categories = (has & HAS.categories) === 0 ? undefined : valuesOf.categories.read();
  const brand = (has & HAS.brand) === 0 ? undefined : valuesOf.brand.read();
  const title = (has & HAS.title) === 0 ? undefined : readText(reader);
  const attributes = (has & HAS.attributes) === 0 ? undefined : readAttributes(parts, shape);
  const fields: { -readonly [Name in keyof ItemFields]: ItemFields[Name] } = {};
  if (title !== undefined) fields.title = title;
  if ((has & HAS.description) !== 0) fields.description = readText(reader);
  if (categories !== undefined) fields.categories = categories;
  if (brand !== undefined) fields.brand = brand;
  if (price !== undefined) fields.price = price;
  if ((has & HAS.available) !== 0) fields.available = (has & HAS.isAvailable) !== 0;
  if ((has & HAS.image_url) !== 0) fields.image_url = readText(reader);
  if ((has & HAS.url) !== 0) fields.url = readText(reader);
  if (attributes !== undefined) fields.attributes = attributes;
  return fields;
}

function readAttributes({ valuesOf }: Parts, { attributes: names }: Shape): NonNullable<ItemFields['attributes']> {
  const attributes: Record<string, Value> = {};
  for (const name of names) {
    const value = valuesOf.attributes.read();
    // An assignment to it would set the prototype.
    if (name === '__proto__') Object.defineProperty(attributes, name, { value, enumerable: true, configurable: true, writable: true });
    else attributes[name] = value;
  }
  return attributes;
}
