/** The alert list. Rows are kept and changed in place: nothing moves under the pointer or the focus. */

import { el, find, setText } from '../dom';
import { ago, percent, span } from '../format';
import { isNote, type AlertEntry, type Picture } from '../picture';
import { DecideLine } from './decide';

const FRESH_MS = 4000;

/** protected_zone_entry → protected zone entry */
export function ruleWords(rule: string): string {
  return rule.replace(/[_-]/g, ' ');
}

interface Row {
  node: HTMLElement;
  button: HTMLButtonElement;
  decide: DecideLine;
  who: HTMLElement;
  tag: HTMLElement;
  zone: HTMLElement;
  rule: HTMLElement;
  entry: HTMLElement;
  age: HTMLElement;
}

export class AlertList {
  private readonly panel = find('alerts');
  private readonly open = el('div', { role: 'list', 'aria-label': 'Open alerts' });
  private readonly nothing = el('p', { class: 'empty' }, 'No alert holds.');
  private readonly notesTitle = el('h3', { class: 'part' }, 'To watch');
  private readonly notes = el('div', { role: 'list', 'aria-label': 'Not sure enough for an alert' });
  private readonly clearedTitle = el('h3', { class: 'part' }, 'Cleared');
  private readonly cleared = el('div', { role: 'list', 'aria-label': 'Cleared alerts' });
  private readonly badge = find('alerts-count');
  private readonly rows = new Map<string, Row>();

  constructor(
    private readonly picture: Picture,
    private readonly choose: (alert: AlertEntry) => void,
  ) {
    this.panel.append(this.nothing, this.open, this.notesTitle, this.notes, this.clearedTitle, this.cleared);
    picture.on('alerts', () => this.show());
    picture.on('selection', () => this.tick());
    picture.on('identity', () => this.tick());
    this.show();
  }

  /** The next open alert after the one of the selected track, from the top. */
  next(): AlertEntry | null {
    const open = this.picture.open();
    const at = open.findIndex((alert) => alert.track_id === this.picture.tracks.selected);
    return open[(at + 1) % Math.max(1, open.length)] ?? null;
  }

  /** Acknowledge the alert of the selected track, else the topmost that waits for somebody. */
  acknowledge(): void {
    const alert = this.waiting();
    if (alert) this.rows.get(alert.alert_id)?.decide.acknowledge();
  }

  /** Ask why the same alert should be suppressed. */
  suppress(): void {
    const alert = this.waiting() ?? this.picture.open().find((one) => !one.suppressed_by);
    if (alert) this.rows.get(alert.alert_id)?.decide.open();
  }

  private waiting(): AlertEntry | undefined {
    const open = this.picture.open().filter((one) => !one.acknowledged_by && !one.suppressed_by && !isNote(one));
    return open.find((one) => one.track_id === this.picture.tracks.selected) ?? open[0];
  }

  /** Called about four times a second: ages and times to entry. */
  tick(): void {
    const now = this.picture.live_ms();
    for (const [id, row] of this.rows) {
      const alert = this.picture.alerts.get(id);
      if (alert) this.fill(row, alert, now);
    }
  }

  private show(): void {
    const { picture } = this;
    const notes = picture.open().filter(isNote);
    const open = picture.open().filter((one) => !isNote(one));
    const cleared = picture.cleared();
    this.place(this.open, open);
    this.place(this.notes, notes);
    this.place(this.cleared, cleared);
    for (const [id, row] of this.rows) {
      if (picture.alerts.has(id)) continue;
      row.node.remove();
      this.rows.delete(id);
    }
    this.nothing.hidden = open.length > 0;
    this.notesTitle.hidden = notes.length === 0;
    this.clearedTitle.hidden = cleared.length === 0;
    const loud = open.filter((a) => !a.suppressed_by);
    setText(this.badge, loud.length ? String(loud.length) : '');
    this.badge.className = loud.some((a) => a.state === 'actual') ? 'red' : 'amber';
    this.tick();
  }

  /** Put rows in order, moving only those that stand wrong, and keep what was in sight in sight. */
  private place(list: HTMLElement, alerts: AlertEntry[]): void {
    const scrolled = this.panel.scrollTop;
    const height = this.panel.scrollHeight;
    const focused = document.activeElement;
    let moved = false;
    alerts.forEach((alert, i) => {
      const row = this.rows.get(alert.alert_id) ?? this.create(alert.alert_id);
      if (list.children[i] === row.node) return;
      list.insertBefore(row.node, list.children[i] ?? null);
      moved = true;
    });
    while (list.children.length > alerts.length) list.lastElementChild?.remove();
    if (!moved) return;
    if (scrolled > 0) this.panel.scrollTop = scrolled + this.panel.scrollHeight - height;
    // Moving an element takes the focus from it.
    if (focused instanceof HTMLElement && focused !== document.activeElement && list.contains(focused)) {
      focused.focus({ preventScroll: true });
    }
  }

  private create(id: string): Row {
    const who = el('span', { class: 'who' });
    const tag = el('span', { class: 'tag' });
    const zone = el('div', { class: 'zone' });
    const rule = el('span');
    const entry = el('span', { class: 'entry' });
    const age = el('span');
    const button = el(
      'button',
      { class: 'alert', type: 'button' },
      el('div', { class: 'row' }, who, tag),
      el('div', { class: 'row' }, zone, entry),
      el('div', { class: 'row small' }, rule, age),
    );
    const decide = new DecideLine(id, this.picture);
    const node = el('div', { class: 'alert-item', role: 'listitem' }, button, decide.node);
    button.addEventListener('click', () => {
      const alert = this.picture.alerts.get(id);
      if (alert) this.choose(alert);
    });
    const row = { node, button, decide, who, tag, zone, rule, entry, age };
    this.rows.set(id, row);
    return row;
  }

  private fill(row: Row, alert: AlertEntry, now_ms: number): void {
    const fresh = alert.state !== 'cleared' && Math.abs(now_ms - alert.time_ns / 1e6) < FRESH_MS;
    const selected = alert.track_id === this.picture.tracks.selected;
    row.button.className = `alert ${alert.state}${fresh ? ' fresh' : ''}${selected ? ' selected' : ''}`;
    row.node.className = `alert-item${alert.part_of ? ' member' : ''}${alert.suppressed_by ? ' quiet' : isNote(alert) ? ' note' : ''}`;
    row.decide.fill(alert);
    const more = alert.members?.length ? ` +${alert.members.length}` : '';
    setText(row.who, (alert.label || (alert.track_id ? this.picture.label(alert.track_id) : alert.sensor) || '') + more);
    setText(row.tag, isNote(alert) ? 'WATCH' : alert.state.toUpperCase());
    setText(row.zone, alert.zone_name || alert.zone || (alert.sensor ? 'sensor' : 'no zone'));
    const words = `${ruleWords(alert.rule)}, ${alert.severity}, ${percent(alert.probability)}`;
    setText(row.rule, words);
    setText(row.entry, entryWords(alert, now_ms));
    setText(row.age, alert.state === 'cleared' ? ago((now_ms - alert.time_ns / 1e6) / 1000) : ago((now_ms - alert.first_ms) / 1000));
  }
}

/** "enters in 0:42" while predicted, counting down. */
export function entryWords(alert: AlertEntry, now_ms: number): string {
  if (alert.state !== 'predicted') return '';
  if (alert.time_to_entry_s == null) return 'time unknown';
  const left = alert.time_to_entry_s - (now_ms - alert.time_ns / 1e6) / 1000;
  return left > 0.5 ? `in ${span(left)}` : 'now';
}
