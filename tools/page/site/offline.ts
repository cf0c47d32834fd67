// Lets the page work without a network: its service worker keeps the program, never a picture or a model.

/** How long the page waits for its service worker, ms. Without it the page works too, but only with a network. */
const MOST_WAIT_MS = 5_000;

/** Returns once what the page fetches goes through the service worker, or cannot. */
export async function workOffline(): Promise<void> {
  const { serviceWorker } = navigator;
  if (!serviceWorker || serviceWorker.controller) return;
  const controlled = new Promise<void>((resolve) => {
    serviceWorker.addEventListener('controllerchange', () => resolve(), { once: true });
    setTimeout(resolve, MOST_WAIT_MS);
  });
  try {
    await serviceWorker.register('service-worker.js');
    await controlled;
  } catch {
    // A private window may have none.
  }
}
