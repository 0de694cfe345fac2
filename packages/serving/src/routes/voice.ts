/** How answers speak: the language asked for, and items by their titles. */
import { Type } from 'typebox';
import { type Language, LANGUAGES } from '../messages/messages.js';
import { createVoice, type Voice } from '../messages/say.js';
import type { Shelf } from '../store/shelf.js';

const DEFAULT_LANGUAGE: Language = 'en';

export const LanguageWish = Type.Union(LANGUAGES.map((name) => Type.Literal(name)), { default: DEFAULT_LANGUAGE, description: 'Of the texts of reasons.' });

/** An item's title in a language is its attribute `title_LANGUAGE`, else its title, else its id. */
export function voiceOf({ catalogue }: Shelf, language: Language = DEFAULT_LANGUAGE): Voice {
  const name = `title_${language}`;
  return createVoice(language, (id) => {
    const look = catalogue.look(id);
    const translated = look?.attribute(name);
    return typeof translated === 'string' && translated !== '' ? translated : (look?.title ?? id);
  });
}
