import assert from "node:assert/strict";
import { GENERAL, MOVE, NORMALIZED, QUERY, RETRIEVAL, STORAGE } from "../../src/dimse/status_meanings.ts";
import * as Status from "../../src/dimse/status.ts";
import { describeStatus, isPending, type StatusCategory, statusCode } from "../../src/dimse/statuses.ts";

const described: [status: number, service: string | undefined, StatusCategory, meaning: string][] = [
  [0x0000, undefined, "success", "Success"],
  [0x0000, "C-STORE", "success", "Success"],
  [0x0001, "N-GET", "warning", "Requested optional attributes are not supported"],
  [0x0107, undefined, "warning", "Attribute list error"],
  [0x0110, "C-ECHO", "failure", "Processing failure"],
  [0x0116, undefined, "warning", "Attribute value out of range"],
  [0x0122, "C-STORE", "failure", "Refused: SOP class not supported"],
  [0x0124, undefined, "failure", "Refused: not authorized"],
  [0x0211, undefined, "failure", "Unrecognized operation"],
  [0xA700, "C-STORE", "failure", "Refused: out of resources"],
  [0xA7FF, "C-STORE", "failure", "Refused: out of resources"],
  [0xA900, "C-STORE", "failure", "Data set does not match SOP class"],
  [0xA900, "C-FIND", "failure", "Identifier does not match SOP class"],
  [0xA900, undefined, "failure", "Failure"],
  [0xB000, "C-STORE", "warning", "Coercion of data elements"],
  [0xB006, "C-STORE", "warning", "Elements discarded"],
  [0xB007, "C-STORE", "warning", "Data set does not match SOP class"],
  [0xB000, "C-GET", "warning", "Sub-operations complete, one or more failures or warnings"],
  [0xB999, "C-STORE", "warning", "Warning"],
  [0xC000, "C-STORE", "failure", "Cannot understand"],
  [0xCFFF, "C-STORE", "failure", "Cannot understand"],
  [0xC001, "C-FIND", "failure", "Unable to process"],
  [0xA801, "C-MOVE", "failure", "Refused: move destination unknown"],
  [0xA801, "C-GET", "failure", "Failure"],
  [0xA702, "C-GET", "failure", "Refused: out of resources, unable to perform sub-operations"],
  [0xFE00, "C-FIND", "cancel", "Matching terminated by a cancel request"],
  [0xFE00, undefined, "cancel", "Terminated by a cancel request"],
  [0xFF00, "C-MOVE", "pending", "Sub-operations are continuing"],
  [0xC100, "C-FIND", "failure", "More than one match found"],
  [0xB604, "N-SET", "warning", "The image is larger than its image box, and was demagnified"],
  [0xB604, "C-STORE", "warning", "Warning"],
  [0xC310, "N-ACTION", "failure", "The UPS is not IN PROGRESS yet"],
  [0xC310, "C-FIND", "failure", "Unable to process"],
  [0xFF01, "C-FIND", "pending", "Matches are continuing, some optional keys were not supported"],
  [0x0002, undefined, "failure", "Unknown status"],
  [0xD000, "C-STORE", "failure", "Unknown status"],
  [0xFFFF, undefined, "failure", "Unknown status"],
  [0x10000, "constructor", "failure", "Unknown status"],
];

for (const [status, service, category, meaning] of described) {
  const code = status.toString(16).toUpperCase().padStart(4, "0");
  Deno.test(`describeStatus() says what ${code}H means ${service === undefined ? "in general" : `of ${service}`}`, () => {
    assert.deepEqual(describeStatus(status, service), { category, meaning });
  });
}

Deno.test("describeStatus() calls nothing but 0000H a success", () => {
  for (let status = 1; status <= 0xFFFF; status++) assert.notEqual(describeStatus(status).category, "success");
});

Deno.test("isPending() holds for the statuses that describeStatus() calls pending", () => {
  for (let status = 0; status <= 0xFFFF; status++) {
    assert.equal(isPending(status), describeStatus(status, "C-FIND").category === "pending");
  }
});

Deno.test("statusCode() writes four hexadecimal digits", () => {
  assert.deepEqual([0, 0x0122, 0xa700].map(statusCode), ["0x0000", "0x0122", "0xA700"]);
});

Deno.test("Status holds no code that the tables do not know", () => {
  for (const [name, status] of Object.entries(Status)) {
    const meanings = ["C-STORE", "C-FIND", "C-MOVE", "N-ACTION"].map((service) =>
      describeStatus(status, service).meaning
    );
    assert.ok(meanings.some((meaning) => !["Unknown status", "Failure", "Warning"].includes(meaning)), name);
  }
});

Deno.test("Status has a name for every code that the tables give a meaning of its own", () => {
  const named = new Set<number>(Object.values(Status));
  const rows = [...GENERAL, ...STORAGE, ...QUERY, ...RETRIEVAL, ...MOVE, ...NORMALIZED];
  const nameless = rows.filter(([first, , , meaning]) =>
    !named.has(first) && !["Failure", "Warning"].includes(meaning)
  );
  assert.deepEqual(nameless, []);
  assert.equal(Status.Pending satisfies 0xff00, 0xff00);
});
