// What the server says beside a result, in the reader's language: codes of errors and kinds of notes, as
// docs/api/openapi.json lists them. notes.test.ts holds this to know every one; the server's own sentence stays where
// it says more.

import type { Language } from "./words";

type Said = readonly [korean: string, english: string];

/** What went wrong, and what to do about it where that is always the same. */
export const codes: Record<string, Said> = {
  invalid_argument: ["이대로는 할 수 없는 요청입니다", "This request cannot be carried out as it is"],
  not_found: ["찾는 것이 없습니다", "It is not there"],
  already_exists: ["이미 있습니다", "It is there already"],
  unsupported: ["할 수 없는 일입니다", "This cannot be done"],
  corrupt: ["저장된 것이 망가져 있습니다", "What was stored is damaged"],
  io: ["디스크를 읽거나 쓰지 못했습니다", "The disk could not be read or written"],
  unavailable: ["지금은 쓸 수 없습니다", "It is not available now"],
  timeout: ["너무 오래 걸려 그만두었습니다", "It took too long and was given up"],
  cancelled: ["도중에 멈췄습니다", "It was stopped on the way"],
  limit_exceeded: ["한도를 넘었습니다", "A limit was exceeded"],
  not_allowed: ["허락되지 않은 일입니다", "This is not allowed"],
  internal: ["나루의 잘못입니다. 서버의 기록에 자세한 것이 있습니다", "A fault of Naru; the server's log says more"],

  invalid_api_key: ["들어오려면 열쇠가 필요합니다", "A key is needed to come in"],
  method_not_allowed: ["이 주소에는 할 수 없는 일입니다", "This cannot be done at this address"],
  unsupported_media_type: ["보낸 것의 형식을 읽을 수 없습니다", "What was sent is of a kind that is not read"],
  server_busy: ["지금은 바쁩니다. 잠시 뒤에 다시 해 보세요", "The server is busy; try again in a while"],
  bad_request: ["읽을 수 없는 요청입니다", "The request cannot be read"],
};

/** Why a document was not taken in, and what its owner can do: of the codes above those that a document can meet. */
export const rejections: Record<string, Said> = {
  invalid_argument: ["문서에 빠졌거나 잘못된 것이 있습니다", "Something in it is missing or wrong"],
  not_found: ["읽는 동안 사라졌습니다", "It went away while it was read"],
  already_exists: ["같은 이름의 문서가 이미 있습니다", "A document of this name is there already"],
  unsupported: ["읽을 수 없는 종류입니다. PDF나 DOCX로 바꾸면 읽습니다", "Of a kind that is not read; as PDF or DOCX it would be"],
  corrupt: ["망가진 문서입니다. 만든 프로그램에서 열어 다시 저장해 보세요", "Damaged; try to open and save it in the program that made it"],
  io: ["파일을 읽지 못했습니다", "The file could not be read"],
  unavailable: ["읽는 데 필요한 것이 지금 없습니다. 나중에 다시 읽습니다", "What reads it is not there now; it is tried again later"],
  timeout: ["너무 오래 걸려 그만두었습니다. 나누면 읽을 수 있습니다", "Took too long; in parts it could be read"],
  cancelled: ["도중에 멈췄습니다", "Stopped on the way"],
  limit_exceeded: ["한 문서의 한도를 넘습니다. 나누면 읽을 수 있습니다", "Over the limit of one document; in parts it could be read"],
  not_allowed: ["암호나 보안으로 잠겼습니다. 풀어서 저장한 사본을 넣으세요", "Locked by a password or protection; add a copy without it"],
  internal: ["나루의 잘못입니다", "A fault of Naru"],
};

