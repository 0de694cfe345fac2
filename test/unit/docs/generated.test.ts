/** Pages that are made from the program are what the program is now. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseConfigFile } from 'freshet/cli/config-file';
import { keyName, optionName, SETTING_NAMES, variableName } from 'freshet/cli/settings';
import { generatedPages } from '../../../scripts/lib/docs-pages.js';

const read = (page: string): string => readFileSync(fileURLToPath(new URL(`../../../${page}`, import.meta.url)), 'utf8');

describe('generated pages', () => {
  it.each([...generatedPages()])('%s is fresh (if not: npm run docs:generate)', (page, text) => {
    expect(read(page)).toBe(text);
  });

  it('have every setting by all of its names', () => {
    const text = generatedPages().get('docs/CONFIGURATION.md') ?? '';
    for (const name of SETTING_NAMES) expect(text).toContain(`| \`${keyName(name)}\` | \`${optionName(name)}\` | \`${variableName(name)}\` |`);
  });

  it('show a configuration file that can be used', () => {
    const [, example = ''] = /```yaml\n(.*?)```/s.exec(generatedPages().get('docs/CONFIGURATION.md') ?? '') ?? [];
    const { given, problems } = parseConfigFile(example, 'freshet.yaml');
    expect(problems).toEqual([]);
    expect(given.size).toBeGreaterThan(3);
  });
});
