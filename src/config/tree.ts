/**
 * Trees of plain values, and ways into them.
 *
 * @module
 */

/** A way into a tree: keys of mappings and indices of lists. */
export type Path = readonly PropertyKey[];

/** A path as people write it, such as `routes[0].when`. */
export function keyPathOf(path: Path): string {
  return path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join("").slice(1);
}

/** Whether a value has keys. */
export function isMapping(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What stands at a path; undefined when nothing does. */
export function at(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>((node, key) => {
    const inside = typeof node === "object" && node !== null && Object.hasOwn(node, key);
    return inside ? (node as Record<PropertyKey, unknown>)[key] : undefined;
  }, tree);
}

/** Puts a value at a path and makes the mappings on the way; does nothing where something else is in it. */
export function setAt(tree: unknown, path: readonly string[], value: unknown): void {
  const [key = "", ...rest] = path;
  if (!isMapping(tree)) return;
  if (rest.length === 0) tree[key] = value;
  else setAt(tree[key] ??= {}, rest, value);
}

/** Freezes a tree, all of it. */
export function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