/** {0}, {1}, … are the values of the note. */
export const notes: Record<string, Said> = {
  closes_nothing: ["“)”가 닫을 것이 없어 뺐습니다", "a “)” closes nothing; it is left out"],
  joins_nothing: ["이을 것이 없어 낱말로 읽었습니다: {0}", "{0} joins nothing there; it is read as a word"],
  leaves_nothing_out: ["NOT이 뺄 것이 없어 낱말로 읽었습니다", "NOT leaves nothing out there; it is read as a word"],
  lone_sign: ["홀로 선 기호를 뺐습니다: {0}", "a lone “{0}” is left out"],
  nested_too_deep: ["괄호가 너무 깊어 안쪽은 낱말로 읽었습니다", "groups are nested too deep; the innermost are read as words"],
  group_not_closed: ["“(”가 닫히지 않아 끝까지를 묶었습니다", "a “(” is not closed; it ends with the query"],
  quote_not_closed: ["따옴표가 닫히지 않아 그 뒤는 낱말로 읽었습니다", "a quote is not closed; what follows is read as plain words"],
  empty_quotation: ["빈 따옴표는 아무것도 찾지 않습니다", "an empty quotation asks for nothing"],
  phrase_asks_nothing: ["어디에나 있는 말뿐이라 찾지 않습니다: “{0}”", "“{0}” is only words that stand everywhere; it asks for nothing"],
  word_asks_nothing: ["어디에나 있거나 낱말이 아니라서 찾지 않습니다: “{0}”", "“{0}” stands everywhere or is no word; it asks for nothing"],
  star_inside: ["낱말 끝이 아닌 *는 뺐습니다: “{0}”", "in “{0}” the * is no end of a word; it is left out"],
  no_such_field: [
    "그런 칸은 없어 낱말로 읽었습니다: “{0}:…”. 칸은 title, heading, body, file입니다",
    "there is no field “{0}”, so “{0}:…” is read as words; fields are title, heading, body, file",
  ],
  names_nothing: ["찾을 말이 없어 아무것도 찾지 않았습니다", "the query names nothing to look for, so nothing is found"],
  many_words: ["“{1}…”에 맞는 낱말 {0}개 가운데 흔한 {2}개로 순위를 매겼습니다", "{0} words begin with “{1}”; passages are ranked by the {2} most frequent"],
  phrase_gave_way: ["그대로 있는 곳이 없어 낱말로 찾았습니다: “{0}”", "“{0}” stands nowhere as a phrase; its words are looked for"],
  other_keyboard: ["없는 말이라 한/영을 바꿔 찾았습니다: “{0}” → {1}", "“{0}” stands nowhere; in the keyboard's other letters it is: {1}"],
  initials: ["초성으로 읽었습니다: “{0}” → {1}", "“{0}” is read as initial consonants of: {1}"],
  other_spacing: ["없는 말이라 띄어쓰기를 바꿔 찾았습니다: “{0}” → “{1}”", "“{0}” stands nowhere; it is looked for as “{1}”"],
  typing_slip: ["없는 말이라 비슷한 말로 찾았습니다: “{0}” → “{1}”", "“{0}” stands nowhere; looked for “{1}”"],
  no_embedder: ["임베딩 모델이 없어 낱말로만 찾았습니다", "the embedding model is not there, so only words were searched"],
  embedder_fails: ["낱말로만 찾았습니다. 임베딩 모델을 열지 못했습니다: {0}", "only words were searched: {0}"],
  only_english: [
    "임베딩 모델이 영어만 알아 한국어 질문은 뜻으로 찾지 못합니다: {0}",
    "the model {0} knows only English: a Korean question finds little by meaning",
  ],
  model_fails: ["모델이 답하지 못했습니다: {0}", "The model could not answer: {0}"],
  sentence_left_out: ["모델의 문장 1개는 문서에 근거가 없어 뺐습니다.", "1 of the model's sentences was left out: the documents do not support it."],
  sentences_left_out: [
    "모델의 문장 {0}개는 문서에 근거가 없어 뺐습니다.",
    "{0} of the model's sentences were left out: the documents do not support them.",
  ],
  model_finds_nothing: ["모델은 답을 찾지 못했습니다.", "The model found no answer."],
  own_sentences: ["문서에 있는 문장을 그대로 보입니다.", "These are the documents' own sentences."],
  flow_dropped: ["naru.yaml에서 빠진 흐름의 문서 {1}개를 지웠습니다: {0}", "{0} is not in naru.yaml any more: its {1} document(s) were removed"],
  model_switches: [
    "{0}: 지식 베이스 {2}의 임베딩 모델을 바꿉니다 ({3} → {1}). 대목 약 {4}개를 모두 임베딩할 때까지는 전의 모델로 찾으며, 전의 벡터는 남습니다",
    "{0}: {1} is to serve {2} instead of {3}, which goes on until all is embedded (about {4} passages). The old vectors stay: the way back costs nothing",
  ],
  korean_unfound: [
    "임베딩 모델 {1}: 영어만 알아 한국어 문서를 뜻으로는 찾지 못합니다 ({0}). `embed: {local: default}`를 쓰세요",
    "{0} is Korean, and the model {1} knows only English: search by meaning will not find it. Use `embed: {local: default}`.",
  ],
  returned: ["{0}위로 나왔습니다", "it was returned, at rank {0}"],
  filtered_out: ["조건에 맞지 않아 빠졌습니다", "the filter leaves it out"],
  has_no_passages: ["대목이 없는 문서입니다", "it has no passages"],
  condition_not_met: ["이 조건에 맞는 대목이 없습니다: {0}", "no passage of it meets the condition {0}"],
  has_no_word: ["찾는 낱말이 하나도 없고, 임베딩된 대목도 없습니다", "no word of the query stands in it, and nothing of it is embedded"],
  no_candidate: ["어느 방법으로도 후보에 들지 못했습니다", "it is not among the candidates of a leg"],
  others_stand_for_it: ["같은 말을 하는 다른 대목이 대신 나왔습니다", "other passages stand for it, or say the same"],
  ranked_below: ["가장 좋은 대목이 {0}위인데 {1}위까지만 물었습니다", "its best passage is at rank {0}, and {1} were asked for"],
};

/** A kind of note, and the words that stand in it. */
export interface Note {
  kind: string;
  values: string[];
}

function said(table: Record<string, Said>, key: string, language: Language): string | undefined {
  return Object.hasOwn(table, key) ? table[key]![language === "ko" ? 0 : 1] : undefined;
}

/** Korean sentences have no particle behind a value: which one it takes depends on how the value ends. */
export function sayNote(language: Language, note: Note): string | undefined {
  return said(notes, note.kind, language)?.replace(/\{(\d)\}/g, (hole, place: string) => note.values[Number(place)] ?? hole);
}

/** What the server noted, said in this language; sentences of an older server stay as they are. */
export function sayNotes(language: Language, kinds: Note[] | undefined, sentences: string[]): string[] {
  return sentences.map((sentence, place) => {
    const kind = kinds?.[place];
    return (kind && sayNote(language, kind)) ?? sentence;
  });
}

export function sayCode(language: Language, code: string): string | undefined {
  return said(codes, code, language);
}

export function sayRejection(language: Language, code: string): string | undefined {
  return said(rejections, code, language);
}
