// Every word that the page says, in Korean and English. A word that is missing in one of them does not compile.

export const words = {
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
  askNothing: ["아직 자료가 없습니다.", "There are no documents yet."],
  rooms: ["대화방", "Rooms"],
  roomNone: ["남기지 않는 질문", "Not kept"],
  roomNew: ["새 대화방 이름", "Name of a new room"],
  roomNewName: ["바꿀 이름", "New name"],
  roomRename: ["이름 바꾸기", "Rename"],
  roomForget: ["지우기", "Delete"],
  roomForgetAsk: ["이 대화방에서 주고받은 것을 모두 지웁니다.", "Everything that was said in this room goes."],
  save: ["확인", "OK"],
  understoodAs: ["이렇게 이해했습니다:", "Understood as:"],
  turnsDropped: ["보지 않은 앞의 대화:", "Earlier turns that were not looked at:"],
  withheld: [
    "이 답의 근거가 된 문서를 지금은 볼 수 없습니다.",
    "The documents that this answer rests on may not be read any more.",
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
  epoch: ["시점", "epoch"],
  asOf: ["그때로", "As of"],
  asOfHint: ["시점 번호나 태그", "an epoch or a tag"],
  together: ["합", "Together"],
  noHits: ["찾은 것이 없습니다.", "Nothing was found."],
  why: ["왜 이 자리인가?", "Why is it here?"],
  whyNot: ["이 문서는 왜?", "Why this document, or why not?"],
  documentName: ["문서 이름", "Name of a document"],
  passage: ["대목", "Passage"],
  unmet: ["맞지 않은 조건", "Conditions not met"],

  flow: ["흐름", "Flow"],
  flows: ["흐름", "Flows"],
  lastRun: ["지난 실행", "Last run"],
  never: ["아직 없음", "Never"],
  knowledgeBase: ["지식 베이스", "Knowledge base"],
  knowledgeBases: ["지식 베이스", "Knowledge bases"],
  documents: ["문서", "Documents"],
  passages: ["대목", "Passages"],
  embedder: ["임베딩 모델", "Embedding model"],
  disk: ["디스크", "Disk"],
  rejects: ["읽지 못한 문서", "What could not be read"],
  noRejects: ["읽지 못한 문서가 없습니다.", "Everything could be read."],
  forget: ["잊기", "Forget"],
  forgetAsk: ["이 문서를 어디에서도 남기지 않고 지웁니다.", "Removes this document from everywhere, for good."],
  attachments: ["안에 든 파일", "files inside"],
  unreadParts: ["다 읽지 못함", "not all read"],
  noDocuments: ["아직 문서가 없습니다. 위에 파일을 끌어다 놓거나, 자료 폴더에 넣고 실행하세요.", "There are no documents yet: drop files above, or put them into a source folder and run."],
  forgotten: ["잊었습니다.", "Forgotten."],
  goneDocuments: ["문서", "documents"],
  goneChunks: ["대목", "passages"],
  goneDeadChunks: ["지난 대목", "passages of the past"],
  goneGenerations: ["지난 판", "earlier versions"],
  goneOthersGenerations: ["같은 내용을 담은 다른 문서의 지난 판", "earlier versions of others with the same text"],
  goneTerms: ["이 문서에만 있던 낱말", "words that only it had"],
  gonePostings: ["색인 항목", "entries of the index"],
  goneVectors: ["벡터", "vectors"],
  goneContents: ["본문", "texts"],
  goneAnswers: ["이 문서로 한 답", "answers that rest on it"],
  goneMemo: ["중간 결과", "results kept for later runs"],
  scanned: ["다시 읽어 확인한 파일:", "Files read again to make sure:"],
  nothingLeft: ["남은 것이 없습니다", "nothing of it is left"],
  stillIn: ["아직 남은 곳:", "still found in:"],
  cancel: ["그만두기", "Cancel"],
  more: ["더 보기", "More"],

  addDocuments: ["문서 넣기", "Add documents"],
  dropHere: ["파일이나 폴더를 여기에 끌어다 놓으세요", "Drop files or folders here"],
  chooseFiles: ["파일 고르기", "Choose files"],
  addTo: ["넣을 흐름", "Into"],
  takesNone: [
    "파일을 받는 흐름이 없습니다. naru.yaml에서 폴더의 path 옆에 uploads: true 를 쓰고 naru serve를 다시 시작하면 받습니다.",
    "No flow takes files. Write uploads: true beside a folder's path in naru.yaml and start naru serve again.",
  ],
  tooMany: ["한 번에 1,000개까지 넣습니다. 나머지는 빠졌습니다.", "At most 1,000 files at once; the rest was left out."],
  tooLarge: ["너무 큽니다. 폴더에 직접 넣으세요.", "Too large: put it into the folder yourself."],
  dropUnread: ["놓은 것을 브라우저가 읽지 못했습니다. 다시 놓아 보세요.", "The browser could not read what was dropped; drop it again."],
  waiting: ["기다리는 중", "Waiting"],
  sending: ["보내는 중…", "Sending…"],
  added: ["넣었습니다", "Added"],
  isThere: ["같은 이름이 이미 있습니다", "A file of this name is there already"],
  replace: ["바꾸기", "Replace"],
  clear: ["목록 지우기", "Clear the list"],
  newFolder: ["새 폴더를 자료로 쓰려면", "To use another folder as a source"],
  newFolderHow: [
    "어느 폴더를 읽을지는 이 컴퓨터의 주인이 naru.yaml에서 정합니다. 아래 줄을 flows: 아래에 붙이고 naru serve를 다시 시작하세요.",
    "Which folders are read is decided in naru.yaml by whoever has this machine. Paste these lines below flows: and start naru serve again.",
  ],
  folderPath: ["폴더", "Folder"],
  flowName: ["흐름 이름", "Name of the flow"],
  copy: ["복사", "Copy"],
  copied: ["복사했습니다", "Copied"],

  plan: ["미리 보기", "Plan"],
  planNow: ["어림 보기", "Estimate"],
  planExact: ["자세히 세기", "Count exactly"],
  planHow: [
    "실행하면 무엇을 할지 미리 봅니다. 아무것도 바꾸지 않습니다.",
    "Says what a run would do. Nothing is changed.",
  ],
  planNote: [
    "자료의 목록만 보고 어림한 것입니다. 시간은 지난 실행의 빠르기로 셈했습니다.",
    "Estimates, by the sources' listings alone; the time is at the pace of the last run.",
  ],
  planExactNote: [
    "바뀐 것을 읽어 보고 센 것입니다. 토큰과 시간은 어림입니다.",
    "Counted by reading what changed; tokens and time are estimates.",
  ],
  planned: ["미리 본 것:", "As planned:"],
  nothingToDo: ["할 일이 없습니다", "nothing to do"],
  countUnchanged: ["그대로", "unchanged"],
  countDropped: ["뺌", "dropped"],
  textsToEmbed: ["새로 임베딩", "new to embed"],
  tokensAbout: ["토큰 약", "tokens, about"],
  costAbout: ["비용 약", "cost, about"],
  toRead: ["읽을 양", "to read"],
  about: ["약", "about"],
  fitsFirst: ["먼저 자료 전체에 맞출 단계:", "Steps that would be fitted to the corpus first:"],
  missing: ["사라진 문서:", "Missing:"],
  heldPlan: [
    "한꺼번에 많은 문서가 사라져, 실행해도 지우지 않습니다. 폴더가 제자리에 있나요?",
    "So much is missing at once that a run would remove none of it. Is the folder there?",
  ],

  runs: ["실행", "Runs"],
  runNow: ["지금 실행", "Run now"],
  stopRun: ["실행 멈추기", "Stop the run"],
  starting: ["자료를 살피는 중…", "Looking at the sources…"],
  runRunning: ["실행 중", "Running"],
  runStopping: ["멈추는 중", "Stopping"],
  runDone: ["끝남", "Done"],
  runHeld: ["지우기를 미룸", "Removals held back"],
  runStopped: ["멈춤", "Stopped"],
  runFailed: ["실패", "Failed"],
  runGoesOn: ["다른 실행이 아직 끝나지 않았습니다. 끝난 뒤에 다시 누르세요.", "Another run is still going on; press again when it is over."],
  noRuns: ["아직 실행한 적이 없습니다.", "Nothing has been run from here yet."],
  runHistory: ["지난 실행들", "Earlier runs"],
  embedded: ["임베딩", "embedded"],
  rejected: ["못 읽음", "rejected"],
  countAdded: ["추가", "added"],
  countChanged: ["바뀜", "changed"],
  countRemoved: ["지움", "removed"],
  left: ["남음", "left"],
  heldHow: [
    "한꺼번에 많은 문서가 사라져 지우지 않았습니다. 폴더가 제자리에 있나요? 정말 없어졌다면 지울 수 있습니다.",
    "Much is missing at once, so nothing was removed. Is the folder there? If it is really gone, it can be removed.",
  ],
  acceptRemovals: ["사라진 문서 지우기", "Remove what is missing"],
  replay: ["다시 읽기", "Try again"],
  replayAll: ["모두 다시 읽기", "Try all again"],

  slide: ["슬라이드", "slide"],
  sheet: ["시트", "sheet"],
  mailPart: ["메일 부분", "mail part"],
  partHeader: ["머리말", "header"],
  partFooter: ["꼬리말", "footer"],
  partNotes: ["발표자 노트", "speaker notes"],
  partComments: ["댓글", "comments"],
  table: ["표", "Table"],
  moreRows: ["행 더 보기", "More rows"],
  moreBlocks: ["문단 더 보기", "More of the text"],
  version: ["판", "Version"],
  versionNow: ["지금", "now"],
  versionPast: ["지난 판", "earlier"],
  versionOld: ["지금의 문서가 아니라 그때의 문서입니다.", "This is the document as it was, not as it is now."],
  warnings: ["다 읽지 못했습니다", "Not all of it could be read"],
  inside: ["안에 든 것", "Inside it"],
  passagesShown: ["대목 경계 보기", "Show passages"],
  viewer: ["문서", "Document"],
  close: ["닫기", "Close"],
  previousPage: ["앞 쪽", "Previous page"],
  nextPage: ["다음 쪽", "Next page"],
  asRead: ["읽은 대로", "As read"],
  original: ["원본", "Original"],
  pageNotDrawn: ["이 쪽을 그리지 못했습니다. 읽은 대로 볼 수 있습니다.", "This page could not be drawn; it can be seen as it was read."],
  loading: ["불러오는 중…", "Loading…"],

  loginNeeded: ["들어오려면 열쇠가 필요합니다", "A key is needed to come in"],
  loginHow: [
    "`naru serve`가 알려 준 들어오는 주소를 여세요. 그 주소는 한 번만 쓸 수 있고, `naru serve`를 다시 시작하면 새로 나옵니다.",
    "Open the login address that `naru serve` printed. It works once; starting `naru serve` again prints a new one.",
  ],
  tryAgain: ["다시 해 보기", "Try once more"],
  cutOff: ["답이 끝나기 전에 연결이 끊겼습니다", "The connection broke off before the answer was there"],
  unreachable: ["서버에 닿지 않습니다", "The server cannot be reached"],
} as const satisfies Record<string, readonly [string, string]>;

/** "3쪽", "page 3", "pages 3–4" */
export function page(language: Language, number: number | string): string {
  if (language === "ko") return `${number}쪽`;
  return `${String(number).includes("–") ? "pages" : "page"} ${number}`;
}

/** "0.4 MB", as people count what a disk holds. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** "0.4 s", "2:05", "1:02:03": as the command line says it. */
export function clock(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
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
