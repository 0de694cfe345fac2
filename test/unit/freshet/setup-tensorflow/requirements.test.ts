import { recipeFor } from 'freshet/setup-tensorflow/recipe';
import { type Facts, missing } from 'freshet/setup-tensorflow/requirements';
import { describe, expect, it } from 'vitest';

const complete: Facts = {
  platform: 'linux x64', glibc: '2.36', folder: '/app/tfjs', writable: true, freeBytes: 50e9, pip: true, nodeHeaders: '/usr/include/node',
  compiler: { name: 'g++', works: true }, python: { name: 'python3', works: true },
};
const lacks = (facts: Partial<Facts>, gpu = false) => missing({ ...complete, ...facts }, recipeFor(gpu));

describe('what native TensorFlow needs', () => {
  it('is there on a machine that has it all', () => {
    expect(lacks({})).toEqual([]);
    expect(lacks({}, true)).toEqual([]);
  });

  it('is named all at once, with what to do', () => {
    const bare = lacks({ freeBytes: 5e8, pip: false, nodeHeaders: undefined, compiler: { name: 'c++-99', works: false }, python: { name: 'py', works: false } });
    expect(bare).toHaveLength(4);
    expect(bare.join('\n')).toMatch(/1\.0 GB free.*0\.5 GB\n.*`c\+\+-99` doesn’t run \(apt-get install g\+\+.*CXX.*\n.*`py`.*PYTHON.*\n.*node_api\.h/);
  });

  it.each([
    [{ pip: false }, /^pip: .*python3-pip/],
    [{ glibc: undefined }, /^glibc 2\.17/],
    [{ glibc: '2.9' }, /^glibc 2\.17/],
    [{ folder: undefined, writable: false, freeBytes: 0 }, /^the package @tensorflow\/tfjs-node-gpu/],
    [{ writable: false }, /^the right to write into \/app\/tfjs/],
  ] as const)('names %o', (facts, sentence) => {
    const [only, ...others] = lacks(facts);
    expect(only).toMatch(sentence);
    expect(others).toEqual([]);
  });

  it('is one sentence where no libraries are published for the machine', () => {
    expect(lacks({ platform: 'darwin arm64', glibc: undefined, pip: false })).toEqual([expect.stringContaining('this is darwin arm64')]);
  });

  it('is more disk space for a GPU', () => {
    expect(lacks({ freeBytes: 3e9 })).toEqual([]);
    expect(lacks({ freeBytes: 3e9 }, true)).toEqual([expect.stringContaining('6.5 GB')]);
  });
});
