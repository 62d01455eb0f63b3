/** Where positions cannot be trusted: cards above those of the sensors, and a line in the top bar. */

import { el, find, setText } from '../dom';
import * as words from '../format';
import { disturbed } from '../map/interference';
import type { Picture } from '../picture';
import type { DisturbedCell } from '../types';

const SHOWN = 6;

export class InterferenceList {
  private readonly panel = el('div', { class: 'interference', 'aria-label': 'Satellite navigation' });
  private readonly bar = find('interference');

  constructor(
    private readonly picture: Picture,
    private readonly choose: (cell: DisturbedCell) => void,
  ) {
    find('sensors').prepend(this.panel);
    this.bar.addEventListener('click', () => {
      const worst = disturbed(picture.interference)[0];
      if (!worst) return;
      find('tab-sensors').click();
      choose(worst);
    });
    picture.on('interference', () => this.show());
  }

  private show(): void {
    const cells = disturbed(this.picture.interference);
    const red = cells.filter((cell) => cell.level === 'red').length;
    this.bar.hidden = cells.length === 0;
    this.bar.className = red ? 'red' : 'yellow';
    const where = cells.length === 1 ? 'in one place' : `in ${cells.length} places`;
    setText(this.bar, `GNSS ${red ? 'disturbed' : 'in doubt'} ${where}`);
    const more = cells.length - SHOWN;
    this.panel.replaceChildren(
      ...cells.slice(0, SHOWN).map((cell) => this.card(cell)),
      ...(more > 0 ? [el('p', { class: 'empty' }, `and ${more} more, on the map`)] : []),
    );
  }

  private card(cell: DisturbedCell): HTMLElement {
    const node = el('button', { class: 'card', type: 'button' });
    const red = cell.level === 'red';
    const since_s = (this.picture.now_ms() - cell.since_ns / 1e6) / 1000;
    node.append(
      el(
        'div',
        { class: 'row' },
        el('strong', {}, 'Satellite navigation'),
        el('span', { class: `health ${red ? 'fault' : 'degraded'}` }, red ? 'disturbed' : 'in doubt'),
      ),
      el('div', { class: 'small' }, (cell.reasons ?? []).join('; ') || `${cell.bad} of ${cell.aircraft} aircraft`),
      el('div', { class: 'small' }, `${words.position((cell.south_deg + cell.north_deg) / 2, (cell.west_deg + cell.east_deg) / 2)}, for ${words.span(since_s)}`),
    );
    node.addEventListener('click', () => this.choose(cell));
    return node;
  }
}
