/** Lossless JPEG for tests: every predictor, precision, number of components and restart interval (ITU-T T.81 annex H). */

export interface LosslessImage {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  readonly precision: number;
  readonly predictor: number;
  readonly pointTransform: number;
  /** Rows between restart markers; 0 for none. */
  readonly restartRows: number;
  /** Whether each component has a scan of its own. */
  readonly separate: boolean;
}

class BitWriter {
  readonly bytes: number[] = [];
  #bits = 0;
  #count = 0;

  write(value: number, length: number): void {
    for (let bit = length - 1; bit >= 0; bit--) {
      this.#bits = this.#bits << 1 | value >> bit & 1;
      if (++this.#count === 8) this.#byte();
    }
  }

  flush(): void {
    while (this.#count > 0) this.write(1, 1);
  }

  #byte(): void {
    this.bytes.push(this.#bits);
    if (this.#bits === 0xff) this.bytes.push(0);
    this.#bits = 0;
    this.#count = 0;
  }
}

/** 17 categories: 7 codes of 4 bits, one of 5, and so on to 14 bits, so that short and long codes are met. */
const COUNTS = [0, 0, 0, 7, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0];
const CODES: readonly (readonly [code: number, length: number])[] = (() => {
  const codes: [number, number][] = [];
  let code = 0;
  COUNTS.forEach((count, index) => {
    for (let left = count; left > 0; left--) codes.push([code++, index + 1]);
    code <<= 1;
  });
  return codes;
})();

const segment = (
  marker: number,
  ...data: number[]
) => [0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255, ...data];

/** Encodes samples, pixel by pixel; the bits of the point transform are lost. */
export function encodeLossless(samples: ArrayLike<number>, image: LosslessImage): Uint8Array {
  const { rows, columns, components, precision, predictor, pointTransform, restartRows, separate } = image;
  const all = Array.from({ length: components }, (_, index) => index);
  const out = [0xff, 0xd8];
  const factors = all.flatMap((index) => [index + 1, 0x11, 0]);
  out.push(...segment(0xc3, precision, rows >> 8, rows & 255, columns >> 8, columns & 255, components, ...factors));
  out.push(...segment(0xc4, 0, ...COUNTS, ...CODES.keys()));
  const interval = restartRows * columns;
  if (interval > 0) out.push(...segment(0xdd, interval >> 8, interval & 255));
  for (const scan of separate ? all.map((index) => [index]) : [all]) {
    out.push(...segment(0xda, scan.length, ...scan.flatMap((index) => [index + 1, 0]), predictor, 0, pointTransform));
    const at = (x: number, y: number, component: number) =>
      samples[(y * columns + x) * components + component]! >> pointTransform;
    let writer = new BitWriter();
    let restarts = 0;
    for (let y = 0; y < rows; y++) {
      const isRestart = restartRows > 0 && y > 0 && y % restartRows === 0;
      if (isRestart) {
        writer.flush();
        out.push(...writer.bytes, 0xff, 0xd0 + restarts++ % 8);
        writer = new BitWriter();
      }
      const isFirst = y === 0 || isRestart;
      for (let x = 0; x < columns; x++) {
        for (const component of scan) {
          const [a, b, c] = [at(x - 1, y, component), at(x, y - 1, component), at(x - 1, y - 1, component)];
          const expected = isFirst
            ? (x === 0 ? 1 << precision - pointTransform - 1 : a)
            : x === 0
            ? b
            : [0, a, b, c, a + b - c, a + (b - c >> 1), b + (a - c >> 1), a + b >> 1][predictor]!;
          put(writer, at(x, y, component) - expected & 0xffff);
        }
      }
    }
    writer.flush();
    out.push(...writer.bytes);
  }
  return Uint8Array.of(...out, 0xff, 0xd9);
}

function put(writer: BitWriter, difference: number): void {
  const value = difference > 32768 ? difference - 65536 : difference;
  const length = value === 0 ? 0 : 32 - Math.clz32(Math.abs(value));
  writer.write(...CODES[length]!);
  if (length > 0 && length < 16) writer.write(value < 0 ? value + (1 << length) - 1 : value, length);
}
