// Text that is safe to show on a terminal.

/** Control characters, line and paragraph ends, invisible ones, those that change the direction of text, half characters. */
export const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\p{Cs}]/gu;

/** Any text as one line for people: characters that could affect a terminal become `?`. */
export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').replace(UNSAFE, '?');
}
