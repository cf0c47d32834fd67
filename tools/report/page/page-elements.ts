// Elements of the page, which its writer always puts there.

export function find<Kind extends HTMLElement = HTMLElement>(selector: string, inside: ParentNode = document): Kind {
  const element = inside.querySelector<Kind>(selector);
  if (!element) throw new Error(`the page has no ${selector}`);
  return element;
}

export function findAll<Kind extends HTMLElement = HTMLElement>(
  selector: string,
  inside: ParentNode = document,
): Kind[] {
  return [...inside.querySelectorAll<Kind>(selector)];
}
