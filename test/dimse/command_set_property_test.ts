import assert from "node:assert/strict";
import fc from "fast-check";
import { type CommandSet, decodeCommandSet, encodeCommandSet, respond } from "../../src/dimse/command_set.ts";
import { CommandSetError } from "../../src/dimse/command_set_error.ts";
import { COMMAND_SET_VECTORS } from "../vectors/command_sets.ts";
import { anyCommand, COMMAND_FIELDS, COMMAND_TYPES, number } from "./command_arbitraries.ts";

const SEEDED = { seed: 42, numRuns: 300 };

for (const type of COMMAND_TYPES) {
  const command = anyCommand(type);

  Deno.test(`decodeCommandSet() reads any ${type} as encodeCommandSet() wrote it`, () => {
    fc.assert(
      fc.property(command, (command) => {
        const bytes = encodeCommandSet(command);
        assert.equal(bytes.length % 2, 0);
        assert.equal(new DataView(bytes.buffer).getUint32(8, true), bytes.length - 12);
        assert.deepEqual(decodeCommandSet(bytes), command);
      }),
      SEEDED,
    );
  });

  Deno.test(`encodeCommandSet() refuses a ${type} without what it must have`, () => {
    const [must] = COMMAND_FIELDS[type];
    const [complete] = fc.sample(command, { seed: 42, numRuns: 1 });
    for (const field of Object.keys(must)) {
      const incomplete = { ...complete, [field]: undefined } as unknown as CommandSet;
      assert.throws(() => encodeCommandSet(incomplete), { name: "CommandSetError", message: / without / }, field);
    }
  });
}

Deno.test("respond() makes a response that can be written, of any request", () => {
  fc.assert(
    fc.property(fc.oneof(...COMMAND_TYPES.map(anyCommand)), number, (request, status) => {
      if (!("messageId" in request)) return;
      const response: CommandSet = respond(request, { status });
      assert.equal(response.type, request.type.replace("-RQ", "-RSP"));
      assert.equal(response.messageIdBeingRespondedTo, request.messageId);
      assert.equal(response.status, status);
      assert.deepEqual(decodeCommandSet(encodeCommandSet(response)), response);
    }),
    SEEDED,
  );
});

Deno.test("decodeCommandSet() throws nothing but CommandSetError, whatever comes", () => {
  const mutation = fc.record({
    vector: fc.constantFrom(...COMMAND_SET_VECTORS),
    changes: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
  });
  const mutated = mutation.map(({ vector: { bytes }, changes }) => {
    const copy = bytes.slice();
    for (const [offset, value] of changes) copy[offset % copy.length] = value;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      const command = decodeOrRefuse(bytes);
      // What can be read can be written, and is then read the same.
      if (command !== undefined) assert.deepEqual(decodeCommandSet(encodeCommandSet(command)), command);
    }),
    { seed: 42, numRuns: 5000 },
  );
});

function decodeOrRefuse(bytes: Uint8Array): CommandSet | undefined {
  try {
    return decodeCommandSet(bytes);
  } catch (error) {
    if (error instanceof CommandSetError) return undefined;
    throw error;
  }
}
