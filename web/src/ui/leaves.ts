/** Who may fly now and soon, and who of them does. Asked anew while it is in sight. */

import { ask } from '../connection';
import { el, find, setText } from '../dom';
import { leaveKey, placeOf, timeWords, whereWords } from '../leaves';
import type { Picture } from '../picture';
import type { Leave, LeaveAnswer } from '../types';

const EVERY_MS = 5000;

export interface LeaveActions {
  track(id: number): void;
  show(leave: Leave | null): void; // on the map
  go(leave: Leave): void;
}

export class LeaveList {
  private readonly panel = find('leaves');
  private readonly badge = find('leaves-count');
  private answer: LeaveAnswer | null = null;
  private chosen = '';
  private shown = '';

  constructor(
    private readonly picture: Picture,
    private readonly actions: LeaveActions,
  ) {
    find('tab-leaves').addEventListener('click', () => void this.refresh());
    picture.on('hello', () => void this.refresh());
    picture.on('zones', () => this.show());
    setInterval(() => {
      if (!document.hidden && !this.panel.hidden) void this.refresh();
    }, EVERY_MS);
    this.show();
  }

  /** Forget what is drawn on the map; whether there was something. */
  clear(): boolean {
    if (!this.chosen) return false;
    this.choose(null);
    return true;
  }

  private async refresh(): Promise<void> {
    if (!this.picture.may('read')) return;
    const answer = await ask<LeaveAnswer>('/api/v1/leaves');
    if (!answer) return; // what was told before stays, as the rest of the page does
    this.answer = answer;
    const gone = this.chosen && !answer.leaves.some((one) => leaveKey(one) === this.chosen);
    if (gone) this.choose(null);
    this.show();
  }

  private show(): void {
    const { answer } = this;
    const shown = JSON.stringify([answer && { ...answer, time_ns: 0 }, this.chosen, this.picture.zones.map((zone) => zone.name)]);
    if (shown === this.shown) return;
    this.shown = shown;
    const leaves = answer?.leaves ?? [];
    const flown = leaves.filter((one) => one.flying.length).length;
    setText(this.badge, flown ? String(flown) : '');
    this.badge.className = 'calm';
    const focused = document.activeElement instanceof HTMLElement && this.panel.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    const now = leaves.filter((one) => one.holds);
    const soon = leaves.filter((one) => !one.holds);
    this.panel.replaceChildren(
      ...(leaves.length ? [] : [el('p', { class: 'empty' }, this.nothing())]),
      ...now.map((one) => this.card(one)),
      ...(soon.length ? [el('h3', { class: 'part' }, 'Within a day')] : []),
      ...soon.map((one) => this.card(one)),
      ...(answer ? this.rest(answer) : []),
    );
    if (focused) this.panel.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  private nothing(): string {
    if (!this.answer?.known) return 'It is not known yet who may fly.';
    return 'Nobody has leave now or within a day.';
  }

  private rest({ later, over, left_off }: LeaveAnswer): HTMLElement[] {
    const parts = [
      later && `${later} ${later === 1 ? 'begins' : 'begin'} later`,
      over && `${over} ${over === 1 ? 'is' : 'are'} over`,
      left_off && `${left_off} more ${left_off === 1 ? 'has' : 'have'} no room here`,
    ];
    const words = parts.filter(Boolean).join(', ');
    return words ? [el('p', { class: 'empty' }, `${words}.`)] : [];
  }

  private card(leave: LeaveAnswer['leaves'][number]): HTMLElement {
    const key = leaveKey(leave);
    const now_ms = (this.answer?.time_ns ?? 0) / 1e6;
    const seen = leave.flying.some((one) => one.how === 'seen');
    const state = leave.flying.length ? (seen ? 'seen flying' : 'heard flying') : leave.holds ? 'may fly' : 'soon';
    const place = placeOf(leave, this.picture.zones).length > 0;
    const node = el(
      'button',
      { class: 'leave', type: 'button', 'data-key': key, 'aria-pressed': String(key === this.chosen), title: place ? 'Show it on the map' : 'It is bound to no place' },
      el('div', { class: 'row' }, el('strong', {}, leave.holder || leave.who || 'unknown'), el('span', { class: `tag ${leave.flying.length ? 'flown' : ''}` }, state.toUpperCase())),
      leave.holder ? el('div', { class: 'small' }, leave.who ?? '') : null,
      ...whereWords(leave, this.picture.zones).map((line) => el('div', { class: 'small' }, line)),
      el('div', { class: 'small' }, [timeWords(leave, now_ms), leave.reference].filter(Boolean).join(', ')),
    );
    node.addEventListener('click', () => {
      const same = key === this.chosen;
      this.choose(same ? null : leave);
      if (!same && place) this.actions.go(leave);
      else if (!same && leave.flying.length) this.actions.track(leave.flying[0].track_id);
    });
    const tracks = leave.flying.map((one) => this.flight(key, one));
    return el('div', { class: 'card leave-card' }, node, tracks.length ? el('div', { class: 'flights' }, ...tracks) : null);
  }

  private flight(key: string, one: LeaveAnswer['leaves'][number]['flying'][number]): HTMLElement {
    const standing = one.authorisation === 'unauthorised' ? 'without leave where it is' : one.authorisation;
    const node = el(
      'button',
      { type: 'button', class: `flight ${one.authorisation}`, 'data-key': `${key} ${one.track_id}`, title: 'Select this track' },
      `${one.label}: ${one.how}, ${standing}`,
    );
    node.addEventListener('click', () => this.actions.track(one.track_id));
    return node;
  }

  private choose(leave: Leave | null): void {
    this.chosen = leave ? leaveKey(leave) : '';
    this.actions.show(leave);
    this.show();
  }
}
