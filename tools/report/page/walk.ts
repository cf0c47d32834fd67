// Faces by keyboard: one stop of the Tab key a panel, arrows from face to face, y, n and s to mark and go on.
import { isMarkKey, type Marks } from './marks.ts';
import { find, findAll } from './page-elements.ts';

export function walkFaces(tiles: readonly HTMLLIElement[], open: (i: number) => void, marks: Marks): void {
  for (const face of findAll('.face')) face.tabIndex = -1;
  for (const [i, tile] of tiles.entries()) find('.face', tile).addEventListener('click', () => open(i));
  for (const panel of findAll('.panel')) {
    panel.addEventListener('keydown', (event) => {
      const tile = (event.target as HTMLElement).closest('li');
      if (!tile || event.ctrlKey || event.metaKey || event.altKey) return;
      const shown = findAll('.faces > li', panel).filter((one) => one.offsetParent !== null);
      const at = shown.indexOf(tile as HTMLLIElement);
      const i = tiles.indexOf(tile as HTMLLIElement);
      const isMark = i >= 0 && isMarkKey(event.key);
      const to = isMark ? at + 1 : destination(event.key, shown, at);
      if (to === undefined) return;
      event.preventDefault();
      if (isMark) marks.set(i, event.key as 'y');
      focusOn(shown[Math.max(0, Math.min(shown.length - 1, to))]);
    });
  }
}

/** Lets the Tab key reach the first face of each panel, and no other: there may be 5,000. */
export function offerFirstFaces(): void {
  for (const face of findAll('.face[tabindex="0"]')) face.tabIndex = -1;
  for (const panel of findAll('.panel')) {
    const first = findAll('.faces > li', panel).find((tile) => tile.closest('[hidden]') === null);
    if (first) find('.face', first).tabIndex = 0;
  }
}

function destination(key: string, shown: readonly HTMLElement[], at: number): number | undefined {
  switch (key) {
    case 'ArrowRight':
      return at + 1;
    case 'ArrowLeft':
      return at - 1;
    case 'Home':
      return 0;
    case 'End':
      return shown.length - 1;
    case 'ArrowDown':
    case 'ArrowUp':
      return inNextRow(shown, at, key === 'ArrowDown' ? 1 : -1);
    default:
      return undefined;
  }
}

/** The face nearest below or above. */
function inNextRow(shown: readonly HTMLElement[], at: number, step: number): number {
  const { left, top } = (shown[at] as HTMLElement).getBoundingClientRect();
  let best = at;
  let row: number | undefined;
  let gap = Number.POSITIVE_INFINITY;
  for (let i = at + step; i >= 0 && i < shown.length; i += step) {
    const place = (shown[i] as HTMLElement).getBoundingClientRect();
    if (place.top === top) continue;
    row ??= place.top;
    if (place.top !== row) break;
    if (Math.abs(place.left - left) >= gap) continue;
    gap = Math.abs(place.left - left);
    best = i;
  }
  return best;
}

function focusOn(tile: HTMLElement | undefined): void {
  if (!tile) return;
  const face = find('.face', tile);
  for (const other of findAll('.face[tabindex="0"]', tile.closest('.panel') ?? document)) other.tabIndex = -1;
  face.tabIndex = 0;
  face.focus();
  face.scrollIntoView({ block: 'nearest' });
}
