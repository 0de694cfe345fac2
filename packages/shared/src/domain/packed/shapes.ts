/**
 * Which fields a document has: what most documents of a shop have in common, so a record names it by a number. Names of attributes come in
 * the document's order, and those filled by rule are named too.
 *
 * 1. At most SHAPES.most are kept, none taken out; a document of another shape has its own in its record.
 */
import { createDictionary, NOT_SHARED } from './dictionary.js';
import type { ByteReader, ByteWriter } from './leb128.js';
import { readText, writeText } from './texts.js';

export interface Shape {
  /** Bits of HAS. */
  readonly has: number;
  readonly attributes: readonly string[];
  readonly filled: readonly string[];
}

export const HAS = { price: 1, categories: 2, brand: 4, title: 8, attributes: 16, description: 32, image_url: 64, url: 128, available: 256, isAvailable: 512 } as const;
export const SHAPES = { most: 4_096, chars: 2_048 } as const;

export interface Shapes {
  write(shape: Shape): void;
  read(): Shape;
}

/** Number 0 is before a shape that stands in its record. */
const OWN = 0;

export function createShapes(writer: ByteWriter, reader: ByteReader): Shapes {
  const shapes = createDictionary<Shape>(SHAPES);

  const writeNames = (names: readonly string[]): void => {
    writer.whole(names.length);
    for (const name of names) writeText(writer, name);
  };
  const readNames = (): readonly string[] => Array.from({ length: reader.whole() }, () => readText(reader));

  return {
    write(shape) {
      const { has, attributes, filled } = shape;
      const number = shapes.numberOf(JSON.stringify([has, attributes, filled]), () => shape);
      if (number !== NOT_SHARED) {
        writer.whole(number + 1);
        return;
      }
      writer.whole(OWN);
      writer.whole(has);
      writeNames(attributes);
      writeNames(filled);
    },
    read() {
      const number = reader.whole();
      if (number !== OWN) return shapes.valueOf(number - 1);
      return { has: reader.whole(), attributes: readNames(), filled: readNames() };
    },
  };
}
