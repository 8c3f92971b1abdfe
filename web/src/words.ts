// Every word that the page says, in Korean and English. A word that is missing in one of them does not compile.

const words = {
  ask: ["질문", "Ask"],
  search: ["검색", "Search"],
  sources: ["자료", "Sources"],
  skip: ["본문으로 건너뛰기", "Skip to content"],
  language: ["English", "한국어"],
  theme: ["밝게 또는 어둡게", "Light or dark"],

  askLabel: ["무엇이 궁금한가요?", "What do you want to know?"],
  askHint: ["Enter로 묻고, Shift+Enter로 줄을 바꿉니다", "Enter asks, Shift+Enter begins a new line"],
  askEmpty: [
    "자료에 있는 것만 답합니다. 모든 문장에는 근거가 붙고, 근거를 누르면 그 자리가 열립니다.",
    "Answers come from your documents alone. Every sentence carries its evidence; click it to see the place.",
  ],
  send: ["묻기", "Ask"],
  stop: ["멈추기", "Stop"],
  retry: ["다시 묻기", "Ask again"],
  stopped: ["멈췄습니다.", "Stopped."],
  everything: ["모든 자료", "Everything"],
  scope: ["찾을 곳", "Where to look"],
  evidence: ["찾은 근거", "Evidence found"],
  nearest: ["가장 가까운 대목", "Nearest passages"],
  noEvidence: [
    "자료에서 근거를 찾지 못해 답하지 않습니다.",
    "There is no evidence for an answer in your documents.",
  ],
  looking: ["찾는 중…", "Looking…"],
  writing: ["쓰는 중…", "Writing…"],
  citation: ["근거", "Citation"],

  searchLabel: ["찾을 말", "Words to look for"],
  leg: ["찾는 방법", "By"],
  hybrid: ["낱말과 뜻", "Words and meaning"],
  lexical: ["낱말", "Words"],
  vector: ["뜻", "Meaning"],
  filter: ["조건", "Condition"],
  filterHint: ["예: path prefix hr/ and language = ko", "e.g. path prefix hr/ and language = ko"],
  together: ["합", "Together"],
  noHits: ["찾은 것이 없습니다.", "Nothing was found."],
  why: ["왜 이 자리인가?", "Why is it here?"],
  whyNot: ["이 문서는 왜?", "Why this document, or why not?"],
  documentName: ["문서 이름", "Name of a document"],
  passage: ["대목", "Passage"],
  unmet: ["맞지 않은 조건", "Conditions not met"],

  flows: ["흐름", "Flows"],
  lastRun: ["지난 실행", "Last run"],
  never: ["아직 없음", "Never"],
  knowledgeBases: ["지식 베이스", "Knowledge bases"],
  documents: ["문서", "Documents"],
  passages: ["대목", "Passages"],
  embedder: ["임베딩 모델", "Embedding model"],
  disk: ["디스크", "Disk"],
  rejects: ["읽지 못한 문서", "What could not be read"],
  noRejects: ["읽지 못한 문서가 없습니다.", "Everything could be read."],
  forget: ["잊기", "Forget"],
  forgetAsk: ["이 문서를 어디에서도 남기지 않고 지웁니다.", "Removes this document from everywhere, for good."],
  forgotten: ["잊었습니다.", "Forgotten."],
  cancel: ["그만두기", "Cancel"],
  more: ["더 보기", "More"],

  viewer: ["문서", "Document"],
  close: ["닫기", "Close"],
  previousPage: ["앞 쪽", "Previous page"],
  nextPage: ["다음 쪽", "Next page"],
  asRead: ["읽은 대로", "As read"],
  original: ["원본", "Original"],
  loading: ["불러오는 중…", "Loading…"],

  loginNeeded: ["들어오려면 열쇠가 필요합니다", "A key is needed to come in"],
  loginHow: [
    "`naru serve`가 알려 준 들어오는 주소를 여세요. 그 주소는 한 번만 쓸 수 있고, `naru serve`를 다시 시작하면 새로 나옵니다.",
    "Open the login address that `naru serve` printed. It works once; starting `naru serve` again prints a new one.",
  ],
  unreachable: ["서버에 닿지 않습니다", "The server cannot be reached"],
} as const satisfies Record<string, readonly [string, string]>;

export function page(language: Language, number: number | string): string {
  return language === "ko" ? `${number}쪽` : `page ${number}`;
}

export type Word = keyof typeof words;
export type Language = "ko" | "en";

export function say(language: Language, word: Word): string {
  return words[word][language === "ko" ? 0 : 1];
}

export function firstLanguage(stored: string | null, preferred: readonly string[]): Language {
  if (stored === "ko" || stored === "en") return stored;
  for (const tag of preferred) {
    if (tag.startsWith("ko")) return "ko";
    if (tag.startsWith("en")) return "en";
  }
  return "en";
}
