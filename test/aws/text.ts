// Small conversions of text that AWS's protocols share.

/** Converts text of a form, a path or a header to the model's type. Text that does not fit stays text, and is refused later. */
export function convert(type: string, text: string): unknown {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (type === 'integer' || type === 'long') return /^-?\d+$/.test(text) ? Number(text) : text;
  return text;
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
