/** Whether an airport can stay open: the advice, what speaks for it, what it costs, and a person's decision. */

import type { Advice, Contact, Do, Estimate, Flight, Watcher } from '../advice';
import { el, find, setText, store, stored } from '../dom';
import { ago, className, clock, distance, percent, span } from '../format';
import type { Picture } from '../picture';

const WORDS: Record<Advice['action'], string> = {
  'keep open': 'Keep open',
  restrict: 'Restrict',
  close: 'Close',
  'keep closed': 'Keep closed',
  reopen: 'Reopen',
};
const HOLDS = { open: 'open', restrict: 'restricted', close: 'closed' } as const;
const DECISIONS: [Do, string][] = [
  ['close', 'Close'],
  ['restrict', 'Restrict'],
  ['reopen', 'Reopen'],
  ['keep open', 'Keep open'],
];

/** "18 % (9 to 31 %)"; "unknown" where nobody can know. */
export function between(one: Estimate | null): string {
  if (!one) return 'unknown';
  const low = percent(one.low);
  const high = percent(one.high);
  return low === high ? percent(one.p) : `${percent(one.p)}  (${low.replace(' %', '')} to ${high})`;
}

/** "€ 12 300", rounded to what is worth saying. */
export function euros(value: number): string {
  const step = value >= 10_000 ? 100 : value >= 1000 ? 10 : 1;
  const whole = String(Math.round(value / step) * step);
  return `\u20ac\u2009${whole.replace(/\B(?=(\d{3})+$)/g, '\u2009')}`;
}

/** What holds, in a few words. */
export function holds(advice: Advice): string {
  const { level, since_ns, by } = advice.state ?? {};
  const word = HOLDS[level ?? 'open'];
  return since_ns ? `${word} since ${clock(since_ns / 1e6)}, decided by ${by}` : `${word}; nobody has decided anything yet`;
}

/** One flight in a line. */
export function flightWords(flight: Flight): string {
  const runway = flight.runway ? ` ${flight.runway}` : '';
  const away = flight.distance_m == null ? '' : `, passes ${distance(flight.distance_m)} from its last place`;
  const when = flight.doing === 'arriving' ? `threshold in ${span(flight.to_go_s)}` : flight.doing;
  return `${flight.label}${runway}: ${when}${away}`;
}

function contactWords(contact: Contact, now_ms: number): string {
  const kind = contact.kind ? className(contact.kind) : 'class unknown';
  const when = contact.seen_now ? 'seen now' : `seen ${ago((now_ms - contact.last_seen_ns / 1e6) / 1000)}`;
  return `${kind}, ${when}${contact.people_only ? ', by people only' : ''}`;
}

function watcherWords(one: Watcher): string {
  if (!one.looks) return one.why?.split(':')[0] || 'does not look';
  return one.sees_p == null ? `covers ${percent(one.cover)}` : `a look sees ${percent(one.sees_p)}`;
}

