// Files from a drag or a file dialog, with their paths below the folder that was dropped.

export interface Picked {
  path: string;
  file: File;
}

/** More at once is a mistake of the hand, or work for `cp`. */
export const kFilesMax = 1000;
const kDepthMax = 16;

export function pickedFrom(files: Iterable<File>): Picked[] {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A reader gives a part of a folder at each call, and nothing at the end. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  while (entries.length <= kFilesMax) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    entries.push(...some);
  }
  return entries;
}

async function collect(entry: FileSystemEntry, before: string, depth: number, picked: Picked[]): Promise<void> {
  // One more than the most, so that whoever counts sees that something is left out.
  if (picked.length > kFilesMax || depth > kDepthMax || entry.name.startsWith(".")) return;
  const path = before + entry.name;
  if (entry.isFile) picked.push({ path, file: await fileOf(entry as FileSystemFileEntry) });
  if (!entry.isDirectory) return;
  for (const inner of await entriesOf(entry as FileSystemDirectoryEntry))
    await collect(inner, `${path}/`, depth + 1, picked);
}

export async function dropped(transfer: DataTransfer): Promise<Picked[]> {
  // Entries are there only until the handler of the drop returns: taken at once, read afterwards.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const files = [...transfer.files];
  if (entries.every((entry) => entry === null)) return pickedFrom(files);
  const picked: Picked[] = [];
  for (const entry of entries) if (entry !== null) await collect(entry, "", 0, picked);
  return picked;
}
