// The page's script: its parts, put together. It changes nothing that is not on the page, and asks nobody for anything.
import type { PageData } from '../page-data.ts';
import { Drawing } from './drawing.ts';
import { Marks } from './marks.ts';
import { find } from './page-elements.ts';
import { openTabs } from './tabs.ts';
import { Viewer } from './viewer.ts';
import { walkFaces } from './walk.ts';

const data: PageData = JSON.parse(find('#data').textContent ?? '');
const tiles = data.faces.map((_, i) => find<HTMLLIElement>(`#f${i}`));

const drawing = new Drawing(data, tiles);
const marks = new Marks(data, tiles);
const viewer = new Viewer(data, tiles, marks);
openTabs();
walkFaces(tiles, (i) => viewer.open(i), marks);
drawing.start();
