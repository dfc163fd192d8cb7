import assert from "node:assert/strict";
import { folderProblem } from "../../src/hosts/file_archive.ts";

Deno.test("folderProblem() names the file at fault where it isn't the folder itself, and what to do", async () => {
  const denied = Object.assign(new Error("Permission denied (os error 13): open 'data/lock'"), { code: "EACCES" });
  assert.match(
    await folderProblem("data", denied, "EACCES"),
    /^Cannot use the folder data for instances as .*: permission denied \(data\/lock\); let that user write there, or name/,
  );
  const full = Object.assign(new Error("ENOSPC: no space left on device, mkdir 'data'"), {
    code: "ENOSPC",
    path: "data",
  });
  assert.match(await folderProblem("data", full, "ENOSPC"), /: no space left on device; make room, or name another/);
});
