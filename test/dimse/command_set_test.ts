import assert from "node:assert/strict";
import { type CommandSet, decodeCommandSet, encodeCommandSet, respond } from "../../src/dimse/command_set.ts";
import { CommandSetError } from "../../src/dimse/command_set_error.ts";
import { annotated } from "../vectors/annotated.ts";
import { COMMAND_SET_VECTORS } from "../vectors/command_sets.ts";

for (const { command, bytes } of COMMAND_SET_VECTORS) {
  Deno.test(`encodeCommandSet() writes a ${command.type} as the standard has it`, () => {
    assert.deepEqual(encodeCommandSet(command), bytes);
  });

  Deno.test(`decodeCommandSet() reads a ${command.type}`, () => {
    assert.deepEqual(decodeCommandSet(bytes), command);
  });

  Deno.test(`decodeCommandSet() refuses a ${command.type} that ends early, unless only what is optional is cut off`, () => {
    for (let length = 0; length < bytes.length; length++) {
      try {
        const { type, hasDataSet } = decodeCommandSet(bytes.slice(0, length));
        assert.deepEqual({ type, hasDataSet }, { type: command.type, hasDataSet: command.hasDataSet });
        // Of requests priority and data set type, which follow from the command.
        assert.ok(["C-STORE-RSP", "C-MOVE-RSP", "C-ECHO-RQ", "C-MOVE-RQ"].includes(type));
      } catch (error) {
        assert.ok(error instanceof CommandSetError, `${length} bytes: ${error}`);
        assert.match(error.message, /^Cannot read the command set: /);
      }
    }
  });
}

Deno.test("decodeCommandSet() reads from the middle of a larger buffer", () => {
  for (const { command, bytes } of COMMAND_SET_VECTORS) {
    const buffer = new Uint8Array(bytes.length + 30).fill(0xFF);
    buffer.set(bytes, 17);
    assert.deepEqual(decodeCommandSet(buffer.subarray(17, 17 + bytes.length)), command);
  }
});

const echo = {
  groupLength: "0000 0000 04000000 38000000",
  sopClass: "0000 0200 12000000 312E322E3834302E31303030382E312E3100",
  field: "0000 0001 02000000 3000",
  messageId: "0000 1001 02000000 0100",
  dataSetType: "0000 0008 02000000 0101",
};

/** An echo request, with elements replaced or, by an empty text, left out. */
function echoWith(changes: Partial<Record<keyof typeof echo, string>>, more = ""): Uint8Array {
  return hex([...Object.values({ ...echo, ...changes }), more].join("\n"));
}

const echoRequest = COMMAND_SET_VECTORS[0]?.command;

const tolerated: [string, Uint8Array][] = [
  ["no group length", echoWith({ groupLength: "" })],
  ["a wrong group length", echoWith({ groupLength: "0000 0000 04000000 FFFFFFFF" })],
  ["a group length of no length", echoWith({ groupLength: "0000 0000 00000000" })],
  ["elements out of order", hex(Object.values(echo).reverse().join("\n"))],
  ["an element that the command does not have", echoWith({}, "0000 0007 02000000 0100")],
  ["a retired element", echoWith({}, "0000 1000 06000000 414352204E41")],
  ["an unknown element", echoWith({}, "0000 FEFF 03000000 010203")],
  [
    "a UID padded with a space",
    echoWith({ sopClass: "0000 0200 12000000 312E322E3834302E31303030382E312E3120" }),
  ],
  ["a missing data set type, where there can be none", echoWith({ dataSetType: "" })],
  ["a data set type of four bytes, where there can be none", echoWith({ dataSetType: "0000 0008 04000000 01010000" })],
  ["a priority of four bytes", echoWith({}, "0000 0007 04000000 00000000")],
  ["a wrong element that the command does not have", echoWith({}, "0000 0006 04000000 410A4220")],
  ["a UID without padding", echoWith({ sopClass: "0000 0200 11000000 312E322E3834302E31303030382E312E31" })],
];

for (const [what, bytes] of tolerated) {
  Deno.test(`decodeCommandSet() tolerates ${what}`, () => {
    assert.deepEqual(decodeCommandSet(bytes), echoRequest);
  });
}

/** A C-MOVE-RQ without its Move Destination. */
const moveRequest = `
  0000 0200 02000000 312E
  0000 0001 02000000 2100
  0000 1001 02000000 0100
  0000 0007 02000000 0000
  0000 0008 02000000 0100
`;

/** An N-GET-RQ of all attributes. */
const getRequest = `
  0000 0300 02000000 312E
  0000 0001 02000000 1001
  0000 1001 02000000 0100
  0000 0008 02000000 0101
  0000 0110 02000000 312E
`;

