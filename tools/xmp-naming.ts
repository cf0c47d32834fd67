// --xmp: the names of matching faces go into XMP sidecars, beside the pictures.
import { RequestError } from '../handler/errors.ts';
import { displayName, on } from './cli/cli.ts';
import { NEEDS, withPackages } from './cli/optional.ts';
import type { Answer } from './recognition-output.ts';

/** Writes the names of a picture's faces, or says in a note why it does not. Throws what ends the run. */
export type NameInXmp = (
  path: string,
  image: Uint8Array,
  answer: Answer,
  onNote: (text: string) => void,
) => Promise<void>;

/**
 * @param person the name of a model's person; with a gallery, every face has its own.
 * @throws RequestError when a picture has no file, ConfigError where a package is not installed.
 */
export async function openNaming(person: string, pictures: readonly string[]): Promise<NameInXmp> {
  if (pictures.includes('-')) throw new RequestError('--xmp needs files: standard input has no sidecar');
  const { canHoldRegions, nameFaces } = await withPackages(
    '--xmp',
    NEEDS.pictures,
    () => import('./metadata/sidecar.ts'),
  );
  return async (path, image, answer, onNote) => {
    const matching = answer.faces.filter(({ verdict }) => verdict === 'True');
    const faces = matching.map((face) => ({ name: 'name' in face ? face.name : person, box: face.box }));
    if (canHoldRegions(image)) await on(displayName(path), () => nameFaces(path, image, faces));
    else if (faces.length > 0) {
      onNote('names are not written: programs disagree how face regions of HEIC and AVIF lie');
    }
  };
}
