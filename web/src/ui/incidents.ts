/** The list of incidents, what is open first; and how one is opened by hand. */

import { el, find, setText, store, stored } from '../dom';
import { ago } from '../format';
import type { Picture } from '../picture';
import { author, byUrgency, dueWords, enter, isNew, isOpen, plain } from '../record';
import type { IncidentSummary } from '../types';

const CLOSED_SHOWN = 40;

interface Row {
  button: HTMLButtonElement;
  title: HTMLElement;
  state: HTMLElement;
  where: HTMLElement;
  alerts: HTMLElement;
  charge: HTMLElement;
  age: HTMLElement;
  tasks: HTMLElement;
}

export class IncidentList {
  private readonly panel = find('incidents');
  private readonly badge = find('incidents-count');
  private readonly nothing = el('p', { class: 'empty' }, 'No incident is open. One opens by itself when an alert becomes a warning.');
  private readonly open = el('div', { role: 'list', 'aria-label': 'Open incidents' });
  private readonly closedTitle = el('h3', { class: 'part' }, 'Closed');
  private readonly closed = el('div', { role: 'list', 'aria-label': 'Closed incidents' });
  private readonly title = el('input', { type: 'text', placeholder: 'What happens, and where', 'aria-label': 'What happens, and where', maxlength: '200' });
  private readonly said = el('p', { class: 'small', role: 'status' });
  private readonly newForm = el(
    'form',
    { class: 'inline', hidden: '' },
    this.title,
    el('div', { class: 'buttons' }, el('button', { type: 'reset' }, 'Cancel'), el('button', { type: 'submit', class: 'main' }, 'Open it')),
  );
  private readonly newButton = el('button', { type: 'button' }, 'Open one\u2026');
  private readonly handButton = el('button', { type: 'button' }, 'Hand over\u2026');
  private readonly proveButton = el('button', { type: 'button' }, 'Prove the record');
  private readonly initials = el('input', { type: 'text', 'aria-label': 'Your initials', placeholder: 'Your initials', maxlength: '40', class: 'initials' });
  private readonly rows = new Map<string, Row>();
  private chosen: string | null = null;

