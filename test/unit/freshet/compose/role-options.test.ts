/** The settings as each service takes them. */
import { resolveSettings } from 'freshet/cli/configuration';
import { servingOptions, trainerOptions } from 'freshet/compose/role-options';
import { describe, expect, it } from 'vitest';

describe('what a refit takes where nobody says', () => {
  it('is the same for the trainer, which asks by the clock, and for serving, which is asked over REST', () => {
    for (const [environment, options] of [
      [{}, { epochs: 1, gate: 1_000 }],
      [{ FRESHET_REFIT_EPOCHS: '4', FRESHET_REFIT_GATE: '0' }, { epochs: 4, gate: 0 }],
    ] as const) {
      const settings = resolveSettings({}, environment);
      expect(servingOptions(settings).refit).toEqual(options);
      expect(trainerOptions(settings).refit.options).toEqual(options);
    }
  });
});
