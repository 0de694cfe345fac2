/** What an engine can be asked for by. `auto` is one of the fast ones, chosen when the learner is made (choose.ts). */
export const ENGINE_NAMES = ['auto', 'wasm', 'tensorflow', 'reference'] as const;

export type EngineName = (typeof ENGINE_NAMES)[number];

export function isEngineName(text: string): text is EngineName {
  return ENGINE_NAMES.some((name) => name === text);
}
