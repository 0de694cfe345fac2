/** What the catalogue says about an item. */
export type ShelfState = 'undescribed' | 'available' | 'unavailable' | 'deleted';
