import assert from "node:assert/strict";
import { DimseStatusError } from "../../src/errors.ts";
import { MoveInbox } from "../../src/services/move_inbox.ts";
import type { MoveOriginator, ReceivedInstance } from "../../src/services/storage.ts";

function sent(sopInstanceUid: string, moveOriginator?: MoveOriginator, callingAeTitle = "PACS"): ReceivedInstance {
  return { sopInstanceUid, moveOriginator, association: { callingAeTitle } } as unknown as ReceivedInstance;
}

Deno.test("MoveInbox takes what a C-MOVE that goes on has asked for, refuses what else names it, and leaves the rest", async () => {
  const inbox = new MoveInbox("GANTRY");
  const kept: string[] = [];
  const expectation = (name: string, ...wanted: string[]) => ({
    senderAeTitle: "PACS",
    isWanted: (uid: string) => wanted.includes(uid),
    keep: ({ sopInstanceUid }: ReceivedInstance) => Promise.resolve(void kept.push(`${name} ${sopInstanceUid}`)),
  });
  const seven = { aeTitle: "GANTRY", messageId: 7 };
  const one = inbox.expect(expectation("one", "1.1"));
  assert.equal(inbox.takerOf(sent("1.1", seven)), undefined, "before the request is sent");
  one.begin(7);
  const two = inbox.expect(expectation("two", "2.1"));
  two.begin(7);
  for (const uid of ["1.1", "2.1"]) await inbox.takerOf(sent(uid, seven))!(sent(uid, seven));
  assert.deepEqual(kept, ["one 1.1", "two 2.1"]);
  const other = sent("3.1", seven);
  await assert.rejects(inbox.takerOf(other)!(other), DimseStatusError);
  const strangers = [
    sent("1.1"),
    sent("1.1", { aeTitle: "GANTRY", messageId: 8 }),
    sent("1.1", { aeTitle: "OTHER", messageId: 7 }),
    sent("1.1", seven, "MODALITY"),
  ];
  for (const stranger of strangers) assert.equal(inbox.takerOf(stranger), undefined);
  one[Symbol.dispose]();
  two[Symbol.dispose]();
  assert.equal(inbox.takerOf(sent("1.1", seven)), undefined);
});