const refused: [string, Uint8Array, RegExp][] = [
  ["nothing", new Uint8Array(), /a command without Command Field \(0000,0100\)$/],
  ["a missing command field", echoWith({ field: "" }), /a command without Command Field \(0000,0100\)$/],
  [
    "an unknown command field",
    echoWith({ field: "0000 0001 02000000 3412" }),
    /Command Field \(0000,0100\) is 0x1234, which has no meaning$/,
  ],
  [
    "a missing SOP class",
    echoWith({ sopClass: "" }),
    /C-ECHO-RQ without Affected SOP Class UID \(0000,0002\)$/,
  ],
  [
    "an empty SOP class",
    echoWith({ sopClass: "0000 0200 02000000 0000" }),
    /C-ECHO-RQ without Affected SOP Class UID \(0000,0002\)$/,
  ],
  ["a missing message ID", echoWith({ messageId: "" }), /C-ECHO-RQ without Message ID \(0000,0110\)$/],
  [
    "a message ID of four bytes",
    echoWith({ messageId: "0000 1001 04000000 01000000" }),
    /Message ID \(0000,0110\) has 4 bytes, expected 2$/,
  ],
  [
    "an element that comes twice",
    echoWith({}, "0000 1001 02000000 0200"),
    /Message ID \(0000,0110\) comes twice$/,
  ],
  ["an element of another group", echoWith({}, "0800 1800 00000000"), /\(0008,0018\) is not of group 0000$/],
  ["a header that ends early", echoWith({}, "0000 1001 0200"), /the element at byte 68 ends early$/],
  [
    "a length beyond the end",
    echoWith({}, "0000 0209 05000000 61626364"),
    /Error Comment \(0000,0902\) is 5 bytes long where 4 are left$/,
  ],
  [
    "a length of 4 GiB",
    echoWith({}, "0000 FEFF FFFFFFFF 00"),
    /\(0000,FFFE\) is 4294967295 bytes long where 1 are left$/,
  ],
  [
    "a UID with a slash",
    echoWith({ sopClass: "0000 0200 08000000 2E2E2F2E2E2F3100" }),
    /Affected SOP Class UID \(0000,0002\) holds the byte 0x2F, expected 1 to 64 digits and periods$/,
  ],
  [
    "a UID with a NUL in it",
    echoWith({ sopClass: "0000 0200 04000000 312E0031" }),
    /Affected SOP Class UID \(0000,0002\) holds the byte 0x00/,
  ],
  [
    "a UID of 65 characters",
    echoWith({ sopClass: `0000 0200 42000000 ${"31".repeat(65)}00` }),
    /Affected SOP Class UID \(0000,0002\) has 65 characters, expected 1 to 64/,
  ],
  [
    "a C-STORE-RQ without a data set",
    hex(`
      0000 0200 02000000 312E
      0000 0001 02000000 0100
      0000 1001 02000000 0100
      0000 0007 02000000 0000
      0000 0008 02000000 0101
      0000 0010 02000000 312E
    `),
    /C-STORE-RQ without a data set$/,
  ],
  [
    "a C-MOVE-RQ to an AE title with a line break",
    hex(`${moveRequest}\n0000 0006 04000000 410A4220`),
    /Move Destination \(0000,0600\) holds the byte 0x0A, expected 1 to 16 printable ASCII/,
  ],
  [
    "a C-MOVE-RQ to an AE title of 17 characters",
    hex(`${moveRequest}\n0000 0006 12000000 ${"41".repeat(17)}20`),
    /Move Destination \(0000,0600\) has 17 characters, expected 1 to 16/,
  ],
  [
    "a list of tags that is not one",
    hex(`${getRequest}\n0000 0510 06000000 080018000800`),
    /Attribute Identifier List \(0000,1005\) has 6 bytes, expected a multiple of 4$/,
  ],
];

for (const [what, bytes, message] of refused) {
  Deno.test(`decodeCommandSet() refuses ${what}`, () => {
    assert.throws(() => decodeCommandSet(bytes), { name: "CommandSetError", message });
  });
}

Deno.test("decodeCommandSet() takes any data set type but 0101H for a data set", () => {
  assert.equal(decodeCommandSet(echoWith({ dataSetType: "0000 0008 02000000 0000" })).hasDataSet, true);
  assert.equal(decodeCommandSet(echoWith({ dataSetType: "0000 0008 02000000 FEFE" })).hasDataSet, true);
});

Deno.test("decodeCommandSet() reads a comment as printable ASCII of at most 64 characters", () => {
  const response = `0000 0001 02000000 3080
    0000 2001 02000000 0100
    0000 0008 02000000 0101
    0000 0009 02000000 1001`;
  const short = decodeCommandSet(hex(`${response}\n0000 0209 06000000 20610AE46200`));
  assert.equal("errorComment" in short && short.errorComment, "a??b");
  const long = decodeCommandSet(hex(`${response}\n0000 0209 50000000 ${"61".repeat(80)}`));
  assert.equal("errorComment" in long && long.errorComment, "a".repeat(64));
});

