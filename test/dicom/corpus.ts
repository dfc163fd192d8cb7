/** Real DICOM files, where they are present. */

const ROOT = Deno.env.get("GANTRY_CORPUS") ?? new URL("../../../shared/corpus", import.meta.url).pathname;

/** Whether the corpus is there; tests that need it are ignored, visibly, when it isn't. */
export const corpusIsThere = exists(ROOT);

/** The path of a file in it. */
export function corpusPath(name: string): string {
  return `${ROOT}/${name}`;
}

/** The names of all DICOM files in it. */
export function corpusFiles(folder = ""): string[] {
  const names: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(`${ROOT}/${folder}`)) {
    if (isDirectory) names.push(...corpusFiles(`${folder}${name}/`));
    else if (!/\.(json|dump|md|txt)$|^README/.test(name)) names.push(folder + name);
  }
  return names.sort();
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
