/** What the catalogue says about an item. */
export type { ItemState as ShelfState } from '@freshet/shared/domain/kept-documents';
