import assert from "node:assert/strict";
import { describeSystemError, systemCode } from "../../src/hosts/system_error.ts";

Deno.test("describeSystemError() reads what Deno and Node say, and systemCode() tells them from faults", () => {
  for (
    const [message, expected] of [
      ["No such file or directory (os error 2): open 'x'", { reason: "no such file or directory", path: "x" }],
      ["EACCES: permission denied, mkdir 'a/b, c'", { reason: "permission denied", path: "a/b, c" }],
      ["ENOSPC: no space left on device, write", { reason: "no space left on device" }],
    ] as const
  ) assert.deepEqual(describeSystemError(new Error(message)), expected);
  assert.equal(systemCode(Object.assign(new Error("x"), { code: "ENOENT" })), "ENOENT");
  assert.equal(systemCode(new TypeError("x is not a function")), undefined);
  assert.equal(systemCode("EACCES"), undefined);
});
