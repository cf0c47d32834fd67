// Recognises a HEIC or AVIF file by its first bytes. The decoder here reads it, since the sidecar does not.

/** Brands of HEIF (ISO/IEC 23008-12), HEIC and AVIF. `hei?` are HEVC pictures, `hev?` HEVC sequences. */
const HEIF_BRAND = /^(?:hei.|hev.|mif[12]|msf1|miaf|avif|avis)$/s;
/** Canon's raw files also name HEIF brands. */
const RAW_BRAND = 'crx ';
const MOST_BRAND_BYTES = 512;

/** Whether the first box names a HEIF brand. Videos have the same box with other brands. */
export function isHeif(file: Uint8Array): boolean {
  const head = Buffer.from(file.buffer, file.byteOffset, Math.min(file.length, MOST_BRAND_BYTES));
  if (head.toString('latin1', 4, 8) !== 'ftyp') return false;
  const end = Math.min(head.length, head.readUInt32BE(0));
  let heif = false;
  for (let at = 8; at + 4 <= end; at += 4) {
    const brand = head.toString('latin1', at, at + 4);
    if (brand === RAW_BRAND) return false;
    // A version stands between the first brand and the others.
    if (at !== 12) heif ||= HEIF_BRAND.test(brand);
  }
  return heif;
}