  constructor(
    private readonly picture: Picture,
    private readonly choose: (id: string) => void,
    handOver: () => void,
  ) {
    const bar = el('div', { class: 'incident-bar' }, this.newButton, this.handButton, this.proveButton, this.initials);
    this.panel.append(bar, this.newForm, this.said, this.nothing, this.open, this.closedTitle, this.closed);
    this.newButton.addEventListener('click', () => {
      this.newForm.hidden = !this.newForm.hidden;
      if (!this.newForm.hidden) this.title.focus();
    });
    this.handButton.addEventListener('click', handOver);
    this.proveButton.addEventListener('click', () => void this.prove());
    this.initials.value = stored('author', '');
    this.initials.addEventListener('change', () => store('author', this.initials.value.trim()));
    this.newForm.addEventListener('reset', () => (this.newForm.hidden = true));
    this.newForm.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.openOne();
    });
    picture.on('incidents', () => this.show());
    picture.on('hello', () => this.greet());
    this.greet();
    this.show();
  }

  /** Which one stands open beside the list. */
  select(id: string | null): void {
    this.chosen = id;
    for (const [key, row] of this.rows) row.button.classList.toggle('selected', key === id);
  }

  /** The next open one after that which is chosen, from the top. */
  next(): string | null {
    const ids = this.ordered().filter(isOpen).map((one) => one.id);
    return ids.length ? ids[(ids.indexOf(this.chosen ?? '') + 1) % ids.length] : null;
  }

  ordered(): IncidentSummary[] {
    return [...this.picture.incidents.values()].sort(byUrgency);
  }

  /** Called about four times a second: ages, and what is due. */
  tick(): void {
    if (this.panel.hidden) return;
    const now = this.picture.now_ms();
    for (const [id, row] of this.rows) {
      const incident = this.picture.incidents.get(id);
      if (incident) fill(row, incident, now, author(this.picture));
    }
  }

  private greet(): void {
    const { picture } = this;
    this.newButton.hidden = !picture.may('act');
    this.handButton.hidden = !picture.may('hand-over');
    this.proveButton.hidden = !picture.may('ledger');
    this.initials.hidden = Boolean(picture.hello?.person) || !picture.may('note');
  }

  private show(): void {
    const all = this.ordered();
    const open = all.filter(isOpen);
    const closed = all.filter((one) => !isOpen(one)).slice(0, CLOSED_SHOWN);
    this.place(this.open, open);
    this.place(this.closed, closed);
    for (const id of this.rows.keys()) {
      if (!open.some((one) => one.id === id) && !closed.some((one) => one.id === id)) this.rows.delete(id);
    }
    this.nothing.hidden = open.length > 0;
    this.closedTitle.hidden = closed.length === 0;
    setText(this.badge, open.length ? String(open.length) : '');
    this.badge.className = open.some((one) => one.severity === 'warning') ? 'red' : 'amber';
    const now = this.picture.now_ms();
    for (const one of [...open, ...closed]) {
      const row = this.rows.get(one.id);
      if (row) fill(row, one, now, author(this.picture));
    }
    this.select(this.chosen);
  }

  private place(list: HTMLElement, incidents: IncidentSummary[]): void {
    const focused = document.activeElement;
    incidents.forEach((one, i) => {
      const row = this.rows.get(one.id) ?? this.create(one.id);
      if (list.children[i] !== row.button.parentElement) list.insertBefore(row.button.parentElement as HTMLElement, list.children[i] ?? null);
    });
    while (list.children.length > incidents.length) list.lastElementChild?.remove();
    if (focused instanceof HTMLElement && focused !== document.activeElement && list.contains(focused)) {
      focused.focus({ preventScroll: true });
    }
  }

  private create(id: string): Row {
    const cell = (name = ''): HTMLElement => el('span', name ? { class: name } : {});
    const [title, state, where, alerts] = [cell('who'), cell('tag'), cell(), cell('entry')];
    const [charge, age, tasks] = [cell(), cell(), cell('tasks')];
    const button = el(
      'button',
      { type: 'button', class: 'incident' },
      el('div', { class: 'row' }, title, state),
      el('div', { class: 'row small' }, where, alerts),
      el('div', { class: 'row small' }, charge, age),
      tasks,
    );
    el('div', { role: 'listitem' }, button);
    button.addEventListener('click', () => this.choose(id));
    const row = { button, title, state, where, alerts, charge, age, tasks };
    this.rows.set(id, row);
    return row;
  }

  private async openOne(): Promise<void> {
    const title = this.title.value.trim();
    if (!title) return this.title.focus();
    const answer = await enter(this.picture, '/api/v1/incidents', { title, what: 'sighting' });
    setText(this.said, answer.ok ? '' : answer.said);
    if (!answer.ok) return;
    this.newForm.reset();
    if (answer.incident) this.choose(answer.incident);
  }

  private async prove(): Promise<void> {
    setText(this.said, 'Proving\u2026');
    try {
      const answer = await fetch('/api/v1/ledger?prove=true');
      const told = (await answer.json()) as { proved?: boolean; entries?: number; said?: string; fault?: { what?: string } | null };
      const words = told.proved
        ? `Proved: ${told.entries} entries, nothing changed, put in or taken out.`
        : `NOT proved: ${told.said ?? JSON.stringify(told.fault)}`;
      setText(this.said, words);
    } catch {
      setText(this.said, 'the server does not answer');
    }
  }
}

function fill(row: Row, incident: IncidentSummary, now_ms: number, by: string): void {
  const { button } = row;
  button.classList.toggle('open', isOpen(incident));
  button.classList.toggle('news', isOpen(incident) && isNew(incident, by));
  for (const severity of ['warning', 'caution'] as const) button.classList.toggle(severity, incident.severity === severity);
  setText(row.title, incident.title ?? incident.id);
  setText(row.state, (incident.state ?? 'not opened').toUpperCase());
  setText(row.where, [incident.id, plain(incident.site)].filter(Boolean).join(' \u00b7 '));
  setText(row.alerts, incident.holding ? `${incident.holding} alert${incident.holding > 1 ? 's' : ''} now` : '');
  setText(row.charge, incident.in_charge ?? (isOpen(incident) ? 'nobody in charge' : ''));
  row.charge.classList.toggle('nobody', !incident.in_charge && isOpen(incident));
  setText(row.age, ago((now_ms - (incident.opened_ns ?? incident.changed_ns) / 1e6) / 1000));
  const due = dueWords(incident.due_ns, now_ms);
  const tasks = incident.tasks_open ? `${incident.tasks_open} to do${due && `, next ${due}`}` : '';
  setText(row.tasks, isOpen(incident) ? tasks : '');
  row.tasks.hidden = !row.tasks.textContent;
  row.tasks.classList.toggle('late', due.startsWith('late'));
}
