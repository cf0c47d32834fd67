// Which files are pictures, by their names: the same in a folder, in a bucket and on the page. Pure.

const PICTURE = /\.(jpe?g|png|webp|gif|hei[cf]|hif|avif)$/is;
/** Some programs call JPEG files `.jfif`; or there is no extension. */
const OPEN = /(\.jfif|\.|^[^.]+)$/is;

/** The name says that it is a picture. */
export function isPictureName(name: string): boolean {
  return PICTURE.test(name);
}

/** The name does not say what it is: only the content does. */
export function isOpenName(name: string): boolean {
  return OPEN.test(name);
}

/** Whether an object of a bucket is to be judged: it may be a picture, and is not hidden. */
export function isPictureKey(key: string): boolean {
  const name = key.slice(key.lastIndexOf('/') + 1);
  return name !== '' && !name.startsWith('.') && (isPictureName(name) || isOpenName(name));
}
