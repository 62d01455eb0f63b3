/** One incident: how it stands, what is to be done, what was done, and the steps that may follow. */

import { ask } from '../connection';
import { el, find, setText } from '../dom';
import { ago, clock } from '../format';
import type { Picture } from '../picture';
import { addressOf, alertName, attach, author, dueWords, enter, isNew, isOpen, plain, signer, size, told, type Said, type Told } from '../record';
import type { Alert, Attached, IncidentAnswer, Item, Task } from '../types';
import { StepForms } from './steps';

const FETCH_MS = 250;
const SEEN_MS = 1500;
const LIFE = ['open', 'assessed', 'responding', 'closed', 'reviewed'];
const SHOWN_PICTURES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];

export interface IncidentActions {
  closed(): void;
  alert(alert: Alert): void;
  handOver(id: string): void;
}

export class IncidentPanel {
  id: string | null = null;
  private readonly panel = find('incident');
  private readonly title = el('h2');
  private readonly state = el('p', { class: 'small' });
  private readonly life = el('ol', { class: 'life', 'aria-label': 'How far it is' });
  private readonly charge = el('span');
  private readonly take = el('button', { type: 'button' }, 'Take charge');
  private readonly hand = el('button', { type: 'button' }, 'Hand over\u2026');
  private readonly alerts = el('div', { class: 'alerts' });
  private readonly lists = el('div', { class: 'lists' });
  private readonly files = el('div', { class: 'files' });
  private readonly file = el('input', { type: 'file', 'aria-label': 'A file to attach' });
  private readonly note = el('textarea', { rows: '1', maxlength: '16000', placeholder: 'Write a note', 'aria-label': 'Write a note' });
  private readonly noteForm = el('form', { class: 'note' }, this.note, el('button', { type: 'submit', class: 'main' }, 'Note'));
  private readonly record = el('ol', { class: 'record', 'aria-label': 'Record, newest first' });
  private readonly said = el('p', { class: 'said', role: 'status' });
  private readonly steps: StepForms;
  private answer: IncidentAnswer | null = null;
  private fetching = 0;
  private seeing = 0;

  constructor(
    private readonly picture: Picture,
    private readonly actions: IncidentActions,
  ) {
    this.steps = new StepForms({
      enter: (step, fields) => this.enter(step, fields),
      may: (right) => picture.may(right),
      now_ms: () => picture.now_ms(),
    });
    this.build();
    picture.on('incidents', () => this.changed());
  }

  open(id: string): void {
    if (this.id !== id) {
      this.id = id;
      this.answer = null;
      this.note.value = '';
      this.steps.close();
      setText(this.said, '');
      for (const part of [this.alerts, this.lists, this.files, this.record, this.life]) part.replaceChildren();
      setText(this.title, this.picture.incidents.get(id)?.title ?? id);
      setText(this.state, '');
    }
    this.panel.hidden = false;
    document.body.classList.add('incident-open');
    void this.fetch();
  }

  close(): void {
    this.id = null;
    this.panel.hidden = true;
    document.body.classList.remove('incident-open');
    clearTimeout(this.seeing);
    this.actions.closed();
  }

  /** Go to the note, where there may be one. */
  writeNote(): void {
    if (this.id !== null && !this.noteForm.hidden) this.note.focus();
  }

  /** Called about four times a second: what is due, and for how long it has lasted. */
  tick(): void {
    if (this.id === null || !this.answer) return;
    const now = this.picture.now_ms();
    for (const node of this.panel.querySelectorAll<HTMLElement>('[data-due]')) {
      const words = dueWords(Number(node.dataset.due), now);
      setText(node, words);
      node.classList.toggle('late', words.startsWith('late'));
    }
    const { summary } = this.answer;
    const since = summary.opened_ns === null ? '' : `, opened ${clock(summary.opened_ns / 1e6)} UTC, ${ago((now - summary.opened_ns / 1e6) / 1000)}`;
    setText(this.state, `${[summary.id, plain(summary.what), plain(summary.site)].filter(Boolean).join(' \u00b7 ')}${since}`);
  }

