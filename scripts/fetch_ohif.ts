/**
 * Fetches OHIF, the viewer that tests open: `deno task fetch:ohif`. Its package is no dependency, since it has 48 MB. It goes
 * into a folder that all checkouts share, and stays there.
 *
 * @module
 */

/** The version that is tested. */
export const OHIF_VERSION = "3.13.2";

/** Where its built files are once they were fetched. */
export function ohifFolder(): string {
  return `${packageFolder()}/package/dist`;
}

function packageFolder(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
  return `${cache}/gantry/ohif-${OHIF_VERSION}`;
}

/** Whether it has been fetched. */
export function hasOhif(): boolean {
  try {
    return Deno.statSync(`${ohifFolder()}/index.html`).isFile;
  } catch {
    return false;
  }
}

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { success } = await new Deno.Command(command, { args: [...args], cwd, stdout: "null" }).spawn().status;
  if (!success) throw new Error(`Cannot fetch OHIF: ${command} ${args.join(" ")} failed`);
}

if (import.meta.main && !hasOhif()) {
  const folder = packageFolder();
  // Who is interrupted leaves nothing that looks whole.
  const part = await Deno.makeTempDir({ prefix: "ohif-" });
  try {
    await run("npm", ["pack", "--silent", `@ohif/app@${OHIF_VERSION}`], part);
    const [tarball] = [...Deno.readDirSync(part)].map(({ name }) => name);
    await Deno.mkdir(folder, { recursive: true });
    await run("tar", ["-xzf", `${part}/${tarball}`], folder);
  } finally {
    await Deno.remove(part, { recursive: true });
  }
}
if (import.meta.main) console.log(ohifFolder());
