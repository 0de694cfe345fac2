import { describe, expect, it } from 'vitest';
import { resolveSettings } from 'freshet/cli/configuration';
import { SETTINGS } from 'freshet/cli/settings';
import { UsageError } from '@freshet/shared/errors';

describe('settings', () => {
  it('have their defaults when nothing is said', () => {
    const settings = resolveSettings({}, {});
    expect(settings).toMatchObject({ port: 8080, host: '127.0.0.1', dim: 64, negatives: 256, demo: 'on', databaseUrl: undefined });
    expect(Object.keys(settings).sort()).toEqual(Object.keys(SETTINGS).sort());
  });

  it('come from the environment, and an option beats it', () => {
    expect(resolveSettings({}, { FRESHET_PORT: '9000' }).port).toBe(9_000);
    expect(resolveSettings({ port: '9001' }, { FRESHET_PORT: '9000' }).port).toBe(9_001);
    expect(resolveSettings({}, { FRESHET_PORT: '' }).port).toBe(8_080);
  });

  it.each([
    [{ port: 'eighty' }, {}, /--port must be a whole number from 0 to 65535, not “eighty”/],
    [{ dim: '65' }, {}, /--dim must be a multiple of 16 from 16 to 512, not “65”/],
    [{}, { FRESHET_NEGATIVES: '6' }, /FRESHET_NEGATIVES must be a multiple of 4/],
    [{ demo: 'maybe' }, {}, /--demo must be one of on, off/],
    [{ dataDir: ' ' }, {}, /--data-dir must not be empty/],
  ])('that can’t be used name where they came from', (options, environment, sentence) => {
    expect(() => resolveSettings(options, environment)).toThrow(sentence);
    expect(() => resolveSettings(options, environment)).toThrow(UsageError);
  });
});
