import assert from "node:assert/strict";
import { serviceNameOf } from "../../src/access/service_names.ts";
import { sopClasses } from "../../src/dicom/uid_registry.ts";
import { isStorageSopClass } from "../../src/dicom/sop_classes.ts";

/** Names by UID, of what is not stored and has a name. */
const NAMED: Readonly<Record<string, string>> = {
  "1.2.840.10008.1.1": "echo",
  "1.2.840.10008.1.20.1": "commit",
  "1.2.840.10008.3.1.2.3.3": "mpps",
  "1.2.840.10008.3.1.2.3.4": "mpps",
  "1.2.840.10008.3.1.2.3.5": "mpps",
  "1.2.840.10008.5.1.4.31": "worklist",
  ...Object.fromEntries([1, 2, 3].flatMap((root) => [
    [`1.2.840.10008.5.1.4.1.2.${root}.1`, "find"],
    [`1.2.840.10008.5.1.4.1.2.${root}.2`, "retrieve"],
    [`1.2.840.10008.5.1.4.1.2.${root}.3`, "retrieve"],
  ])),
};

Deno.test("serviceNameOf() has one name for every SOP class of PS3.6, and takes any other for one that is stored", () => {
  for (const { uid, name } of sopClasses()) {
    const expected = NAMED[uid] ?? (isStorageSopClass(uid) ? "store" : "other");
    assert.equal(serviceNameOf(uid), expected, `${uid} ${name}`);
  }
  assert.equal(serviceNameOf("1.2.826.0.1.3680043.9.1"), "store");
});
