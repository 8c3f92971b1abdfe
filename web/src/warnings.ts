// What a parser could not read of a document, in the reader's language. A document keeps the parser's English sentence,
// so the sentence is what tells its kind: the keys are written as the parsers write them, {} for each value, and
// warnings.test.ts fails where src/ has a key no more. A sentence that is not here is shown as it is.

import type { Language } from "./words";

/** In Korean {0}, {1}, … are the values in their order. No particle stands behind one: which it is depends on its end. */
export const warnings: Record<string, string> = {
  "empty file": "빈 파일입니다",
  "no text found": "글자를 찾지 못했습니다",
  "the row has no text": "이 줄에는 글이 없습니다",
  "cut after a million blocks": "블록 백만 개에서 잘랐습니다",
  "the charset is a guess ({}): letters beyond ASCII may be wrong": "문자 집합을 짐작해 읽었습니다 ({0}). 글자가 깨졌을 수 있습니다",
  "no parser for .{} files: read as plain text": "이런 파일을 읽는 파서가 없어 글로만 읽었습니다: .{0}",
  "only the first {} bytes were read": "앞의 {0}바이트만 읽었습니다",
  "only the first {} of {} bytes were read": "{1}바이트 가운데 앞의 {0}바이트만 읽었습니다",
  "only the first {} bytes were read: {}": "앞의 {0}바이트만 읽었습니다: {1}",
  "only the first {} bytes were read: more than {} tags": "태그가 {1}개를 넘어 앞의 {0}바이트만 읽었습니다",
  "{} tags were left out: more elements were open than anybody writes": "너무 깊이 겹친 태그 {0}개를 뺐습니다",
  "a comment at byte {} never ends: the rest was left out": "{0}바이트에서 시작한 주석이 끝나지 않아 나머지를 뺐습니다",
  "a tag at byte {} never ends: the rest was left out": "{0}바이트에서 시작한 태그가 끝나지 않아 나머지를 뺐습니다",
  "<{}> at byte {} never ends: the rest was left out": "{1}바이트에서 시작한 <{0}> 태그가 끝나지 않아 나머지를 뺐습니다",
  "a table was cut: it is too large": "표가 너무 커서 잘랐습니다",
  "a table was cut: it has more than {} places": "표의 칸이 {0}개를 넘어 잘랐습니다",
  "a table is too large: the rest of it is left out": "표가 너무 커서 나머지를 뺐습니다",
  "not well formed: read up to the fault": "형식에 맞지 않아 틀린 곳 앞까지 읽었습니다",
  "{} records are no JSON": "JSON이 아닌 레코드가 {0}개 있습니다",
  "a record was cut: it has too many values": "값이 너무 많은 레코드를 잘랐습니다",
  "line {}: {}; kept as text": "{0}번째 줄은 JSON이 아니어서 글로 두었습니다: {1}",

  "hidden text was left out": "숨긴 글은 뺐습니다",
  "a document that is embedded as a whole (altChunk) was not read": "통째로 끼워 넣은 문서(altChunk)는 읽지 못했습니다",
  "the document's text is damaged: it was read up to the damage": "본문이 망가져 있어 그 앞까지 읽었습니다",
  "the archive is damaged: parts may be missing": "압축이 망가져 있어 빠진 것이 있을 수 있습니다",
  "the archive is damaged: parts at its end may be missing": "압축이 망가져 있어 끝에 빠진 것이 있을 수 있습니다",
  "{} was left out: {}": "읽지 못하고 뺀 부분: {0} ({1})",
  "{} is damaged: it was read up to the damage": "망가진 곳 앞까지만 읽은 부분: {0}",
  "the presentation was cut after 100,000 slides": "슬라이드 100,000장에서 잘랐습니다",
  "the workbook was cut after 10,000 sheets": "시트 10,000장에서 잘랐습니다",
  "of the sheet {} not all was read: {}": "다 읽지 못한 시트: {0} ({1})",
  "the sheet {} was cut: it is too large": "너무 커서 자른 시트: {0}",
  "the sheet {} has {} formulas that were never computed: what they give is missing": "계산된 적이 없어 값을 모르는 수식 {1}개가 있는 시트: {0}",
  "the sheet {} is damaged: it was read up to the damage": "망가진 곳 앞까지만 읽은 시트: {0}",
  "rows of {} were left out: {}": "줄을 뺀 시트: {0} ({1})",

  "the compound file is damaged": "파일의 틀이 망가져 있습니다",
  "the XML is damaged: read up to there": "XML이 망가져 있어 그 앞까지 읽었습니다",
  "nests too deep: the innermost parts are left out": "너무 깊이 겹쳐 가장 안쪽은 뺐습니다",
  "{}: nests too deep, the innermost parts are left out": "{0}: 너무 깊이 겹쳐 가장 안쪽은 뺐습니다",
  "{}: cut, it unpacks to more than {} MB": "{0}: 풀면 {1} MB를 넘어 잘랐습니다",
  "{}: damaged, read up to there": "{0}: 망가져 있어 그 앞까지 읽었습니다",
  "{}: sectors are missing": "{0}: 빠진 곳이 있습니다",
  "{}: ends inside a record": "{0}: 레코드 가운데에서 끊겼습니다",
  "the body could not be read: this is the preview text, the document's beginning":
    "본문을 읽지 못해 문서 첫머리의 미리보기 글을 대신 두었습니다",

  "only pages 1-{} of {} were read: {}": "모두 {1}쪽 가운데 1–{0}쪽만 읽었습니다: {2}",
  "it has more pages than we read": "읽을 수 있는 쪽수를 넘습니다",
  "it has more text than we read": "읽을 수 있는 분량을 넘습니다",
  "reading it took too long": "읽는 데 너무 오래 걸립니다",
  "no text on {} (scan?)": "글자가 없습니다. 스캔한 그림일 수 있습니다: {0}",
  "{} could not be read: damaged": "망가져서 읽지 못했습니다: {0}",
  "most characters on {} have no meaning in the file: text is missing": "글자의 뜻이 파일에 없어 글이 빠졌습니다: {0}",
  "{}: too many characters, the rest was left out": "글자가 너무 많아 나머지를 뺐습니다: {0}",
  "{}: too many form fields and comments, the rest was left out": "양식 칸과 주석이 너무 많아 나머지를 뺐습니다: {0}",
  "the file is damaged or cut: read as far as it goes": "파일이 망가졌거나 잘려 있어 읽히는 데까지 읽었습니다",
  "it is an XFA form: the values filled in are read, its own text is not": "XFA 양식이라 채워 넣은 값만 읽고 양식의 글은 읽지 못했습니다",
  "only {} attachments were read": "첨부 파일은 {0}개까지만 읽었습니다",
  "the PDF holds no file of this name": "PDF 안에 이런 이름의 파일이 없습니다",
  "it is larger than {} MB": "{0} MB보다 큽니다",
  "it is damaged": "망가져 있습니다",

  "its parts have no boundary: it was read as one text": "부분의 경계가 없어 글 하나로 읽었습니다",
  "parts nest more than {} deep: the rest is left out": "부분이 {0}겹 넘게 겹쳐 나머지를 뺐습니다",
  "only the first {} parts were read": "앞의 부분 {0}개만 읽었습니다",
  "only the first {} messages were read": "앞의 메일 {0}통만 읽었습니다",

  "not read: {} of {} members ({})": "안에 든 파일 {1}개 가운데 {0}개를 읽지 못했습니다 ({2})",
  "members are not read here": "여기에서는 안에 든 파일을 읽지 않습니다",
  "its members were cut at {} blocks": "안에 든 파일들의 글이 블록 {0}개를 넘어 잘랐습니다",
  "only the first {} members were read": "안에 든 파일 가운데 앞의 {0}개만 읽었습니다",
  "an archive without members": "안에 아무 파일도 없는 압축입니다",
  "an archive without files": "안에 아무 파일도 없는 묶음입니다",
  "its directory is damaged: members may be missing": "목록이 망가져 있어 빠진 파일이 있을 수 있습니다",
  "damaged in its archive: read as far as it goes": "압축 안에서 망가져 있어 읽히는 데까지 읽었습니다",
  "damaged: unpacked as far as it goes": "망가져 있어 풀리는 데까지 풀었습니다",
  "it holds nothing": "안에 아무것도 없습니다",
  "damaged: what follows could not be read": "망가져 있어 그 뒤는 읽지 못했습니다",
  "cut off: its last member is not whole": "끊겨 있어 마지막 파일이 온전하지 않습니다",
};

