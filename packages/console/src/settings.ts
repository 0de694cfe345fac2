/** Language and light or dark: what the browser says, until somebody chooses. */
import { byId } from './dom.js';
import { icon } from './icons.js';
import { recall, remember } from './storage.js';
import { createText, type Language, languageTag, type Text } from './text.js';
import type { Key } from './words.js';

const LANGUAGE = 'freshet.language';
const THEME = 'freshet.theme';

export interface Settings {
  readonly text: Text;
}

export function createSettings(changed: () => void): Settings {
  let text = createText(initialLanguage());
  applyTheme(recall(THEME, 'browser'));
  applyLanguage(text);
  const choose = (language: Language) => (): void => {
    remember(LANGUAGE, language, 'browser');
    text = createText(language);
    applyLanguage(text);
    changed();
  };
  byId('lang-en').addEventListener('click', choose('en'));
  byId('lang-zh').addEventListener('click', choose('zh'));
  byId('theme').addEventListener('click', () => {
    const next = isDark() ? 'light' : 'dark';
    remember(THEME, next, 'browser');
    applyTheme(next);
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => applyTheme(recall(THEME, 'browser')));
  return {
    get text() {
      return text;
    },
  };
}

function initialLanguage(): Language {
  const stored = recall(LANGUAGE, 'browser');
  if (stored === 'en' || stored === 'zh') return stored;
  return navigator.languages[0]?.toLowerCase().startsWith('zh') === true ? 'zh' : 'en';
}

function isDark(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark';
}

function applyTheme(theme: string | null): void {
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme;
  else delete document.documentElement.dataset['theme'];
  byId('theme').replaceChildren(icon(isDark() ? 'sun' : 'moon'));
}

/** What the HTML itself says: `data-text` for texts, `data-label` for names that are read out. */
function applyLanguage(text: Text): void {
  document.documentElement.lang = languageTag(text.language);
  for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) element.textContent = text.say(element.dataset['text'] as Key);
  for (const element of document.querySelectorAll<HTMLElement>('[data-label]')) element.setAttribute('aria-label', text.say(element.dataset['label'] as Key));
  byId('lang-en').setAttribute('aria-pressed', String(text.language === 'en'));
  byId('lang-zh').setAttribute('aria-pressed', String(text.language === 'zh'));
}
