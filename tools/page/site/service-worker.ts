// The service worker: answers with the page's own files, from its cache first. It knows no other address.

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  request: Request;
  respondWith(response: Promise<Response>): void;
}
interface Scope {
  addEventListener(name: 'install' | 'activate', listener: (event: Extendable) => void): void;
  addEventListener(name: 'fetch', listener: (event: Fetching) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}

/** Name and integrity of the page's files. The build writes them, so a change of any makes another service worker. */
declare const SMALL_FILES: readonly (readonly [name: string, integrity: string])[];
/** The program and its weights: fetched by the page, kept as they come by. They have their hashes in their names. */
declare const LARGE_FILES: readonly string[];

const scope = self as unknown as Scope;
const KEPT = 'fr-page';
const address = (name: string): string => new URL(name, location.href).href;
const OURS = new Set([...SMALL_FILES.map(([name]) => name), ...LARGE_FILES].map(address));

scope.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(KEPT);
      const wanted = ([name, integrity]: readonly [string, string]) =>
        new Request(address(name), { cache: 'reload', integrity });
      await cache.addAll(SMALL_FILES.map(wanted));
      await scope.skipWaiting();
    })(),
  );
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(KEPT);
      for (const request of await cache.keys()) if (!OURS.has(request.url)) await cache.delete(request);
      await scope.clients.claim();
    })(),
  );
});

scope.addEventListener('fetch', (event) => {
  const url = event.request.url.replace(/[?#].*$/, '');
  const file = url === address('./') ? address('index.html') : url;
  if (event.request.method === 'GET' && OURS.has(file)) event.respondWith(answer(file, event));
});

async function answer(file: string, event: Fetching): Promise<Response> {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(file);
  if (kept) return kept;
  const response = await fetch(file);
  if (response.ok) event.waitUntil(cache.put(file, response.clone()));
  return response;
}
