/** Handing over: what is open, in one look, and who is in charge from here on. */

import { ask } from '../connection';
import { el, find, setText } from '../dom';
import { ago } from '../format';
import type { Picture } from '../picture';
import { addressOf, byUrgency, enter, isOpen, waitingLines } from '../record';
import type { IncidentAnswer, IncidentSummary } from '../types';

export class HandOver {
  private readonly dialog = find<HTMLDialogElement>('hand-over');
  private readonly list = el('div', { class: 'list' });
  private readonly to = el('input', { type: 'text', required: '', maxlength: '100', 'aria-label': 'To whom', placeholder: 'To whom' });
  private readonly remark = el('textarea', { rows: '2', maxlength: '2000', 'aria-label': 'What they should know', placeholder: 'What they should know' });
  private readonly said = el('p', { class: 'small', role: 'status' });
  private readonly submit = el('button', { type: 'submit', class: 'main' }, 'Hand over');

  constructor(private readonly picture: Picture) {
    const cancel = el('button', { type: 'button' }, 'Cancel');
    cancel.addEventListener('click', () => this.dialog.close());
    const form = el('form', {}, this.list, this.to, this.remark, this.said, el('div', { class: 'buttons' }, cancel, this.submit));
    this.dialog.append(el('h2', {}, 'Hand over'), form);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.handOver();
    });
  }

  /** Show what is open; `only` ticks that one alone. */
  async open(only: string | null = null): Promise<void> {
    const open = [...this.picture.incidents.values()].filter(isOpen).sort(byUrgency);
    setText(this.said, open.length ? '' : 'No incident is open.');
    this.submit.disabled = !open.length;
    this.list.replaceChildren();
    this.dialog.showModal();
    const told = await Promise.all(open.map((one) => ask<IncidentAnswer>(addressOf(one.id))));
    this.list.replaceChildren(...open.map((one, i) => this.row(one, told[i], only === null || only === one.id)));
    this.to.focus();
  }

  private row(one: IncidentSummary, told: IncidentAnswer | null, ticked: boolean): HTMLElement {
    const box = el('input', { type: 'checkbox', value: one.id });
    box.checked = ticked;
    const now = this.picture.now_ms();
    const age = ago((now - (one.opened_ns ?? one.changed_ns) / 1e6) / 1000);
    const facts = [one.state ?? '', `opened ${age}`, alertsHold(one.holding), one.in_charge ?? 'nobody in charge'];
    const tasks = told ? waitingLines(told.incident.tasks, now) : [];
    return el(
      'label',
      { class: 'one' },
      box,
      el(
        'span',
        {},
        el('strong', {}, one.title ?? one.id),
        el('span', { class: 'small' }, facts.filter(Boolean).join(' \u00b7 ')),
        tasks.length > 0 && el('ul', {}, ...tasks.map((words) => el('li', {}, words))),
      ),
    );
  }

  private async handOver(): Promise<void> {
    const ids = [...this.list.querySelectorAll<HTMLInputElement>('input:checked')].map((box) => box.value);
    const to = this.to.value.trim();
    if (!ids.length || !to) return setText(this.said, ids.length ? 'Say to whom.' : 'Tick at least one.');
    const remark = this.remark.value.trim();
    for (const id of ids) {
      const answer = await enter(this.picture, addressOf(id, 'hand-over'), remark ? { to, remark } : { to });
      if (!answer.ok) return setText(this.said, `${id}: ${answer.said}`);
    }
    this.to.value = this.remark.value = '';
    this.dialog.close();
  }
}

function alertsHold(count: number): string {
  return count === 0 ? 'no alert holds' : count === 1 ? '1 alert holds' : `${count} alerts hold`;
}
