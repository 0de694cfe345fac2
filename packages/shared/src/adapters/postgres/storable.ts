/** Postgres text holds neither NUL nor half a surrogate pair (which a cut may leave). */
export function storable(text: string, cut: number): string {
  return text.slice(0, cut).replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\u{fffd}');
}
