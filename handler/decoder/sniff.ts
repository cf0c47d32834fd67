// Tells a HEIC or AVIF file by its first bytes: a picture that the sidecar does not read, and our decoder does.

/** Brands of HEIF (ISO/IEC 23008-12), HEIC and AVIF; `hei?` and `hev?` are the families of HEVC pictures and sequences. */
const HEIF_BRAND = /^(?:hei.|hev.|mif[12]|msf1|miaf|avif|avis)$/s;
/** Canon's raw files name HEIF's brands too. */
const RAW_BRAND = 'crx ';
const MOST_BRAND_BYTES = 512;

/** Whether the first box names a brand of HEIF. Films share the box, and name others. */
export function isHeif(file: Uint8Array): boolean {
  const head = Buffer.from(file.buffer, file.byteOffset, Math.min(file.length, MOST_BRAND_BYTES));
  if (head.toString('latin1', 4, 8) !== 'ftyp') return false;
  const end = Math.min(head.length, head.readUInt32BE(0));
  let heif = false;
  for (let at = 8; at + 4 <= end; at += 4) {
    const brand = head.toString('latin1', at, at + 4);
    if (brand === RAW_BRAND) return false;
    // Between the first brand and the others stands a version.
    if (at !== 12) heif ||= HEIF_BRAND.test(brand);
  }
  return heif;
}