const kHole = "{}";

// Documents lie a few deep in one another, and a name may have a colon too; a longer row of them is no path.
const kPathsTried = 8;

function formOf(key: string): RegExp {
  const parts = key.split(kHole).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("(.+?)")}$`, "s");
}

// What has more letters of its own is asked first: "{} bytes were read" would take "{} bytes were read: {}" too.
const forms = Object.entries(warnings)
  .sort(([a], [b]) => b.replaceAll(kHole, "").length - a.replaceAll(kHole, "").length)
  .map(([key, korean]) => ({ form: formOf(key), korean }));

/** "pages 1-4, 7" of a PDF is "1-4, 7쪽"; a value may be a sentence of the table itself. */
function valueInKorean(value: string): string {
  const pages = /^pages? (\d.*)$/s.exec(value);
  return pages === null ? (inKorean(value) ?? value) : `${pages[1]}쪽`;
}

function inKorean(sentence: string): string | undefined {
  for (const { form, korean } of forms) {
    const values = form.exec(sentence)?.slice(1);
    if (values === undefined) continue;
    return korean.replace(/\{(\d)\}/g, (_, place: string) => valueInKorean(values[Number(place)]!));
  }
  return undefined;
}

/** Undefined where the sentence is not of the table: an error's, a new parser's, or an older Naru's. */
export function sayWarning(language: Language, sentence: string): string | undefined {
  if (language !== "ko") return sentence;
  // Of what is inside a document the path stands in front: "data.zip/a.pdf: no text found".
  for (let tried = 0, from = 0; tried < kPathsTried; ++tried) {
    const said = inKorean(sentence.slice(from));
    if (said !== undefined) return sentence.slice(0, from) + said;
    const colon = sentence.indexOf(": ", from);
    if (colon < 0) break;
    from = colon + 2;
  }
  return undefined;
}
