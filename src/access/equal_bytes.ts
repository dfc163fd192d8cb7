/**
 * Comparing secrets.
 *
 * @module
 */

/** Whether both are the same. Takes as long wherever the first difference is: the time tells nothing about a secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
