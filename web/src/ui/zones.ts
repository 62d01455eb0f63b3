/** Zone cards: what applies where, and whether it does now. */

import { el, find, setText } from '../dom';
import { isActive, limits, TYPE_WORDS } from '../map/zones';
import type { Picture } from '../picture';
import type { Zone } from '../types';

export class ZoneList {
  private readonly panel = find('zones');

  constructor(
    private readonly picture: Picture,
    private readonly choose: (zone: Zone) => void,
  ) {
    this.show(Number.NaN);
  }

  /** Zones as they are at a time, ms; called when the look of one has changed. */
  show(now_ms: number): void {
    const { zones } = this.picture;
    setText(find('zones-count'), zones.length ? String(zones.length) : '');
    if (!zones.length) {
      this.panel.replaceChildren(el('p', { class: 'empty' }, 'No zone is loaded.'));
      return;
    }
    const focused = [...this.panel.children].findIndex((node) => node === document.activeElement);
    this.panel.replaceChildren(...zones.map((zone) => this.card(zone, now_ms)));
    if (focused >= 0) (this.panel.children[focused] as HTMLElement | undefined)?.focus({ preventScroll: true });
  }

  private card(zone: Zone, now_ms: number): HTMLElement {
    const active = !Number.isFinite(now_ms) || isActive(zone, now_ms);
    const held = this.picture.open().filter((alert) => alert.zone === zone.id);
    const worst = held.some((alert) => alert.state === 'actual') ? 'actual' : 'predicted';
    const state = held.length ? worst : active ? 'active' : 'not active';
    const node = el(
      'button',
      { class: `card zone-card ${held.length ? worst : ''}`, type: 'button' },
      el('div', { class: 'row' }, el('strong', {}, zone.name || zone.id), el('span', { class: 'tag' }, state.toUpperCase())),
      el('div', { class: 'small' }, TYPE_WORDS[zone.type] ?? zone.type),
      ...zone.volumes.map((volume) => el('div', { class: 'small' }, limits(volume))),
      zone.message ? el('div', { class: 'small' }, zone.message) : null,
    );
    node.addEventListener('click', () => this.choose(zone));
    return node;
  }
}
