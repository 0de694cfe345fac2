/**
 * What native TensorFlow is made of: the wheels with their hashes, what is taken from them, how the addon is compiled. Data
 * and pure functions; nothing is run here.
 *
 * 1. Wheels are named, never located: pip asks the index that it is configured for, and refuses a file whose SHA-256 isn't the one below.
 */
const TENSORFLOW_VERSION = '2.18.1';
/** Says which recipe the folder `deps/` was made by; another one than these is made anew. */
const RECIPE = 1;
export const STAMP = 'freshet.json';

interface Wheel {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

const CPU: Wheel = { name: 'tensorflow-cpu', version: TENSORFLOW_VERSION, sha256: '810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298' };
const GPU: Wheel = { name: 'tensorflow', version: TENSORFLOW_VERSION, sha256: 'c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828' };

/** CUDA 12.5 and cuDNN 9.3, as the GPU build of TensorFlow 2.18.1 names them. */
const CUDA: readonly Wheel[] = [
  { name: 'nvidia-cublas-cu12', version: '12.5.3.2', sha256: 'ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b' },
  { name: 'nvidia-cuda-cupti-cu12', version: '12.5.82', sha256: 'bde77a5feb66752ec61db2adfe47f56b941842825b4c7e2068aff27c9d107953' },
  { name: 'nvidia-cuda-nvcc-cu12', version: '12.5.82', sha256: 'b03e545b8e8c3ce7ebcd7fc44063180ff52ff01d064ece2127ed90a04ef12cd0' },
  { name: 'nvidia-cuda-nvrtc-cu12', version: '12.5.82', sha256: '3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd' },
  { name: 'nvidia-cuda-runtime-cu12', version: '12.5.82', sha256: '3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115' },
  { name: 'nvidia-cudnn-cu12', version: '9.3.0.75', sha256: '9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d' },
  { name: 'nvidia-cufft-cu12', version: '11.2.3.61', sha256: '9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8' },
  { name: 'nvidia-curand-cu12', version: '10.3.6.82', sha256: '2823fb27de4e44dbb22394a6adf53aa6e1b013aca0f8c22867d1cfae58405536' },
  { name: 'nvidia-cusolver-cu12', version: '11.6.3.83', sha256: '93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b' },
  { name: 'nvidia-cusparse-cu12', version: '12.5.1.3', sha256: '016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752' },
  { name: 'nvidia-nccl-cu12', version: '2.21.5', sha256: '8579076d30a8c24988834445f8d633c697d42397e92ffc3f63fa26766d25e0a0' },
  { name: 'nvidia-nvjitlink-cu12', version: '12.5.82', sha256: 'f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212' },
];

/** The wheel's own platform and Python; ours may be any, because nothing of it is run. */
const PLATFORM = ['--only-binary=:all:', '--no-deps', '--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--abi', 'none', '--platform', 'manylinux_2_17_x86_64', '--platform', 'manylinux2014_x86_64'];

export interface Recipe {
  readonly gpu: boolean;
  /** For `pip download`, one line a wheel with its hash. */
  readonly requirements: string;
  readonly wheels: number;
  /** What is downloaded, and what must be free while it is unpacked. */
  readonly downloadBytes: number;
  readonly diskBytes: number;
  readonly stamp: string;
}

export function recipeFor(gpu: boolean): Recipe {
  const wheels = gpu ? [GPU, ...CUDA] : [CPU];
  return {
    gpu,
    requirements: wheels.map(({ name, version, sha256 }) => `${name}==${version} --hash=sha256:${sha256}\n`).join(''),
    wheels: wheels.length,
    downloadBytes: gpu ? 2.2e9 : 0.23e9,
    diskBytes: gpu ? 6.5e9 : 1e9,
    stamp: `${JSON.stringify({ recipe: RECIPE, tensorflow: TENSORFLOW_VERSION, gpu })}\n`,
  };
}

/** The recipe that a stamp stands for; undefined for none, or one of another release. */
export function recipeOf(stamp: string | undefined): Recipe | undefined {
  return [false, true].map(recipeFor).find((recipe) => recipe.stamp === stamp);
}

export function pipDownload(requirementsFile: string, into: string): readonly string[] {
  return ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-input', '--require-hashes', ...PLATFORM, '--dest', into, '--requirement', requirementsFile];
}

/**
 * Python program: `WHEELS INTO` takes from each wheel what is needed, and compares every file with the hash that the wheel's RECORD has.
 * Libraries land in lib/ and nvidia/, where they find one another (RUNPATH $ORIGIN/../nvidia/…/lib), headers in include/.
 */
export const UNPACK = `
import base64, csv, glob, hashlib, io, os, sys, zipfile
HEADERS = ('tensorflow/c/', 'tensorflow/core/platform/ctstring', 'tsl/platform/ctstring', 'tsl/c/', 'xla/tsl/c/')
LIBRARIES = ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2', 'tensorflow/THIRD_PARTY_NOTICES.txt')
def place(name):
    if name in LIBRARIES: return 'lib/' + os.path.basename(name)
    inner = name[len('tensorflow/include/'):] if name.startswith('tensorflow/include/') else ''
    if inner.startswith(HEADERS) and inner.endswith('.h'): return 'include/' + inner
    if name.startswith('nvidia/') and '..' not in name.split('/'): return name
taken = 0
for wheel in sorted(glob.glob(os.path.join(sys.argv[1], '*.whl'))):
    archive = zipfile.ZipFile(wheel)
    record = next(n for n in archive.namelist() if n.endswith('.dist-info/RECORD'))
    for name, digest, _ in csv.reader(io.TextIOWrapper(archive.open(record), 'utf-8')):
        target = None if name.endswith('/') else place(name)
        if target is None: continue
        target = os.path.join(sys.argv[2], target)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        found = hashlib.sha256()
        with archive.open(name) as source, open(target, 'wb') as out:
            for block in iter(lambda: source.read(1 << 20), b''):
                found.update(block)
                out.write(block)
        want = 'sha256=' + base64.urlsafe_b64encode(found.digest()).rstrip(b'=').decode()
        if digest != want: sys.exit(f'{name} of {os.path.basename(wheel)} is not what the wheel says: {want}, not {digest}')
        taken += 1
    os.remove(wheel)
if taken < 3: sys.exit('the wheels do not hold the libraries of TensorFlow')
`;

export interface Compilation {
  /** The package's folder, with `binding/`. */
  readonly folder: string;
  /** Has `node_api.h`. */
  readonly nodeHeaders: string;
  /** Has `lib/` and `include/`. */
  readonly deps: string;
  readonly output: string;
}

/** The addon names the libraries by their own sonames and finds them from where it will lie, lib/napi-v8. */
export function compileArguments({ folder, nodeHeaders, deps, output }: Compilation): readonly string[] {
  const defines = ['-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=tfjs_binding', '-DBUILDING_NODE_EXTENSION'];
  const includes = [nodeHeaders, folder, `${deps}/include`].map((dir) => `-I${dir}`);
  const sources = ['tfjs_backend', 'tfjs_binding'].map((name) => `${folder}/binding/${name}.cc`);
  const link = [`-L${deps}/lib`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', '-Wl,-rpath,$ORIGIN/../../deps/lib'];
  return ['-std=c++17', '-O2', '-shared', '-fPIC', ...defines, ...includes, ...sources, ...link, '-o', output];
}
