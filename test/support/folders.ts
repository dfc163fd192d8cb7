/**
 * Folders of tests.
 *
 * @module
 */

/** A temporary folder that is removed, with all that is in it, when it is disposed of. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = Deno.makeTempDirSync({ prefix: "gantry-test-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

/** Paths of all files below a folder, relative to it, sorted; none when it is not there. */
export function filesBelow(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
      isDirectory ? filesBelow(`${folder}/${name}`).map((path) => `${name}/${path}`) : [name]
    ).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
