// A place in a document as people say it: "3쪽", "slide 2", "시트 요금 A1:C3", "section 1, paragraph 4".

import type { Locator } from "../api";
import { page, say, type Language, type Word } from "../words";

/** Where something begins, and where it ends if that is elsewhere. */
export type Place = Locator & { last?: Locator };

// Parts that a document of an office has beside its text; every other name is that of an attachment or a member.
const partWords: Record<string, Word> = { header: "partHeader", footer: "partFooter", notes: "partNotes", comments: "partComments" };

/** The part of a mail, a slide or an archive; empty where it is the document itself. */
export function partName(language: Language, part: string): string {
  const word = partWords[part];
  if (word !== undefined) return say(language, word);
  return /^\d+(\.\d+)*$/.test(part) ? `${say(language, "mailPart")} ${part}` : part;
}

/** "3", and "3–4" where it goes on. */
function range(first: number, last: number | undefined): string {
  return last === undefined || last <= first ? `${first}` : `${first}–${last}`;
}

/** The page, slide or sheet that it stands on; the section where the document has several. Empty where it has none. */
export function unitName(language: Language, place: Place, sections: boolean): string {
  const { page: number, slide, sheet, section, last } = place;
  if (number !== undefined) return page(language, range(number, last?.page));
  if (slide !== undefined) return `${say(language, "slide")} ${range(slide, last?.slide)}`;
  if (sheet !== undefined) return `${say(language, "sheet")} ${sheet}`;
  if (sections && section !== undefined) return language === "ko" ? `${section}구역` : `section ${section}`;
  return "";
}

function inPart(language: Language, locator: Place): string {
  const { cells, section, paragraph } = locator;
  const unit = unitName(language, locator, false);
  if (unit !== "") return cells === undefined ? unit : `${unit} ${cells}`;
  const names: string[] = [];
  if (section !== undefined && paragraph !== undefined) names.push(unitName(language, locator, true));
  if (paragraph !== undefined) names.push(language === "ko" ? `${paragraph}문단` : `paragraph ${paragraph}`);
  return names.join(language === "ko" ? " " : ", ");
}

/** Empty where the format has no places that a person would look for. */
export function placeName(language: Language, locator: Place): string {
  const part = locator.part === undefined ? "" : partName(language, locator.part);
  return [part, inPart(language, locator)].filter((name) => name !== "").join(" · ");
}
