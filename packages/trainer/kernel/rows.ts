/** Sums, products and moves of rows that lie scattered over the tables: addresses of 16-byte aligned vectors of `rowBytes`. */
import { hsum, hsum4, madd, nmadd } from '../../shared/kernel/vector';
import { rowBytes } from './memory';

/** out = Σ_i a_i · row_i + b · out for n rows; a block of 16 floats stays in registers while i runs. */
export function sumRows(a: usize, addresses: usize, n: u32, b: f32, out: usize): void {
  const b4 = f32x4.splat(b);
  for (let o: usize = 0; o < rowBytes; o += 64) {
    const to = out + o;
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    if (b != 0) {
      s0 = f32x4.mul(b4, v128.load(to));
      s1 = f32x4.mul(b4, v128.load(to, 16));
      s2 = f32x4.mul(b4, v128.load(to, 32));
      s3 = f32x4.mul(b4, v128.load(to, 48));
    }
    for (let i: u32 = 0; i < n << 2; i += 4) {
      const c = v128.load32_splat(a + i);
      const row = <usize>load<u32>(addresses + i) + o;
      s0 = madd(c, v128.load(row), s0);
      s1 = madd(c, v128.load(row, 16), s1);
      s2 = madd(c, v128.load(row, 32), s2);
      s3 = madd(c, v128.load(row, 48), s3);
    }
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
  }
}

/** out_i = x · row_i for n rows. */
export function dotRows(x: usize, addresses: usize, n: u32, out: usize): void {
  let i: u32 = 0;
  for (; i + 4 <= n; i += 4) {
    const at = addresses + (i << 2);
    const r0 = <usize>load<u32>(at);
    const r1 = <usize>load<u32>(at, 4);
    const r2 = <usize>load<u32>(at, 8);
    const r3 = <usize>load<u32>(at, 12);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let o: usize = 0; o < rowBytes; o += 16) {
      const h = v128.load(x + o);
      s0 = madd(h, v128.load(r0 + o), s0);
      s1 = madd(h, v128.load(r1 + o), s1);
      s2 = madd(h, v128.load(r2 + o), s2);
      s3 = madd(h, v128.load(r3 + o), s3);
    }
    v128.store(out + (i << 2), hsum4(s0, s1, s2, s3));
  }
  for (; i < n; i++) {
    const row = <usize>load<u32>(addresses + (i << 2));
    let s = f32x4.splat(0);
    for (let o: usize = 0; o < rowBytes; o += 16) s = madd(v128.load(x + o), v128.load(row + o), s);
    store<f32>(out + (i << 2), hsum(s));
  }
}

/** What `measureFour` has found: a function returns one value only. */
export let products4: v128 = f32x4.splat(0);
export let squares4: v128 = f32x4.splat(0);

/** x · row and |row|² of four rows. */
// @ts-ignore: decorator
@inline
export function measureFour(x: usize, r0: usize, r1: usize, r2: usize, r3: usize): void {
  let p0 = f32x4.splat(0);
  let p1 = p0;
  let p2 = p0;
  let p3 = p0;
  let q0 = p0;
  let q1 = p0;
  let q2 = p0;
  let q3 = p0;
  for (let o: usize = 0; o < rowBytes; o += 16) {
    const h = v128.load(x + o);
    let e = v128.load(r0 + o);
    p0 = madd(h, e, p0);
    q0 = madd(e, e, q0);
    e = v128.load(r1 + o);
    p1 = madd(h, e, p1);
    q1 = madd(e, e, q1);
    e = v128.load(r2 + o);
    p2 = madd(h, e, p2);
    q2 = madd(e, e, q2);
    e = v128.load(r3 + o);
    p3 = madd(h, e, p3);
    q3 = madd(e, e, q3);
  }
  products4 = hsum4(p0, p1, p2, p3);
  squares4 = hsum4(q0, q1, q2, q3);
}

/** x · row_i and |row_i|² for n rows; writes up to the next multiple of four. */
export function measureRows(x: usize, addresses: usize, n: u32, products: usize, squares: usize): void {
  for (let i: u32 = 0; i < n << 2; i += 16) {
    const at = addresses + i;
    const first = <usize>load<u32>(at);
    const second = i + 4 < n << 2 ? <usize>load<u32>(at, 4) : first;
    const third = i + 8 < n << 2 ? <usize>load<u32>(at, 8) : first;
    const fourth = i + 12 < n << 2 ? <usize>load<u32>(at, 12) : first;
    measureFour(x, first, second, third, fourth);
    v128.store(products + i, products4);
    v128.store(squares + i, squares4);
  }
}

/** row = a · row − s · x − r · y. */
// @ts-ignore: decorator
@inline
export function moveRow(row: usize, a: f32, s: f32, x: usize, r: f32, y: usize): void {
  const a4 = f32x4.splat(a);
  const s4 = f32x4.splat(s);
  const r4 = f32x4.splat(r);
  for (let o: usize = 0; o < rowBytes; o += 16) {
    const scored = nmadd(s4, v128.load(x + o), f32x4.mul(a4, v128.load(row + o)));
    v128.store(row + o, nmadd(r4, v128.load(y + o), scored));
  }
}

/** row = row − r · y. */
// @ts-ignore: decorator
@inline
export function drawRow(row: usize, r: f32, y: usize): void {
  const r4 = f32x4.splat(r);
  for (let o: usize = 0; o < rowBytes; o += 16) v128.store(row + o, nmadd(r4, v128.load(y + o), v128.load(row + o)));
}

/** row = a · row − s · x. */
// @ts-ignore: decorator
@inline
export function turnRow(row: usize, a: f32, s: f32, x: usize): void {
  const a4 = f32x4.splat(a);
  const s4 = f32x4.splat(s);
  for (let o: usize = 0; o < rowBytes; o += 16) v128.store(row + o, nmadd(s4, v128.load(x + o), f32x4.mul(a4, v128.load(row + o))));
}
