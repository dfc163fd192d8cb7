import assert from "node:assert/strict";
import fc from "fast-check";
import { type CommandSet, decodeCommandSet, encodeCommandSet, respond } from "../../src/dimse/command_set.ts";
import { CommandSetError } from "../../src/errors.ts";
import { COMMAND_SET_VECTORS } from "../vectors/command_sets.ts";

const SEEDED = { seed: 42, numRuns: 300 };

const number = fc.integer({ min: 0, max: 0xFFFF });
const uid = fc.stringMatching(/^[0-9](\.?[0-9]){0,31}$/);
const aeTitle = fc.stringMatching(/^[!-[\]-~]([ -[\]-~]{0,14}[!-[\]-~])?$/);
const comment = fc.stringMatching(/^[!-[\]-~]([ -[\]-~]{0,62}[!-[\]-~])?$/);
const tags = fc.array(fc.integer({ min: 0, max: 0xFFFF_FFFF }), { minLength: 1, maxLength: 5 });
const priority = fc.constantFrom("low", "medium", "high");

const rq = { messageId: number, hasDataSet: fc.boolean() };
const rqWithDataSet = { messageId: number, hasDataSet: fc.constant(true) };
const affected = { affectedSopClassUid: uid, affectedSopInstanceUid: uid };
const requested = { requestedSopClassUid: uid, requestedSopInstanceUid: uid };
const rsp = { messageIdBeingRespondedTo: number, hasDataSet: fc.boolean(), status: number };
const detail = {
  affectedSopClassUid: uid,
  offendingElement: tags,
  errorComment: comment,
  errorId: number,
  attributeIdentifierList: tags,
};
const onInstance = { ...detail, affectedSopInstanceUid: uid };
const counts = {
  ...detail,
  numberOfRemainingSuboperations: number,
  numberOfCompletedSuboperations: number,
  numberOfFailedSuboperations: number,
  numberOfWarningSuboperations: number,
};

/** Every command of PS3.7: the fields that it must have, and those that it may have. */
const fields: Record<CommandSet["type"], [must: Fields, may: Fields]> = {
  "C-STORE-RQ": [
    { ...rqWithDataSet, ...affected, priority },
    { moveOriginatorApplicationEntityTitle: aeTitle, moveOriginatorMessageId: number },
  ],
  "C-STORE-RSP": [rsp, onInstance],
  "C-FIND-RQ": [{ ...rqWithDataSet, affectedSopClassUid: uid, priority }, {}],
  "C-FIND-RSP": [rsp, detail],
  "C-GET-RQ": [{ ...rqWithDataSet, affectedSopClassUid: uid, priority }, {}],
  "C-GET-RSP": [rsp, counts],
  "C-MOVE-RQ": [{ ...rqWithDataSet, affectedSopClassUid: uid, priority, moveDestination: aeTitle }, {}],
  "C-MOVE-RSP": [rsp, counts],
  "C-ECHO-RQ": [{ ...rq, affectedSopClassUid: uid }, {}],
  "C-ECHO-RSP": [rsp, detail],
  "C-CANCEL-RQ": [{ messageIdBeingRespondedTo: number, hasDataSet: fc.boolean() }, {}],
  "N-EVENT-REPORT-RQ": [{ ...rq, ...affected, eventTypeId: number }, {}],
  "N-EVENT-REPORT-RSP": [rsp, { ...onInstance, eventTypeId: number }],
  "N-GET-RQ": [{ ...rq, ...requested }, { attributeIdentifierList: tags }],
  "N-GET-RSP": [rsp, onInstance],
  "N-SET-RQ": [{ ...rqWithDataSet, ...requested }, {}],
  "N-SET-RSP": [rsp, onInstance],
  "N-ACTION-RQ": [{ ...rq, ...requested, actionTypeId: number }, {}],
  "N-ACTION-RSP": [rsp, { ...onInstance, actionTypeId: number }],
  "N-CREATE-RQ": [{ ...rq, affectedSopClassUid: uid }, { affectedSopInstanceUid: uid }],
  "N-CREATE-RSP": [rsp, onInstance],
  "N-DELETE-RQ": [{ ...rq, ...requested }, {}],
  "N-DELETE-RSP": [rsp, onInstance],
};

type Fields = Record<string, fc.Arbitrary<unknown>>;

const commandByType = new Map(
  Object.entries(fields).map(([type, [must, may]]) => {
    const every: Fields = { type: fc.constant(type), ...must, ...may };
    const record = fc.record(every, { requiredKeys: ["type", ...Object.keys(must)], noNullPrototype: true });
    return [type, record.map((command) => command as unknown as CommandSet)];
  }),
);

for (const [type, command] of commandByType) {
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
    const [must] = fields[type as CommandSet["type"]];
    const [complete] = fc.sample(command, { seed: 42, numRuns: 1 });
    for (const field of Object.keys(must)) {
      const incomplete = { ...complete, [field]: undefined } as unknown as CommandSet;
      assert.throws(() => encodeCommandSet(incomplete), { name: "CommandSetError", message: / without / }, field);
    }
  });
}

Deno.test("respond() makes a response that can be written, of any request", () => {
  fc.assert(
    fc.property(fc.oneof(...commandByType.values()), number, (request, status) => {
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
