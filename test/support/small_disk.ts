/**
 * A disk that is soon full: a file system in memory, where it may be mounted.
 *
 * @module
 */

import { temporaryFolder } from "./folders.ts";
import { run } from "./process.ts";

/** A small disk. Disposing of it takes it away. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** Leaves no room at all. */
  fill(): void;
  /** Leaves as much room as before. */
  clear(): void;
  /** Lets nobody write, or everybody again. */
  readOnly(is: boolean): Promise<void>;
}

/** Mounts one of so many bytes; undefined where that is not permitted. */
export async function smallDisk(bytes: number): Promise<SmallDisk | undefined> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return undefined;
  const folder = temporaryFolder();
  const { path } = folder;
  if ((await run("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "none", path])).code !== 0) {
    folder[Symbol.dispose]();
    return undefined;
  }
  const ballast = `${path}/.ballast`;
  return {
    path,
    fill() {
      using file = Deno.openSync(ballast, { create: true, append: true });
      for (const piece of [65_536, 4_096, 1]) fillBy(file, piece);
    },
    clear: () => Deno.removeSync(ballast),
    async readOnly(is) {
      const { code, stderr } = await run("mount", ["-o", `remount,${is ? "ro" : "rw"}`, path]);
      if (code !== 0) throw new Error(`Cannot mount ${path} anew: ${stderr}`);
    },
    async [Symbol.asyncDispose]() {
      // What is still open there goes with whoever has it open.
      await run("umount", ["-l", path]);
      folder[Symbol.dispose]();
    },
  };
}

function fillBy(file: Deno.FsFile, piece: number): void {
  try {
    for (;;) if (file.writeSync(new Uint8Array(piece)) < piece) return;
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ENOSPC") throw error;
  }
}

/** Whether small disks can be had. */
export async function canMount(): Promise<boolean> {
  const disk = await smallDisk(1_000_000);
  await disk?.[Symbol.asyncDispose]();
  return disk !== undefined;
}