Deno.test("encodeCommandSet() refuses what it could not read back", () => {
  const wrong: [object, RegExp][] = [
    [{ affectedSopClassUid: "1.2/3" }, /Affected SOP Class UID \(0000,0002\) is "1\.2\/3", expected 1 to 64 digits/],
    [{ affectedSopClassUid: "" }, /Affected SOP Class UID \(0000,0002\) is "", expected 1 to 64 digits/],
    [{ affectedSopClassUid: "1".repeat(65) }, /expected 1 to 64 digits and periods$/],
    [{ affectedSopClassUid: undefined }, /C-ECHO-RQ without Affected SOP Class UID \(0000,0002\)$/],
    [{ messageId: 65536 }, /Message ID \(0000,0110\) is 65536, expected 0 to 65535$/],
    [{ messageId: -1 }, /Message ID \(0000,0110\) is -1, expected 0 to 65535$/],
    [{ messageId: 1.5 }, /Message ID \(0000,0110\) is 1.5, expected 0 to 65535$/],
    [{ type: "C-STORE-RQ", affectedSopInstanceUid: "1", priority: "low" }, /C-STORE-RQ without a data set$/],
    [{ type: "C-FIND-RQ", hasDataSet: true, priority: "urgent" }, /is urgent, expected one of medium, high, low$/],
    [{ type: "C-SING-RQ" }, /C-SING-RQ is no command$/],
  ];
  for (const [change, message] of wrong) {
    const command = { ...echoRequest, ...change } as CommandSet;
    assert.throws(() => encodeCommandSet(command), { name: "CommandSetError", message });
  }
});

Deno.test("decodeCommandSet() takes a missing priority as medium, which nobody acts on", () => {
  const request: CommandSet = {
    type: "C-FIND-RQ",
    messageId: 1,
    hasDataSet: true,
    priority: "low",
    affectedSopClassUid: "1.2.840.10008.5.1.4.1.2.2.1",
  };
  const bytes = encodeCommandSet(request);
  const priority = bytes.findIndex((byte, index) =>
    byte === 0x00 && bytes[index + 1] === 0x00 && bytes[index + 3] === 0x07
  );
  const without = Uint8Array.of(...bytes.subarray(0, priority), ...bytes.subarray(priority + 10));
  assert.deepEqual(decodeCommandSet(without), { ...request, priority: "medium" });
});

Deno.test("encodeCommandSet() cuts and cleans a comment, so that an error's message can always be one", () => {
  const command: CommandSet = {
    type: "C-ECHO-RSP",
    messageIdBeingRespondedTo: 1,
    status: 0x0110,
    hasDataSet: false,
    errorComment: `Größe\\x\n${"y".repeat(100)}`,
  };
  const read = decodeCommandSet(encodeCommandSet(command));
  assert.equal("errorComment" in read && read.errorComment, `Gr??e?x?${"y".repeat(56)}`);
});

Deno.test("respond() answers with the request's message ID, SOP class and instance", () => {
  const response = respond(
    {
      type: "C-STORE-RQ",
      messageId: 9,
      hasDataSet: true,
      priority: "low",
      affectedSopClassUid: "1.2.840.10008.5.1.4.1.1.2",
      affectedSopInstanceUid: "1.2.3",
    },
    { status: 0xA700, errorComment: "disk full" },
  );
  assert.deepEqual(response, {
    type: "C-STORE-RSP",
    messageIdBeingRespondedTo: 9,
    hasDataSet: false,
    affectedSopClassUid: "1.2.840.10008.5.1.4.1.1.2",
    affectedSopInstanceUid: "1.2.3",
    status: 0xA700,
    errorComment: "disk full",
  });
});

Deno.test("respond() answers a requested SOP instance as the affected one", () => {
  const response = respond(
    {
      type: "N-ACTION-RQ",
      messageId: 9,
      hasDataSet: false,
      requestedSopClassUid: "1.2",
      requestedSopInstanceUid: "1.2.3",
      actionTypeId: 5,
    },
    { status: 0x0000, hasDataSet: true },
  );
  assert.deepEqual(response, {
    type: "N-ACTION-RSP",
    messageIdBeingRespondedTo: 9,
    hasDataSet: true,
    affectedSopClassUid: "1.2",
    affectedSopInstanceUid: "1.2.3",
    status: 0x0000,
    actionTypeId: 5,
  });
});

function hex(text: string): Uint8Array {
  return annotated(text).bytes;
}
