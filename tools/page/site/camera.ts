// The camera: one picture at a time, as a file like any other. It runs only while its dialog is open.
import type { Given } from './drop.ts';
import { find } from './elements.ts';

/** Shows the buttons if this browser can ask for a camera, and gives what is taken to `onPicture`. */
export function offerCamera(button: HTMLElement, onPicture: (given: Given) => void): void {
  if (!navigator.mediaDevices?.getUserMedia) return;
  button.hidden = false;
  button.addEventListener('click', () => void takePicture(onPicture));
}

async function takePicture(onPicture: (given: Given) => void): Promise<void> {
  const dialog = find<HTMLDialogElement>('#camera');
  const video = find<HTMLVideoElement>('#viewfinder');
  const note = find('#camera-note');
  const shoot = find<HTMLButtonElement>('#shoot');
  shoot.disabled = true;
  note.textContent = 'Waiting for the camera ...';
  video.hidden = false;
  dialog.showModal();
  const closed = new AbortController();
  const { signal } = closed;
  dialog.addEventListener('close', () => closed.abort(), { signal });
  find('#camera-close').addEventListener('click', () => dialog.close(), { signal });
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 } }, audio: false });
    const end = (): void => {
      for (const track of stream.getTracks()) track.stop();
      video.srcObject = null;
    };
    if (signal.aborted) return end();
    signal.addEventListener('abort', end);
    video.srcObject = stream;
    await video.play();
    note.textContent = '';
    shoot.disabled = false;
    shoot.focus();
    shoot.addEventListener(
      'click',
      async () => {
        const file = await frameOf(video);
        dialog.close();
        onPicture({ file, path: file.name });
      },
      { signal },
    );
  } catch (error) {
    if (signal.aborted) return;
    video.hidden = true;
    note.textContent = refusalOf(error);
    find('#camera-close').focus();
  }
}

/** Why there is no camera, and what to do. */
function refusalOf(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError') {
    return "The browser does not let this page use the camera: allow it in the browser's settings, or choose a file.";
  }
  if (name === 'NotFoundError') return 'This device has no camera that can be used: choose a file.';
  return 'The camera does not start: close other programs that use it, or choose a file.';
}

async function frameOf(video: HTMLVideoElement): Promise<File> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.95));
  if (!blob) throw new Error('the camera gave no picture');
  return new File([blob], 'camera.jpg', { type: 'image/jpeg' });
}
