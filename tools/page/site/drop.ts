// Files that a person chooses or drops: single ones, and whole folders.
import { isPictureName } from '../../../handler/picture-name.ts';
import { find } from './elements.ts';

/** A file, and its path inside the folder that was chosen, or its name. */
export interface Given {
  file: File;
  path: string;
}

/** Calls `onFiles` with what is chosen by an input inside `zone`, or dropped on it. */
export function acceptFiles(zone: HTMLElement, onFiles: (files: Given[]) => void): void {
  for (const input of zone.querySelectorAll<HTMLInputElement>('input[type="file"]')) {
    input.addEventListener('change', () => {
      const files = [...(input.files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
      input.value = ''; // so that the same file can be chosen again
      if (files.length > 0) onFiles(inOrder(files));
    });
  }
  let inside = 0; // dragenter and dragleave also come for the zone's children
  const mark = (change: number): void => {
    inside = Math.max(0, inside + change);
    zone.classList.toggle('over', inside > 0);
  };
  zone.addEventListener('dragenter', () => mark(1));
  zone.addEventListener('dragleave', () => mark(-1));
  zone.addEventListener('dragover', (event) => event.preventDefault());
  zone.addEventListener('drop', async (event) => {
    event.preventDefault();
    inside = 0;
    mark(0);
    const files = await droppedFiles(event.dataTransfer);
    if (files.length > 0) onFiles(inOrder(files));
  });
}

/** A file that is dropped beside a zone must not replace the page. */
export function ignoreOtherDrops(): void {
  for (const name of ['dragover', 'drop']) window.addEventListener(name, (event) => event.preventDefault());
}

/** Whether it may be a picture, by its name. What is inside decides later. */
export function isPicture({ file }: Given): boolean {
  return isPictureName(file.name) || file.type.startsWith('image/');
}

function inOrder(files: Given[]): Given[] {
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** The entries must be taken before the first await: after it the browser has forgotten them. */
async function droppedFiles(transfer: DataTransfer | null): Promise<Given[]> {
  const items = [...(transfer?.items ?? [])].filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found = await Promise.all(
    entries.map((entry): Given[] | Promise<Given[]> => {
      if (entry === null) return [];
      return entry instanceof File ? [{ file: entry, path: entry.name }] : filesOf(entry);
    }),
  );
  return found.flat();
}

async function filesOf(entry: FileSystemEntry): Promise<Given[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ file, path: entry.fullPath.replace(/^\//, '') }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const all: Given[] = [];
  for (;;) {
    // It gives a hundred or so at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    for (const one of some) all.push(...(await filesOf(one)));
  }
}

/** Whether this device may choose folders: phones cannot. */
export function offerFolders(): void {
  find('#folder-button').hidden = !('webkitdirectory' in HTMLInputElement.prototype);
}
