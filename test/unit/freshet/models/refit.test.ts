/** `freshet refit` against a whole serving process in memory: what it asks for where it isn't told. */
import { describe, expect, it } from 'vitest';
import { serve } from '../../serving/support/serving.js';
import { run } from '../cli/world.js';

describe('freshet refit', () => {
  it('leaves to the Freshet that it asks what it isn’t told itself, whatever the settings here are', async () => {
    await using site = await serve({ refit: { epochs: 4, gate: 250 } });
    const asked = async (...words: string[]): Promise<object> => {
      const here = { FRESHET_REFIT_EPOCHS: '9', FRESHET_REFIT_GATE: '9' };
      const { stdout, thrown } = await run(['refit', '--no-wait', '--json', '--url', site.url, ...words], here);
      expect(thrown).toBeUndefined();
      const refit = JSON.parse(stdout) as { readonly id: number };
      await site.refits.end(refit.id, 'failed', { outcome: 'the next one, please' });
      return refit;
    };
    expect(await asked()).toMatchObject({ epochs: 4, gate: 250, reason: 'asked for on the command line' });
    expect(await asked('--epochs', '2')).toMatchObject({ epochs: 2, gate: 250 });
    expect(await asked('--gate', 'off')).toMatchObject({ epochs: 4, gate: 0 });
    expect(await asked('--gate', '0')).toMatchObject({ epochs: 4, gate: 0 });
    expect(await asked('--gate', '40', '--epochs', '3', '--reason', 'a try')).toMatchObject({ epochs: 3, gate: 40, reason: 'a try' });
  });

  it('asks for nothing with numbers that are none', async () => {
    await using site = await serve();
    for (const words of [['--epochs', '0'], ['--epochs', '101'], ['--gate', '0.5'], ['--gate', 'none']]) {
      expect((await run(['refit', '--no-wait', '--url', site.url, ...words])).thrown).toMatchObject({ code: 'argument' });
    }
    expect(await site.refits.list(1)).toEqual([]);
  });
});
