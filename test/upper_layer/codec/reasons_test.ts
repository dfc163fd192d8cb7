import assert from "node:assert/strict";
import type { AbortReason } from "../../../src/errors.ts";
import type { RejectReason, RejectSource } from "../../../src/upper_layer/association_rejected_error.ts";
import { abortCodes, abortWords, rejectCodes, rejectWords } from "../../../src/upper_layer/codec/reasons.ts";

/** PS3.8 Table 9-21. */
const REJECT_REASONS: readonly [source: number, sourceWord: RejectSource, reason: number, reasonWord: RejectReason][] =
  [
    [1, "service-user", 1, "no-reason-given"],
    [1, "service-user", 2, "application-context-name-not-supported"],
    [1, "service-user", 3, "calling-ae-title-not-recognized"],
    [1, "service-user", 7, "called-ae-title-not-recognized"],
    [2, "service-provider-acse", 1, "no-reason-given"],
    [2, "service-provider-acse", 2, "protocol-version-not-supported"],
    [3, "service-provider-presentation", 1, "temporary-congestion"],
    [3, "service-provider-presentation", 2, "local-limit-exceeded"],
  ];

/** PS3.8 Table 9-26. */
const ABORT_REASONS: readonly [code: number, word: AbortReason][] = [
  [0, "reason-not-specified"],
  [1, "unrecognized-pdu"],
  [2, "unexpected-pdu"],
  [4, "unrecognized-pdu-parameter"],
  [5, "unexpected-pdu-parameter"],
  [6, "invalid-pdu-parameter-value"],
];

Deno.test("rejectWords() and rejectCodes() agree with PS3.8 Table 9-21", () => {
  for (const [source, sourceWord, reason, reasonWord] of REJECT_REASONS) {
    for (const [result, resultWord] of [[1, "rejected-permanent"], [2, "rejected-transient"]] as const) {
      const words = { result: resultWord, source: sourceWord, reason: reasonWord };
      assert.deepEqual(rejectWords(result, source, reason), words);
      assert.deepEqual(rejectCodes(words), { result, source, reason });
    }
  }
});

Deno.test("rejectWords() reads reserved codes as a permanent rejection by the user without a reason", () => {
  assert.deepEqual(rejectWords(9, 9, 9), {
    result: "rejected-permanent",
    source: "service-user",
    reason: "no-reason-given",
  });
  assert.deepEqual(rejectWords(2, 3, 7), {
    result: "rejected-transient",
    source: "service-provider-presentation",
    reason: "no-reason-given",
  });
});

Deno.test("rejectCodes() has no code for a reason of another source", () => {
  const words = { result: "rejected-permanent", source: "service-user", reason: "temporary-congestion" } as const;
  assert.equal(rejectCodes(words).reason, undefined);
});

Deno.test("abortWords() and abortCodes() agree with PS3.8 Table 9-26", () => {
  for (const [reason, word] of ABORT_REASONS) {
    assert.deepEqual(abortWords(2, reason), { source: "service-provider", reason: word });
    assert.deepEqual(abortCodes({ source: "service-provider", reason: word }), { source: 2, reason });
  }
});

Deno.test("abortWords() knows no reason of a service user, and reads the reserved codes as the nearest words", () => {
  assert.deepEqual(abortWords(0, 6), { source: "service-user", reason: "reason-not-specified" });
  assert.deepEqual(abortWords(1, 2), { source: "service-provider", reason: "unexpected-pdu" });
  assert.deepEqual(abortWords(2, 3), { source: "service-provider", reason: "reason-not-specified" });
  assert.deepEqual(abortCodes({ source: "service-user", reason: "unexpected-pdu" }), { source: 0, reason: 0 });
});
