// Recognises a HEIC or AVIF file by its first bytes. The decoder here reads it, since the sidecar does not.

/** Brands of HEIF (ISO/IEC 23008-12), HEIC and AVIF. `hei?` are HEVC pictures, `hev?` HEVC sequences. */
const HEIF_BRAND = /^(?:hei.|hev.|mif[12]|msf1|miaf|avif|avis)$/s;
/** Canon's raw files also name HEIF brands. */
const RAW_BRAND = 'crx ';
const MOST_BRAND_BYTES = 512;

/** Whether the first box names a HEIF brand. Videos have the same box with other brands. */
export function isHeif(file: Uint8Array): boolean {
  // Without Node's Buffer, which a browser does not have.
  const text = (from: number, to: number): string => String.fromCharCode(...file.subarray(from, to));
  if (text(4, 8) !== 'ftyp') return false;
  const boxBytes = new DataView(file.buffer, file.byteOffset, file.length).getUint32(0);
  const end = Math.min(file.length, MOST_BRAND_BYTES, boxBytes);
  let heif = false;
  for (let at = 8; at + 4 <= end; at += 4) {
    const brand = text(at, at + 4);
    if (brand === RAW_BRAND) return false;
    // A version stands between the first brand and the others.
    if (at !== 12) heif ||= HEIF_BRAND.test(brand);
  }
  return heif;
}
