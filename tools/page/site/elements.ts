// Elements of the page: finding them, and making new ones. Text is always text, never HTML.

/** @throws Error when index.html has no such element. */
export function find<Kind extends HTMLElement = HTMLElement>(selector: string, inside: ParentNode = document): Kind {
  const element = inside.querySelector<Kind>(selector);
  if (!element) throw new Error(`the page has no ${selector}`);
  return element;
}

/** A new element with these properties, and these children. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Offers text as a file to keep. */
export function download(name: string, text: string, type: string): void {
  const href = URL.createObjectURL(new Blob([text], { type }));
  const link = make('a', { href, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(href), 60_000); // the browser reads it after the click
}
