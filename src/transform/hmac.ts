/**
 * HMAC with SHA-256 (RFC 2104, FIPS 180-4).
 *
 * Web Crypto has it too, but asynchronously, and a change is applied to a data set at once.
 *
 * @module
 */

const BLOCK = 64;
const DIGEST = 32;

/** The first 32 bits of the fractional parts of roots of the first primes: cube roots of 64, square roots of 8. */
const [K, INITIAL] = [fractions(64, Math.cbrt, 3n), fractions(8, Math.sqrt, 2n)];

function fractions(count: number, root: (prime: number) => number, power: bigint): Uint32Array {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) prime &&= candidate % divisor !== 0;
    if (prime) found.push(fraction(BigInt(candidate), root(candidate), power));
  }
  return Uint32Array.from(found);
}

/** The low 32 bits of the largest integer whose power is at most the prime, moved by 32 bits. */
function fraction(prime: bigint, root: number, power: bigint): number {
  const moved = prime << (32n * power);
  let value = BigInt(Math.floor(root * 2 ** 32));
  while (value ** power > moved) value--;
  while ((value + 1n) ** power <= moved) value++;
  return Number(value & 0xffff_ffffn);
}

/** A SHA-256 that takes bytes piece by piece. */
class Sha256 {
  readonly #state: Uint32Array;
  readonly #block = new Uint8Array(BLOCK);
  readonly #words = new Uint32Array(BLOCK);
  #length: number;

  /** At the beginning, or where another one is. It has to be at the end of a block there. */
  constructor(from?: Sha256) {
    this.#state = (from === undefined ? INITIAL : from.#state).slice();
    this.#length = from === undefined ? 0 : from.#length;
  }

  update(bytes: Uint8Array): this {
    for (let at = 0; at < bytes.length;) {
      const filled = this.#length % BLOCK;
      const part = bytes.subarray(at, at + BLOCK - filled);
      this.#block.set(part, filled);
      this.#length += part.length;
      at += part.length;
      if (this.#length % BLOCK === 0) this.#compress();
    }
    return this;
  }

  digest(): Uint8Array<ArrayBuffer> {
    const length = this.#length;
    const padding = new Uint8Array(BLOCK + 8 - (length + 8) % BLOCK);
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(length / 2 ** 29));
    view.setUint32(padding.length - 4, length * 8 >>> 0);
    this.update(padding);
    const digest = new Uint8Array(DIGEST);
    const out = new DataView(digest.buffer);
    this.#state.forEach((word, index) => out.setUint32(4 * index, word));
    return digest;
  }

  #compress(): void {
    const words = this.#words;
    const view = new DataView(this.#block.buffer);
    for (let t = 0; t < 16; t++) words[t] = view.getUint32(4 * t);
    for (let t = 16; t < BLOCK; t++) {
      const [early, late] = [words[t - 15]!, words[t - 2]!];
      const first = rotate(early, 7) ^ rotate(early, 18) ^ early >>> 3;
      const second = rotate(late, 17) ^ rotate(late, 19) ^ late >>> 10;
      words[t] = words[t - 16]! + first + words[t - 7]! + second;
    }
    let [a, b, c, d, e, f, g, h] = this.#state as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    for (let t = 0; t < BLOCK; t++) {
      const mixed = (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (e & f ^ ~e & g);
      const one = h + mixed + K[t]! + words[t]! | 0;
      const two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + (a & b ^ a & c ^ b & c) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, d + one | 0, c, b, a, one + two | 0];
    }
    for (const [index, value] of [a, b, c, d, e, f, g, h].entries()) this.#state[index]! += value;
  }
}

function rotate(word: number, count: number): number {
  return word >>> count | word << 32 - count;
}

/** HMAC-SHA-256 under one key; what depends on the key alone is computed once. */
export class Hmac {
  readonly #inner: Sha256;
  readonly #outer: Sha256;

  /** Under a key of any length. */
  constructor(key: Uint8Array) {
    const short = key.length > BLOCK ? new Sha256().update(key).digest() : key;
    const pad = (byte: number) => Uint8Array.from({ length: BLOCK }, (_, index) => (short[index] ?? 0) ^ byte);
    this.#inner = new Sha256().update(pad(0x36));
    this.#outer = new Sha256().update(pad(0x5c));
  }

  /** The 32 bytes of the code of a message. */
  digest(message: Uint8Array): Uint8Array<ArrayBuffer> {
    return new Sha256(this.#outer).update(new Sha256(this.#inner).update(message).digest()).digest();
  }
}
