import { compileArguments, pipDownload, recipeFor, recipeOf } from 'freshet/setup-tensorflow/recipe';
import { describe, expect, it } from 'vitest';

describe('the recipe', () => {
  it('names every wheel with its version and its hash, and no host', () => {
    for (const gpu of [false, true]) {
      const { requirements, wheels } = recipeFor(gpu);
      const lines = requirements.trim().split('\n');
      expect(lines).toHaveLength(wheels);
      for (const line of lines) expect(line).toMatch(/^[a-z0-9-]+==[\d.]+ --hash=sha256:[0-9a-f]{64}$/);
    }
    expect(pipDownload('requirements.txt', 'into').join(' ')).not.toMatch(/https?:|index-url/);
    expect(pipDownload('requirements.txt', 'into')).toContain('--require-hashes');
  });

  it('takes the build without CUDA for the CPU, and CUDA’s libraries for a GPU', () => {
    expect(recipeFor(false).requirements).toMatch(/^tensorflow-cpu==/);
    expect(recipeFor(true).requirements).toMatch(/^tensorflow==.*\nnvidia-cublas/);
  });

  it('is known again by its stamp, and another one’s stamp isn’t', () => {
    expect(recipeOf(recipeFor(false).stamp)?.gpu).toBe(false);
    expect(recipeOf(recipeFor(true).stamp)?.gpu).toBe(true);
    expect(recipeOf(undefined)).toBeUndefined();
    expect(recipeOf('{"recipe":0}')).toBeUndefined();
  });

  it('links the addon to the libraries beside it, wherever the folder lies', () => {
    const words = compileArguments({ folder: '/a b', nodeHeaders: '/include', deps: '/tmp/deps', output: '/tmp/addon.node' });
    expect(words).toEqual(expect.arrayContaining(['-I/include', '-I/tmp/deps/include', '/a b/binding/tfjs_backend.cc', '-Wl,-rpath,$ORIGIN/../../deps/lib']));
    expect(words.slice(-2)).toEqual(['-o', '/tmp/addon.node']);
  });
});
