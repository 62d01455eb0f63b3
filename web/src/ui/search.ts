/** Finding a track by its label or number. */

import { el, find } from '../dom';
import { className } from '../format';
import type { Picture } from '../picture';

const MOST = 8;

export class Search {
  private readonly input = find<HTMLInputElement>('search-text');
  private readonly list = find('search-list');
  private found: number[] = [];
  private at = 0;

  constructor(
    private readonly picture: Picture,
    private readonly choose: (id: number) => void,
  ) {
    this.input.addEventListener('input', () => this.look());
    this.input.addEventListener('focus', () => this.look());
    this.input.addEventListener('blur', () => setTimeout(() => this.close(), 150));
    this.input.addEventListener('keydown', (event) => this.key(event));
  }

  focus(): void {
    this.input.focus();
    this.input.select();
  }

  private look(): void {
    const text = this.input.value.trim().toLowerCase();
    this.found = text ? this.matches(text) : [];
    this.at = 0;
    this.show();
  }

  /** Labels that begin so come before labels that contain it. */
  private matches(text: string): number[] {
    const first: number[] = [];
    const later: number[] = [];
    for (const id of this.picture.tracks.ids()) {
      const label = this.picture.label(id).toLowerCase();
      if (label.startsWith(text) || String(id) === text || `t${id}` === text) first.push(id);
      else if (label.includes(text)) later.push(id);
    }
    return [...first, ...later].slice(0, MOST);
  }

  private show(): void {
    const open = this.input.value.trim() !== '' && document.activeElement === this.input;
    this.list.hidden = !open;
    this.input.setAttribute('aria-expanded', String(open));
    if (!this.found.length) {
      this.list.replaceChildren(el('li', {}, el('span', {}, 'No track has this label or number.')));
      return;
    }
    this.list.replaceChildren(
      ...this.found.map((id, i) => {
        const slot = this.picture.tracks.slotOf(id);
        const name = slot === undefined ? undefined : this.picture.className(slot);
        const item = el(
          'li',
          { role: 'option', 'aria-selected': String(i === this.at) },
          this.picture.label(id),
          el('span', {}, `T${id}  ${className(name ?? 'unknown')}`),
        );
        item.addEventListener('pointerdown', (event) => {
          event.preventDefault();
          this.take(id);
        });
        return item;
      }),
    );
  }

  private key(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      this.input.value = '';
      this.input.blur();
    } else if (event.key === 'Enter') {
      const id = this.found[this.at];
      if (id !== undefined) this.take(id);
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      this.at = (this.at + step + this.found.length) % Math.max(1, this.found.length);
      this.show();
    } else return;
    event.stopPropagation();
  }

  private take(id: number): void {
    this.input.value = '';
    this.input.blur();
    this.close();
    this.choose(id);
  }

  private close(): void {
    this.list.hidden = true;
    this.input.setAttribute('aria-expanded', 'false');
  }
}