  private build(): void {
    const close = el('button', { class: 'close', type: 'button', 'aria-label': 'Close' }, '\u00d7');
    close.addEventListener('click', () => this.close());
    this.take.addEventListener('click', () => void this.enter('hand-over', { to: author(this.picture) }));
    this.hand.addEventListener('click', () => this.id && this.actions.handOver(this.id));
    this.noteForm.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.addNote();
    });
    this.note.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void this.addNote();
    });
    this.file.addEventListener('change', () => void this.upload());
    this.panel.append(
      el('div', { class: 'head' }, el('div', {}, this.title, this.state), close),
      this.life,
      el('div', { class: 'charge' }, this.charge, el('span', { class: 'buttons' }, this.take, this.hand)),
      el('div', { class: 'body' }, this.alerts, this.lists, this.files, el('h3', {}, 'Record'), this.record),
      el('div', { class: 'foot' }, this.said, this.noteForm, this.steps.node),
    );
  }

  private changed(): void {
    if (this.id === null || this.fetching) return;
    const known = this.answer?.summary;
    const now = this.picture.incidents.get(this.id);
    if (!now || (known && known.entries === now.entries)) return;
    this.fetching = window.setTimeout(() => void this.fetch(), FETCH_MS);
  }

  private async fetch(): Promise<void> {
    clearTimeout(this.fetching);
    this.fetching = 0;
    const id = this.id;
    if (id === null) return;
    const answer = await ask<IncidentAnswer>(addressOf(id));
    if (this.id !== id) return;
    if (!answer) return setText(this.said, 'The record does not answer; what is shown may be old.');
    this.answer = answer;
    this.show(answer);
    this.willSee();
  }

  /** That somebody looked at it is part of the record, once for each state of it. */
  private willSee(): void {
    clearTimeout(this.seeing);
    this.seeing = window.setTimeout(() => {
      if (!this.answer || document.hidden || !isNew(this.answer.summary, author(this.picture))) return;
      const up_to = Object.entries(this.answer.summary.up_to).map(([node, seq]) => ({ node, seq }));
      void enter(this.picture, addressOf(this.answer.summary.id, 'seen'), { up_to });
    }, SEEN_MS);
  }

  private show(answer: IncidentAnswer): void {
    const { picture } = this;
    const { summary, incident } = answer;
    const open = isOpen(summary);
    setText(this.title, summary.title ?? summary.id);
    const at = LIFE.indexOf(summary.state ?? '');
    this.life.replaceChildren(
      ...LIFE.map((word, i) => el('li', { class: i === at ? 'now' : i < at ? 'past' : '', ...(i === at ? { 'aria-current': 'step' } : {}) }, word)),
    );
    setText(this.charge, summary.in_charge ? `In charge: ${summary.in_charge}` : 'Nobody is in charge');
    this.charge.classList.toggle('nobody', !summary.in_charge && open);
    this.take.hidden = !open || !picture.may('hand-over') || summary.in_charge === author(picture);
    this.hand.hidden = !open || !picture.may('hand-over');
    this.noteForm.hidden = !picture.may('note');
    this.keepingFocus(() => {
      this.showAlerts(incident.alerts);
      this.showLists(answer);
      this.showFiles(summary.id, incident.attached);
      this.showRecord(told(incident.record), answer.older);
    });
    this.steps.show(summary.state);
    this.tick();
  }

  /** What is built anew keeps the focus by its key. */
  private keepingFocus(build: () => void): void {
    const key = (document.activeElement as HTMLElement | null)?.dataset.key;
    build();
    if (key) this.panel.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
  }

  private showAlerts(alerts: Alert[]): void {
    const held = alerts.filter((one) => one.state !== 'cleared');
    const rows = [...held, ...alerts.filter((one) => one.state === 'cleared')].map((alert) => {
      const why = alert.state === 'cleared' && alert.reasons?.[0] ? `: over, ${alert.reasons[0]}` : '';
      const button = el(
        'button',
        { type: 'button', class: `line ${alert.state}`, 'data-key': `alert ${alert.alert_id}`, title: `Show it on the map${why}` },
        el('span', {}, alertName(alert)),
        el('span', { class: 'tag' }, alert.state.toUpperCase()),
      );
      button.addEventListener('click', () => this.actions.alert(this.picture.alerts.get(alert.alert_id) ?? alert));
      return button;
    });
    this.alerts.replaceChildren(...(rows.length ? [el('h3', {}, 'Alerts'), ...rows] : []));
  }

  private showLists({ procedures, incident, summary }: IncidentAnswer): void {
    const may = this.picture.may('act') && isOpen(summary);
    const own = incident.tasks.filter((task) => !procedures.some((p) => p.items.some((item) => item.set.task === task.task)));
    const parts = procedures.map((procedure) => {
      const done = procedure.items.filter((item) => item.task?.done != null).length;
      const node = el(
        'details',
        { 'data-list': procedure.name },
        el('summary', { 'data-key': `list ${procedure.name}` }, procedure.title, el('span', { class: 'tag' }, `${done} of ${procedure.items.length}`)),
        ...procedure.items.map((item) => this.check(item, may)),
      );
      const before = this.lists.querySelector<HTMLDetailsElement>(`details[data-list="${CSS.escape(procedure.name)}"]`);
      node.open = before ? before.open : done < procedure.items.length;
      return node;
    });
    const more = own.map((task) => this.check({ step: { ...task, name: task.task }, set: task, task }, may));
    const all = [...parts, ...(more.length ? [el('details', { open: '' }, el('summary', {}, 'More to do'), ...more)] : [])];
    this.lists.replaceChildren(...(all.length ? [el('h3', {}, 'To do'), ...all] : []));
  }

  private check({ step, set, task }: Item, may: boolean): HTMLElement {
    const done = task?.done ?? null;
    const box = el('input', { type: 'checkbox', 'data-key': `task ${set.task}` });
    box.checked = done === true;
    box.indeterminate = done === false;
    box.disabled = !may || done !== null;
    box.addEventListener('change', () => void this.tickOff(set, task, true));
    const not = el('button', { type: 'button', class: 'quiet', title: 'It will not be done', 'data-key': `not ${set.task}` }, 'not');
    not.hidden = !may || done !== null;
    not.addEventListener('click', () => void this.tickOff(set, task, false));
    const due = el('span', { class: 'due' });
    if (done === null && set.due_ns != null) due.dataset.due = String(set.due_ns);
    const at = task?.done_ns ? ` ${clock(task.done_ns / 1e6).slice(0, 5)}` : '';
    const stands = done === true ? `done${at}` : done === false ? `will not be done${task?.remark ? `: ${task.remark}` : ''}` : '';
    return el(
      'div',
      { class: `check${done === null ? '' : ' over'}` },
      el('label', {}, box, el('span', {}, step.what, ' ', el('span', { class: 'small by' }, step.owner, stands && `, ${stands}`))),
      due,
      not,
    );
  }

  private async tickOff(set: Item['set'], task: Task | null, done: boolean): Promise<void> {
    if (!task) {
      const { task: name, what, owner, due_ns } = set;
      const answer = await this.enter('task', { task: name, what, owner, due_ns: due_ns ?? null });
      if (!answer.ok) return;
    }
    await this.enter('done', { task: set.task, done });
  }

  private showFiles(id: string, attached: Attached[]): void {
    const seen = [...new Map(attached.map((one) => [one.sha256, one])).values()];
    const nodes: HTMLElement[] = seen.map((one) => {
      const href = addressOf(id, `attachments/${one.sha256}`);
      const link = el('a', { href, target: '_blank', rel: 'noopener', 'data-key': `file ${one.sha256}` });
      if (SHOWN_PICTURES.includes(one.media_type ?? '')) link.append(el('img', { src: href, alt: one.title, loading: 'lazy' }));
      link.append(el('span', {}, one.title, el('span', { class: 'small' }, ` ${plain(one.what)}, ${size(one.size_bytes)}`)));
      return link;
    });
    if (this.picture.may('note')) {
      const pick = el('button', { type: 'button', class: 'quiet', 'data-key': 'pick' }, 'Attach a file\u2026');
      pick.addEventListener('click', () => this.file.click());
      nodes.push(pick);
    }
    this.files.replaceChildren(...(nodes.length ? [el('h3', {}, 'Attachments'), ...nodes] : []));
  }

  private async upload(): Promise<void> {
    const file = this.file.files?.[0];
    if (!file || this.id === null) return;
    setText(this.said, `Sending ${file.name}\u2026`);
    const answer = await attach(this.picture, this.id, file);
    this.file.value = '';
    setText(this.said, answer.ok ? '' : answer.said);
    if (answer.ok) await this.fetch();
  }

  private showRecord(lines: Told[], older: number): void {
    const nodes = [...lines].reverse().map(({ line, words, field }) => {
      const own = line.author === author(this.picture) || this.picture.may('correct-any');
      const node = el(
        'li',
        { class: `${line.kind}${line.withdrawn ? ' withdrawn' : ''}${line.corrected_by ? ' corrected-line' : ''}${line.author === 'watch' ? ' node' : ''}` },
        el('time', { title: new Date(line.time_ns / 1e6).toISOString() }, clock(line.time_ns / 1e6)),
        el('div', {}, el('span', { class: 'words' }, words), ' ', el('span', { class: 'small by' }, `${signer(line.author)}${line.corrected_by && !line.withdrawn ? ', corrected' : ''}`)),
      );
      for (const mark of line.marks ?? []) node.append(el('p', { class: 'mark' }, mark));
      if (field && own && line.event && this.picture.may('correct')) {
        const button = el('button', { type: 'button', class: 'quiet', 'data-key': `correct ${line.place.node} ${line.place.seq}` }, 'Correct');
        button.addEventListener('click', () => this.steps.correct(line, field));
        node.append(button);
      }
      return node;
    });
    if (older) nodes.push(el('li', {}, el('span', {}, `${older} older entries are in the ledger.`)));
    this.record.replaceChildren(...nodes);
  }

  private async addNote(): Promise<void> {
    const text = this.note.value.trim();
    if (!text) return this.note.focus();
    const answer = await this.enter('note', { text });
    if (answer.ok) this.note.value = '';
  }

  private async enter(step: string, fields: Record<string, unknown>): Promise<Said> {
    if (this.id === null) return { ok: false, said: '', incident: '' };
    const answer = await enter(this.picture, addressOf(this.id, step), fields);
    setText(this.said, answer.ok ? '' : answer.said);
    if (answer.ok) await this.fetch();
    return answer;
  }
}
