import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resolveConfiguration } from 'freshet/cli/configuration';
import { filesIn } from 'freshet/cli/files';
import { describeConfiguration, showConfiguration } from 'freshet/cli/print-config';
import { SETTING_NAMES } from 'freshet/cli/settings';

const roots: string[] = [];
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});

interface Given {
  readonly options?: Record<string, unknown>;
  readonly environment?: Record<string, string>;
  /** Name → text, in the working directory. */
  readonly files?: Record<string, string | Buffer>;
}

function resolve({ options = {}, environment = {}, files = {} }: Given) {
  const root = mkdtempSync(join(tmpdir(), 'freshet-config-'));
  roots.push(root);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  return resolveConfiguration({ options, environment, files: filesIn(root) });
}

describe('the configuration', () => {
  it('takes an option before the environment, that before the file, that before the default, and says which', () => {
    const files = { 'freshet.yaml': '# the shop\nport: 1\ndim: 32\nthreads: 2\n' };
    const { settings, origins, file } = resolve({ options: { port: '3' }, environment: { FRESHET_PORT: '2', FRESHET_DIM: '48' }, files });
    expect(settings).toMatchObject({ port: 3, dim: 48, threads: 2, negatives: 256 });
    expect(origins).toMatchObject({
      port: { from: 'option', name: '--port' },
      dim: { from: 'environment', name: 'FRESHET_DIM' },
      threads: { from: 'file', name: 'freshet.yaml', line: 4 },
      negatives: { from: 'default' },
    });
    expect(file).toBe('freshet.yaml');
  });

  it('reads YAML and JSON alike', () => {
    const expected = { port: 9_000, allowedHosts: ['shop.example'], eventTypes: { wishlist: 0.5 }, demo: 'off', dataDir: '/var/lib/shop' };
    const yaml = 'port: 9000\nallowed_hosts: [shop.example]\nevent_types:\n  wishlist: 0.5\ndemo: false\ndata_dir: /var/lib/shop\n';
    const json = '\uFEFF{\n\t"port": "9000",\n\t"allowed_hosts": "shop.example",\n\t"event_types": {"wishlist": 0.5},\n\t"demo": "off",\n\t"data_dir": "/var/lib/shop"\n}\n';
    expect(resolve({ files: { 'freshet.yaml': yaml } }).settings).toMatchObject(expected);
    expect(resolve({ files: { 'freshet.yml': yaml } }).settings).toMatchObject(expected);
    expect(resolve({ files: { 'freshet.json': json } }).settings).toMatchObject(expected);
    expect(resolve({ options: { config: 'shop.conf' }, files: { 'shop.conf': json } }).settings).toMatchObject(expected);
    expect(resolve({ environment: { FRESHET_CONFIG: 'shop.conf' }, files: { 'shop.conf': yaml, 'freshet.yaml': 'nonsense: 1' } }).settings).toMatchObject(expected);
  });

  it.each(['', '# nothing yet\n', 'null\n', '---\n', '{}'])('an empty file is no settings: %j', (text) => {
    expect(resolve({ files: { 'freshet.yaml': text } }).origins.port).toEqual({ from: 'default' });
  });

  it.each([
    ['port: 1\nmax_itmes: 5\n', /^freshet.yaml line 2: max_itmes is no setting; did you mean “max_items”\?$/],
    ['maxItems: 5', /line 1: maxItems is no setting; did you mean “max_items”\?/],
    ['zebra: 5', /line 1: zebra is no setting$/],
    ['__proto__: 5', /line 1: __proto__ is no setting$/],
    ['constructor: 5', /line 1: constructor is no setting$/],
    ['config: other.yaml', /config is no setting/],
    ['port: 1\ndim: 32\nport: 2', /^freshet.yaml line 3: this key stands there twice$/],
    ['port: true', /^freshet.yaml line 1: port must be a whole number from 0 to 65535, not “true”$/],
    ['port: 80.5', /port must be a whole number .*, not “80.5”/],
    ['port: 99999999999999999999', /not “99999999999999999999”/],
    ['port: [1]', /port must be a whole number from 0 to 65535, not a list/],
    ['port: {a: 1}', /port must be .*, not a map/],
    ['port:', /port has no value/],
    ['port: ~', /port has no value/],
    ['dim: &d 32\nnegatives: *d', /line 2: negatives must be written out, not an alias/],
    ['demo: 5', /demo must be one of on, off, not “5”/],
    ['allowed_hosts: [1, 2]', /allowed_hosts must be a list of texts/],
    ['event_types: {wishlist: much}', /event_types must be a map of names to numbers/],
    ['event_types: {wishlist: 0}', /line 1: event_types: custom event type "wishlist" has weight 0/],
    ['event_types: [wishlist]', /event_types must be names with weights .*, not a list/],
    ['data_dir: "a\\0b"', /data_dir must not have control characters/],
    ['- port: 1', /line 1: the file must be a map of settings/],
    ['just text', /the file must be a map of settings/],
    ['port: 1\n  dim: 2', /^freshet.yaml line 1: Nested mappings|settings can't be used/],
    ['a: "unclosed', /line 1: /],
    ['--- \nport: 1\n---\ndim: 32', /line 3: .*multiple documents/],
    ['port: !!python/object 1', /line 1: Unresolved tag/],
    [Buffer.from([0x70, 0x6f, 0xff, 0xfe]), /^the configuration file freshet.yaml can't be read: it is not UTF-8$/],
    ['x'.repeat(1_100_000), /larger than 1 MiB/],
  ])('names the line of what it can’t use: %j', (text, sentence) => {
    expect(() => resolve({ files: { 'freshet.yaml': text } })).toThrow(sentence);
  });

  it('refuses a named file that is not there, and two standard ones', () => {
    expect(() => resolve({ options: { config: 'shop.yaml' } })).toThrow(/^the configuration file shop.yaml can't be read: there is no such file$/);
    expect(() => resolve({ environment: { FRESHET_CONFIG: '.' } })).toThrow(/it is a directory/);
    expect(() => resolve({ files: { 'freshet.yaml': '', 'freshet.json': '{}' } })).toThrow(/freshet.yaml and freshet.json are both here/);
  });

  it('reads secrets from files', () => {
    const { settings, origins } = resolve({ environment: { DATABASE_URL_FILE: 'db', QUEUE_URL_FILE: '' }, files: { db: 'postgresql://ada:pw@db/x\n' } });
    expect(settings).toMatchObject({ databaseUrl: 'postgresql://ada:pw@db/x', queueUrl: undefined });
    expect(origins.databaseUrl).toEqual({ from: 'environment', name: 'DATABASE_URL_FILE' });
    const both = { DATABASE_URL: 'postgresql://a', DATABASE_URL_FILE: 'db' };
    expect(() => resolve({ environment: both, files: { db: 'postgresql://b' } })).toThrow(/DATABASE_URL and DATABASE_URL_FILE are both set/);
    expect(() => resolve({ environment: { DATABASE_URL_FILE: 'nowhere' } })).toThrow(/DATABASE_URL_FILE names nowhere, which can't be read: there is no such file/);
    expect(() => resolve({ environment: { QUEUE_URL_FILE: 'q' }, files: { q: ' \n' } })).toThrow(/QUEUE_URL_FILE names q, which is empty/);
    expect(() => resolve({ environment: { QUEUE_URL_FILE: 'q' }, files: { q: 'a\nb' } })).toThrow(/more than one line/);
    expect(() => resolve({ environment: { QUEUE_URL_FILE: 'q' }, files: { q: 'http://ada:pw@redis' } })).toThrow(/QUEUE_URL_FILE must be .*, not “http:\/\/ada:\[hidden\]@redis”/);
  });

  it('leaves alone what Kubernetes sets for a service of this name', () => {
    const environment = {
      FRESHET_PORT: 'tcp://10.0.0.1:8080', FRESHET_PORT_8080_TCP: 'tcp://10.0.0.1:8080', FRESHET_PORT_8080_TCP_ADDR: '10.0.0.1', FRESHET_SERVICE_HOST: '10.0.0.1',
      FRESHET_SERVICE_PORT: '8080', FRESHET_SERVICE_PORT_HTTP: '8080', FRESHET_SERVING_SERVICE_HOST: '10.0.0.2', FRESHET_SERVING_PORT: 'tcp://10.0.0.2:8083',
    };
    expect(resolve({ environment }).origins.port).toEqual({ from: 'default' });
    expect(() => resolve({ environment: { ...environment, FRESHET_SERVICE: 'x' } })).toThrow(/FRESHET_SERVICE is no setting/);
  });
});

describe('the printed configuration', () => {
  it('can be used as a configuration file again, and hides passwords', () => {
    const given = { options: { allowedHosts: 'shop.example,*', eventTypes: 'wishlist=0.5' }, environment: { DATABASE_URL: 'postgresql://ada:pw@db/x', FRESHET_PORT: '9000', FRESHET_HOST: '::1' } };
    const first = resolve({ ...given, files: { 'freshet.yaml': 'log_level: warn' } });
    const text = describeConfiguration(showConfiguration(first, SETTING_NAMES));
    expect(text).not.toContain('pw@');
    const again = resolve({ files: { 'freshet.yaml': text } });
    expect(again.settings).toEqual({ ...first.settings, databaseUrl: 'postgresql://ada:[hidden]@db/x' });
    expect(text).toMatch(/^# configuration file freshet.yaml\n/);
    expect(text).toMatch(/^port: 9000 +# environment FRESHET_PORT$/m);
    expect(text).toMatch(/^allowed_hosts: \["shop.example","\*"\] +# option --allowed-hosts$/m);
    expect(text).toMatch(/^log_level: warn +# freshet.yaml line 1$/m);
    expect(text).toMatch(/^# queue_url: +# default$/m);
  });

  it('has only the settings of the command', () => {
    expect(Object.keys(showConfiguration(resolve({}), ['port', 'databaseUrl']).settings)).toEqual(['database_url', 'port']);
  });
});
