// Panels -> tabs, as the ARIA practices describe them: arrows, Home and End choose one.
import { find, findAll } from './page-elements.ts';

export function openTabs(): void {
  const panels = findAll('.panel');
  const bar = document.createElement('div');
  bar.setAttribute('role', 'tablist');
  bar.setAttribute('aria-label', 'Faces and pictures');
  const tabs = panels.map((panel) => makeTab(panel));
  const choose = (chosen: number): void => {
    for (const [i, tab] of tabs.entries()) {
      tab.setAttribute('aria-selected', String(i === chosen));
      tab.tabIndex = i === chosen ? 0 : -1;
      panels[i]?.classList.toggle('chosen', i === chosen);
    }
  };
  for (const [i, tab] of tabs.entries()) {
    tab.addEventListener('click', () => choose(i));
    tab.addEventListener('keydown', (event) => {
      const next = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: -1 }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      const to = (next + tabs.length) % tabs.length;
      choose(to);
      tabs[to]?.focus();
    });
  }
  bar.append(...tabs);
  panels[0]?.before(bar);
  document.body.classList.add('tabbed');
  choose(0);
}

function makeTab(panel: HTMLElement): HTMLButtonElement {
  const title = find('h2', panel);
  const tab = document.createElement('button');
  tab.type = 'button';
  tab.id = `${panel.id}-tab`;
  tab.setAttribute('role', 'tab');
  tab.setAttribute('aria-controls', panel.id);
  tab.textContent = title.textContent;
  panel.setAttribute('role', 'tabpanel');
  panel.setAttribute('aria-labelledby', tab.id);
  return tab;
}
