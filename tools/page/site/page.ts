// The page's script: loads the program, shows how far it is, and puts the parts together.
import { offerCamera } from './camera.ts';
import { ignoreOtherDrops, offerFolders } from './drop.ts';
import { find } from './elements.ts';
import { Engine } from './engine.ts';
import { load } from './loading.ts';
import { workOffline } from './offline.ts';
import { Person } from './person.ts';
import { Reader } from './reading.ts';
import { Search } from './search.ts';

async function start(): Promise<void> {
  if (location.protocol === 'file:') {
    throw new Error(
      'Opened as a file, a page may not load its program. Put this folder on any web server, for example: python3 -m http.server',
    );
  }
  if (!('WebAssembly' in window)) throw new Error('This browser is too old: it has no WebAssembly.');
  const [loading, progress] = [find('#loading'), find<HTMLProgressElement>('#progress')];
  loading.hidden = false;
  await workOffline();
  const { parts, script, decoders } = await load((share) => {
    progress.value = share;
    find('#loading-text').textContent = `Loading the program: ${Math.floor(100 * share)} %`;
  });
  const reader = new Reader(decoders);
  const engine = new Engine(parts, script);
  await engine.ask('forget', {}); // starts the worker
  loading.hidden = true;
  find('#work').hidden = false;
  find('#ready').textContent = 'Ready. From here on the page needs no network.';

  const person: Person = new Person(engine, reader, () => void search.judgeAll());
  const search = new Search(engine, reader, person);
  offerCamera(find('#person-camera'), (given) => void person.add([given]));
  offerCamera(find('#search-camera'), (given) => void search.add([given]));
  offerFolders();
  ignoreOtherDrops();
}

start().catch((error: unknown) => {
  find('#loading').hidden = true;
  const problem = find('#problem');
  problem.textContent = error instanceof Error ? error.message : String(error);
  problem.hidden = false;
});
