/** What a watch officer decides about an alert: the line under it, and the question to the node. */

import { el, setText, store, stored } from '../dom';
import type { AlertEntry, Picture } from '../picture';

type Scope = 'alert' | 'track' | 'zone' | 'rule';

export interface Asked {
  do: 'acknowledge' | 'suppress' | 'unsuppress';
  reason?: string;
  author?: string;
  scope?: Scope;
  for_s?: number;
}

const SCOPES: [Scope, string][] = [
  ['alert', 'this alert'],
  ['track', 'all of this track'],
  ['zone', 'all of this zone'],
  ['rule', 'all of this rule'],
];
const TIMES: [string, string][] = [
  ['600', 'for 10 min'],
  ['3600', 'for 1 h'],
  ['28800', 'for 8 h'],
  ['', 'until it ends'],
];

/** Where an alert stands with people, in a few words; empty where nobody did anything. */
export function standing(alert: AlertEntry): string {
  if (alert.suppressed_by) {
    const until = alert.suppressed_until_ns ? `until ${clock(alert.suppressed_until_ns)}` : 'until it ends';
    return `suppressed ${until} by ${alert.suppressed_by}: ${alert.suppressed_why ?? ''}`;
  }
  if (alert.acknowledged_by) return `acknowledged by ${alert.acknowledged_by}`;
  return alert.escalated ? `nobody has answered, told ${alert.escalated + 1} times` : '';
}

function clock(ns: number): string {
  return `${new Date(ns / 1e6).toISOString().slice(11, 16)} UTC`;
}

/** Ask the node; what went wrong in one line, or an empty text. */
export async function decide(alert_id: string, asked: Asked, author = ''): Promise<string> {
  try {
    const answer = await fetch(`/api/v1/alerts/${encodeURIComponent(alert_id)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(author ? { ...asked, author } : asked),
    });
    if (answer.ok) return '';
    const { said, error } = (await answer.json()) as { said?: string; error?: string };
    return said ?? error ?? `the server answered ${answer.status}`;
  } catch {
    return 'the server does not answer';
  }
}

/** The line under one alert: how it stands with people, and buttons. */
export class DecideLine {
  readonly node = el('div', { class: 'decide' });
  private readonly words = el('span', { class: 'small', role: 'status' });
  private readonly answer = el('button', { type: 'button', class: 'acknowledge', title: 'K' }, 'Acknowledge');
  private readonly quiet = el('button', { type: 'button', class: 'suppress', title: 'S' }, 'Suppress\u2026');
  private readonly again = el('button', { type: 'button', class: 'unsuppress' }, 'Let it speak');
  private readonly reason = el('input', { type: 'text', placeholder: 'Why', 'aria-label': 'Why', maxlength: '300' });
  private readonly author = el('input', { type: 'text', placeholder: 'Your initials', 'aria-label': 'Your initials', maxlength: '60' });
  private readonly scope = el('select', { 'aria-label': 'What of it' });
  private readonly time = el('select', { 'aria-label': 'For how long' });
  private readonly form = el(
    'form',
    { hidden: '' },
    this.reason,
    this.scope,
    this.time,
    this.author,
    el('button', { type: 'submit' }, 'Suppress'),
    el('button', { type: 'reset' }, 'Not now'),
  );
  private failed = '';

  constructor(
    private readonly id: string,
    private readonly picture: Picture,
  ) {
    for (const [value, text] of SCOPES) this.scope.append(el('option', { value }, text));
    for (const [value, text] of TIMES) this.time.append(el('option', { value }, text));
    this.node.append(this.words, el('span', { class: 'buttons' }, this.answer, this.quiet, this.again), this.form);
    this.answer.addEventListener('click', () => this.acknowledge());
    this.quiet.addEventListener('click', () => this.open());
    this.again.addEventListener('click', () => void this.ask({ do: 'unsuppress' }));
    this.form.addEventListener('reset', () => (this.form.hidden = true));
    this.form.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.form.hidden = true;
    });
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      store('author', this.author.value.trim());
      const seconds = Number(this.time.value);
      const asked: Asked = { do: 'suppress', reason: this.reason.value, scope: this.scope.value as Scope };
      void this.ask(seconds ? { ...asked, for_s: seconds } : asked);
    });
  }

  acknowledge(): void {
    if (this.picture.may('acknowledge')) void this.ask({ do: 'acknowledge' });
  }

  /** Ask for the reason. */
  open(): void {
    if (!this.picture.may('suppress')) return;
    this.form.hidden = false;
    this.author.hidden = Boolean(this.picture.hello?.person);
    this.author.value = stored('author', '');
    this.reason.focus();
  }

  fill(alert: AlertEntry): void {
    const held = alert.state !== 'cleared';
    this.node.hidden = !held && !standing(alert);
    const { picture } = this;
    this.answer.hidden = !held || !picture.may('acknowledge') || Boolean(alert.acknowledged_by || alert.suppressed_by);
    this.quiet.hidden = !held || !picture.may('suppress') || Boolean(alert.suppressed_by);
    this.again.hidden = !held || !picture.may('suppress') || !alert.suppressed_by;
    if (!held) this.form.hidden = true;
    setText(this.words, this.failed || standing(alert));
  }

  private async ask(asked: Asked): Promise<void> {
    const author = this.picture.hello?.person ? '' : stored('author', '');
    this.failed = await decide(this.id, asked, author);
    if (!this.failed) this.form.hidden = true;
    setText(this.words, this.failed);
    if (this.failed) window.setTimeout(() => (this.failed = ''), 6000);
  }
}