/** Ask the node; what came of it in one line. */
async function decide(advice: Advice, what: Do, because: string, author: string): Promise<[boolean, string]> {
  try {
    const answer = await fetch(`/api/v1/closure/${encodeURIComponent(advice.airport)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ do: what, advice_id: advice.advice_id, because, author }),
    });
    const { said, error } = (await answer.json()) as { said?: string; error?: string };
    return [answer.ok, said ?? error ?? `the server answered ${answer.status}`];
  } catch {
    return [false, 'the server does not answer'];
  }
}

export class ClosurePanel {
  private readonly panel = find('closure');
  private readonly chips = find('closures');
  private readonly head = el('div', { class: 'advice', role: 'status', 'aria-live': 'polite' });
  private readonly action = el('strong');
  private readonly why = el('span', { class: 'why' });
  private readonly state = el('span', { class: 'holds' });
  private readonly evidence = el('div');
  private readonly risk = el('div');
  private readonly cost = el('div');
  private readonly reasons = el('ul', { class: 'reasons' });
  private readonly changes = el('ul', { class: 'reasons' });
  private readonly notam = el('pre', { class: 'notam' });
  private readonly copy = el('button', { type: 'button' }, 'Copy');
  private readonly because = el('input', { type: 'text', placeholder: 'Why', 'aria-label': 'Why', maxlength: '300' });
  private readonly author = el('input', { type: 'text', placeholder: 'Your initials', 'aria-label': 'Your initials', maxlength: '60' });
  private readonly said = el('span', { class: 'small', role: 'status' });
  private readonly decision = el('div', { class: 'decide-closure' });
  private readonly buttons = new Map<Do, HTMLButtonElement>();
  private airport = '';
  private opened = false;

  constructor(
    private readonly picture: Picture,
    private readonly choose: (track_id: number, otherwise: [number, number] | null) => void,
  ) {
    const close = el('button', { type: 'button', class: 'shut', 'aria-label': 'Close the panel' }, '\u00d7');
    const column = (title: string, body: HTMLElement): HTMLElement => el('section', {}, el('h3', {}, title), body);
    const decisions = el('div', { class: 'decisions' });
    for (const [what, text] of DECISIONS) {
      const button = el('button', { type: 'button', class: `do-${what.replace(' ', '-')}` }, text);
      button.addEventListener('click', () => void this.decide(what));
      this.buttons.set(what, button);
      decisions.append(button);
    }
    this.head.append(el('div', {}, this.action, this.why), this.state, close);
    this.panel.append(
      this.head,
      el(
        'div',
        { class: 'body' },
        el('div', { class: 'columns' }, column('Evidence', this.evidence), column('Risk', this.risk), column('Cost', this.cost)),
        el(
          'div',
          { class: 'columns two' },
          column('Why', this.reasons),
          column('What would change it', this.changes),
        ),
        el('div', { class: 'draft' }, el('h3', {}, 'NOTAM draft, not issued'), this.copy, this.notam),
      ),
      this.decision,
    );
    this.decision.append(el('h3', {}, 'A person decides'), this.because, this.author, decisions, this.said);
    this.author.value = stored('author', '');
    close.addEventListener('click', () => this.show(false));
    this.copy.addEventListener('click', () => void this.copyDraft());
    picture.on('closure', () => this.fill());
  }

  /** Open or close; the airport in trouble first. */
  toggle(): void {
    this.show(!this.opened);
  }

  get isOpen(): boolean {
    return this.opened;
  }

  show(open: boolean): void {
    this.opened = open && this.picture.advices.size > 0;
    this.panel.hidden = !this.opened;
    this.fill();
  }

  private fill(): void {
    const advices = [...this.picture.advices.values()];
    this.fillChips(advices);
    if (!this.opened) return;
    const advice = this.picture.advices.get(this.airport) ?? worst(advices);
    if (!advice) return;
    this.airport = advice.airport;
    this.fillHead(advice);
    this.fillEvidence(advice);
    this.fillRisk(advice);
    this.fillCost(advice);
    lines(this.reasons, advice.reasons ?? []);
    lines(this.changes, advice.changes ?? []);
    (this.notam.parentElement as HTMLElement).hidden = !advice.notam;
    setText(this.notam, advice.notam ?? '');
    this.decision.hidden = !this.picture.may('decide-closure');
    this.author.hidden = Boolean(this.picture.hello?.person);
    const level = advice.state?.level ?? 'open';
    for (const [what, button] of this.buttons) {
      button.hidden = what === 'keep open' ? level !== 'open' : what === 'reopen' ? level === 'open' : level === what;
      button.classList.toggle('advised', advised(advice, what));
    }
  }

  private fillChips(advices: Advice[]): void {
    const key = advices.map((a) => a.airport).join();
    if (this.chips.dataset.key !== key) {
      this.chips.dataset.key = key;
      this.chips.replaceChildren(
        ...advices.map((advice) => {
          const chip = el('button', { type: 'button', class: 'closure-chip', title: 'Closure advice (C)' });
          chip.addEventListener('click', () => {
            const other = this.airport !== advice.airport;
            this.airport = advice.airport;
            this.show(other || !this.opened);
          });
          return chip;
        }),
      );
    }
    advices.forEach((advice, i) => {
      const chip = this.chips.children[i] as HTMLElement;
      chip.className = `closure-chip ${advice.level}`;
      const p = advice.contacts?.length ? `  ${percent(advice.there?.p)}` : advice.there ? '' : '  unknown';
      setText(chip, `${advice.airport}  ${WORDS[advice.action]}${p}`);
    });
  }

  private fillHead(advice: Advice): void {
    this.head.className = `advice ${advice.level}`;
    setText(this.action, `${advice.airport}: ${WORDS[advice.action]}`);
    const p = advice.level === 'close' ? advice.near : advice.there;
    const where = advice.level === 'close' ? 'by a runway or its approaches' : 'in the zones';
    setText(this.why, advice.there ? `${between(p)} that a drone without leave is ${where}` : 'nobody can know: no sensor looks');
    setText(this.state, `${advice.name} is ${holds(advice)}`);
  }

  private fillEvidence(advice: Advice): void {
    const now = advice.time_ns / 1e6;
    const contacts = (advice.contacts ?? []).slice(0, 4).map((contact) => {
      const row = el(
        'button',
        { type: 'button', class: `contact ${contact.seen_now ? 'seen' : ''}` },
        el('span', {}, el('b', {}, contact.label), ` ${contactWords(contact, now)}`),
        bar(contact.there),
        el('span', { class: 'figure' }, percent(contact.there.p)),
      );
      row.addEventListener('click', () => this.choose(contact.track_id, [contact.lat_deg, contact.lon_deg]));
      return row;
    });
    const looks = (advice.watchers ?? []).map((one) =>
      el('div', { class: one.looks ? 'watcher' : 'watcher blind' }, el('span', {}, one.name), el('span', {}, watcherWords(one))),
    );
    this.evidence.replaceChildren(
      ...(contacts.length ? contacts : [el('p', { class: 'none' }, 'Nothing was seen that may be a drone without leave.')]),
      el('p', { class: 'small' }, `Sensors that work cover ${percent(advice.covered)} of the zones.`),
      ...looks,
    );
  }

  private fillRisk(advice: Advice): void {
    const flights = (advice.flights ?? []).slice(0, 4).map((flight) =>
      el(
        'div',
        { class: flight.meets_p >= 0.01 ? 'flight risky' : 'flight' },
        el('span', {}, flightWords(flight)),
        el('span', { class: 'figure' }, percent(flight.meets_p)),
      ),
    );
    this.risk.replaceChildren(
      figure('By a runway or its approaches', between(advice.near)),
      ...(flights.length
        ? [el('p', { class: 'small' }, 'Next aircraft, and that something is within 250 m of its way:'), ...flights]
        : [el('p', { class: 'small' }, 'No aircraft is on its way in or out below 1500 m.')]),
      ...(advice.severity ?? []).slice(0, 3).map((words) => el('p', { class: 'small' }, words)),
    );
  }

  private fillCost(advice: Advice): void {
    const { cost } = advice;
    const closed = cost.closed_min > 0;
    const diverting = `${cost.diverting.toFixed(1)}${cost.diversion_eur == null ? ' (not priced)' : ''}`;
    this.cost.replaceChildren(
      figure(closed ? 'The next minute' : 'The first minute of a closure', euros(cost.minute_eur)),
      ...(closed
        ? [
            figure('So far', `${euros(cost.so_far_eur)} in ${span(60 * cost.closed_min)}`),
            figure('Flights that wait', cost.held.toFixed(1)),
            figure('Diverting', diverting),
          ]
        : []),
      el(
        'p',
        { class: 'small' },
        `Delay at ${euros(cost.delay_eur_per_min)} a flight and minute, ${cost.movements_per_hour} movements an hour, as configured.`,
      ),
    );
  }

  private async decide(what: Do): Promise<void> {
    const advice = this.picture.advices.get(this.airport);
    if (!advice) return;
    const author = this.picture.hello?.person ? '' : this.author.value.trim();
    if (author) store('author', author);
    const [ok, said] = await decide(advice, what, this.because.value, author);
    setText(this.said, said);
    this.said.classList.toggle('failed', !ok);
    if (ok) this.because.value = '';
  }

  private async copyDraft(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.notam.textContent ?? '');
      setText(this.copy, 'Copied');
    } catch {
      getSelection()?.selectAllChildren(this.notam);
      setText(this.copy, 'Selected: copy with Ctrl+C');
    }
    window.setTimeout(() => setText(this.copy, 'Copy'), 3000);
  }
}

/** Which decision follows the advice. */
export function advised(advice: Advice, what: Do): boolean {
  const level = advice.state?.level ?? 'open';
  if (advice.level === 'open') return what === (level === 'open' ? 'keep open' : 'reopen');
  return what === advice.level && level !== advice.level;
}

function worst(advices: Advice[]): Advice | undefined {
  const rank = { close: 2, restrict: 1, open: 0 };
  return [...advices].sort((a, b) => rank[b.level] - rank[a.level])[0];
}

function figure(what: string, value: string): HTMLElement {
  return el('div', { class: 'figure-row' }, el('span', {}, what), el('b', {}, value));
}

/** A probability as a bar, its ends as a thin line. */
function bar(one: Estimate): HTMLElement {
  const node = el('span', { class: 'p-bar', title: between(one) }, el('i'), el('u'));
  const [fill, ends] = [node.children[0], node.children[1]] as HTMLElement[];
  fill.style.width = `${100 * one.p}%`;
  ends.style.left = `${100 * one.low}%`;
  ends.style.width = `${100 * (one.high - one.low)}%`;
  return node;
}

/** Lines of a list, changed in place where they differ. */
function lines(list: HTMLElement, words: string[]): void {
  while (list.children.length > words.length) list.lastElementChild?.remove();
  words.forEach((text, i) => {
    const line = list.children[i] as HTMLElement | undefined;
    if (line) setText(line, text);
    else list.append(el('li', {}, text));
  });
}
