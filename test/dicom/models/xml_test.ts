import assert from "node:assert/strict";
import { ValueElement } from "../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { toXml } from "../../../src/dicom/models/to_xml.ts";

Deno.test("toXml() writes the Native DICOM Model of PS3.19 A.1", () => {
  const dataSet = new DataSet({ PatientName: "Adams^John==", Rows: 512, ReferencedSeriesSequence: [{}] });
  dataSet.set(0x0009_0010, "ACME 1.1", { vr: "LO" });
  dataSet.setElement(new ValueElement(0x0009_1001, "UT", new TextEncoder().encode('a <b> & "c"\x01')));
  assert.equal(
    toXml(dataSet),
    `<?xml version="1.0" encoding="UTF-8"?>
<NativeDicomModel xml:space="preserve">
<DicomAttribute tag="00081115" keyword="ReferencedSeriesSequence" vr="SQ">
<Item number="1">
</Item>
</DicomAttribute>
<DicomAttribute tag="00090010" vr="LO">
<Value number="1">ACME 1.1</Value>
</DicomAttribute>
<DicomAttribute tag="00090001" privateCreator="ACME 1.1" vr="UT">
<Value number="1">a &lt;b&gt; &amp; &quot;c&quot;\ufffd</Value>
</DicomAttribute>
<DicomAttribute tag="00100010" keyword="PatientName" vr="PN">
<PersonName number="1">
<Alphabetic>
<FamilyName>Adams</FamilyName>
<GivenName>John</GivenName>
</Alphabetic>
</PersonName>
</DicomAttribute>
<DicomAttribute tag="00280010" keyword="Rows" vr="US">
<Value number="1">512</Value>
</DicomAttribute>
</NativeDicomModel>
`,
  );
});
