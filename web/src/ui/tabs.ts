/** The tabs of the left panel: arrows move between them, as readers of screens expect. */

import { find } from '../dom';

/** Tabs `tab-NAME`, each of which names its panel. Returns what shows one. */
export function tabs(names: string[]): (name: string) => void {
  const buttons = names.map((name) => find(`tab-${name}`));
  const show = (at: number): void => {
    buttons.forEach((button, i) => {
      const panel = find(button.getAttribute('aria-controls') ?? '');
      button.setAttribute('aria-selected', String(i === at));
      button.tabIndex = i === at ? 0 : -1;
      panel.hidden = i !== at;
    });
  };
  buttons.forEach((button, i) => {
    button.addEventListener('click', () => show(i));
    button.addEventListener('keydown', (event) => {
      const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
      if (!step) return;
      let at = (i + step + buttons.length) % buttons.length;
      while (buttons[at].hidden) at = (at + step + buttons.length) % buttons.length;
      show(at);
      buttons[at].focus();
    });
  });
  show(0);
  return (name) => show(names.indexOf(name));
}
