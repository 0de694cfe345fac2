import { describe, expect, it } from 'vitest';
import { resolveSettings } from 'freshet/cli/configuration';
import { keyName, optionName, SETTING_NAMES, SETTINGS, settingOf, variableName } from 'freshet/cli/settings';
import { UsageError } from '@freshet/shared/errors';

describe('settings', () => {
  it('have their defaults when nothing is said', () => {
    const settings = resolveSettings({}, {});
    expect(settings).toMatchObject({ port: 8080, host: '127.0.0.1', dim: 64, negatives: 256, demo: 'on', databaseUrl: undefined, allowedHosts: [], eventTypes: {} });
    expect(Object.keys(settings).sort()).toEqual(Object.keys(SETTINGS).sort());
  });

  it('come from the environment, and an option beats it', () => {
    expect(resolveSettings({}, { FRESHET_PORT: '9000' }).port).toBe(9_000);
    expect(resolveSettings({ port: '9001' }, { FRESHET_PORT: '9000' }).port).toBe(9_001);
    expect(resolveSettings({}, { FRESHET_PORT: '' }).port).toBe(8_080);
  });

  it('have one name everywhere', () => {
    expect([optionName('maxItems'), variableName('maxItems'), keyName('maxItems')]).toEqual(['--max-items', 'FRESHET_MAX_ITEMS', 'max_items']);
    expect([optionName('databaseUrl'), variableName('databaseUrl'), keyName('databaseUrl')]).toEqual(['--database-url', 'DATABASE_URL', 'database_url']);
    for (const name of [optionName, variableName, keyName]) expect(new Set(SETTING_NAMES.map(name)).size).toBe(SETTING_NAMES.length);
  });

  it.each(SETTING_NAMES.filter((name) => settingOf(name).fallback !== undefined))('%s: its default is a value it accepts', (name) => {
    const { kind, fallback } = settingOf(name);
    expect(kind.parse(kind.format(fallback))).toEqual(fallback);
  });

  it.each([
    [{ port: 'eighty' }, {}, /^--port must be a whole number from 0 to 65535, not “eighty”$/],
    [{ port: '65536' }, {}, /--port must be a whole number from 0 to 65535/],
    [{ port: '-1' }, {}, /--port must be/],
    [{ port: '1e3' }, {}, /--port must be/],
    [{ dim: '65' }, {}, /--dim must be a multiple of 16 from 16 to 512, not “65”/],
    [{}, { FRESHET_NEGATIVES: '6' }, /FRESHET_NEGATIVES must be a multiple of 4/],
    [{ demo: 'maybe' }, {}, /--demo must be one of on, off/],
    [{ dataDir: ' ' }, {}, /--data-dir must not be empty/],
    [{ host: 'localhost:8080' }, {}, /--host must be an address or a name of this machine, without a port/],
    [{ host: 'http://shop' }, {}, /--host must be an address/],
    [{ databaseUrl: 'mysql://db' }, {}, /--database-url must be a URL that begins with postgresql:\/\/, postgres:\/\//],
    [{ databaseUrl: 'postgresql://' }, {}, undefined],
    [{ queueUrl: 'http://redis' }, {}, /--queue-url must be a URL that begins with redis:/],
    [{ url: '127.0.0.1:8080' }, {}, /--url must be a URL that begins with http/],
    [{ url: 'http://ada:pw@shop' }, {}, /--url must be without a user/],
    [{ allowedHosts: 'https://shop.example' }, {}, /--allowed-hosts must be host names without a port/],
    [{ allowedHosts: 'shop.example:80' }, {}, /--allowed-hosts must be/],
    [{ allowedOrigins: 'shop.example' }, {}, /--allowed-origins must be origins such as/],
    [{ allowedOrigins: 'https://shop.example/cart' }, {}, /--allowed-origins must be/],
    [{ allowedOrigins: 'https://shop.example/' }, {}, /--allowed-origins must be/],
    [{ eventTypes: 'wishlist' }, {}, /--event-types must be names with weights/],
    [{ eventTypes: 'wishlist=0' }, {}, /--event-types: custom event type "wishlist" has weight 0/],
    [{ eventTypes: 'wishlist=-1' }, {}, /--event-types must be/],
    [{ eventTypes: 'wishlist=101' }, {}, /at most 100/],
    [{ typeWeights: 'wishlist=2' }, {}, /--type-weights: "wishlist" is no built-in event type/],
    [{ typeWeights: 'search=2' }, {}, /kept and not learned/],
    [{ synonyms: 'mug=' }, {}, /--synonyms: synonyms are single words/],
    [{ synonyms: 'mug,cup' }, {}, /--synonyms: synonyms are groups of 2 to 20 words/],
    [{ typeWeights: 'purchase' }, {}, /--type-weights must be names with weights, such as view=0.5/],
    [{ typeOversampling: '1.5' }, {}, /--type-oversampling must be a number from 0 to 1/],
    [{ eventTypes: 'Wish List=1' }, {}, /--event-types must be/],
    [{ eventTypes: 'view=1' }, {}, /"view" is a built-in type/],
    [{ eventTypes: 'a=1,a=2' }, {}, /has a twice/],
    [{ eventTypes: '__proto__=1' }, {}, /"__proto__" must begin with a lower-case letter|must be/],
    [{ eventTypes: Array.from({ length: 101 }, (_, n) => `t${n}=1`).join(',') }, {}, /101 custom event types; 100 are allowed/],
  ] as const)('that can’t be used name where they came from: %j', (options, environment, sentence) => {
    if (sentence === undefined) return expect(resolveSettings(options, environment)).toBeDefined();
    expect(() => resolveSettings(options, environment)).toThrow(sentence);
    expect(() => resolveSettings(options, environment)).toThrow(UsageError);
  });

  it.each([
    [{ host: '0.0.0.0' }, { host: '0.0.0.0' }],
    [{ host: '::' }, { host: '::' }],
    [{ host: 'shop-1.internal' }, { host: 'shop-1.internal' }],
    [{ allowedHosts: ' shop.example , *,' }, { allowedHosts: ['shop.example', '*'] }],
    [{ allowedHosts: ', ,' }, { allowedHosts: [] }],
    [{ allowedOrigins: 'https://shop.example,http://localhost:3000' }, { allowedOrigins: ['https://shop.example', 'http://localhost:3000'] }],
    [{ synonyms: 'mug=cup, Sofa = couch=settee' }, { synonyms: [['mug', 'cup'], ['Sofa', 'couch', 'settee']] }],
    [{ typeWeights: 'purchase=8,view=0.5' }, { typeWeights: { purchase: 8, view: 0.5 } }],
    [{ eventTypes: 'wishlist=0.5, subscribe = 2' }, { eventTypes: { wishlist: 0.5, subscribe: 2 } }],
    [{ queueUrl: 'memory:' }, { queueUrl: 'memory:' }],
  ])('are read from one text: %j', (options, expected) => {
    expect(resolveSettings(options, {})).toMatchObject(expected);
  });

  it('say everything that is wrong at once, and never a password', () => {
    const attempt = (): unknown => resolveSettings({ port: 'x' }, { FRESHET_DIM: '3', FRESHET_MAX_ITMES: '5', DATABASE_URL: 'mysql://ada:s3:cr@t@db/x' });
    expect(attempt).toThrow(/^4 settings can't be used:\n/);
    expect(attempt).toThrow(/--port must be .*, not “x”/);
    expect(attempt).toThrow(/FRESHET_DIM must be/);
    expect(attempt).toThrow(/FRESHET_MAX_ITMES is no setting; did you mean “FRESHET_MAX_ITEMS”\?/);
    expect(attempt).toThrow(/not “mysql:\/\/ada:\[hidden\]@db\/x”/);
    expect(attempt).not.toThrow(/s3|cr@t/);
  });
});
