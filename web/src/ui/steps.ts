/** The steps of an incident: buttons for those that may follow and that the role may take, a form for each. */

import { el, setText } from '../dom';
import type { Said } from '../record';
import type { IncidentState, RecordLine } from '../types';

interface Around {
  enter(step: string, fields: Record<string, unknown>): Promise<Said>;
  may(right: string): boolean;
  now_ms(): number;
}

interface Field {
  name: string;
  words: string;
  type: 'text' | 'long' | 'percent' | 'minutes';
  optional?: true;
}

interface Step {
  step: string;
  button: string;
  right: string;
  after: IncidentState[];
  main?: IncidentState[]; // after which it usually comes next
  fields: Field[];
}

const STEPS: Step[] = [
  {
    step: 'assess',
    button: 'Assess',
    right: 'act',
    after: ['open', 'assessed', 'responding'],
    main: ['open'],
    fields: [
      { name: 'judgement', words: 'What it is, and why you think so', type: 'long' },
      { name: 'sure', words: 'How sure, %', type: 'percent', optional: true },
    ],
  },
  {
    step: 'respond',
    button: 'Respond',
    right: 'act',
    after: ['assessed'],
    main: ['assessed'],
    fields: [{ name: 'what', words: 'What people do now', type: 'long' }],
  },
  {
    step: 'close',
    button: 'Close',
    right: 'close',
    after: ['assessed', 'responding'],
    main: ['assessed', 'responding'],
    fields: [{ name: 'outcome', words: 'What came of it', type: 'long' }],
  },
  {
    step: 'review',
    button: 'Review',
    right: 'close',
    after: ['closed'],
    main: ['closed'],
    fields: [{ name: 'lessons', words: 'What was learnt', type: 'long' }],
  },
  {
    step: 'task',
    button: 'Task',
    right: 'act',
    after: ['open', 'assessed', 'responding'],
    fields: [
      { name: 'what', words: 'What is to be done', type: 'text' },
      { name: 'owner', words: 'By whom', type: 'text' },
      { name: 'due_ns', words: 'Within so many minutes', type: 'minutes', optional: true },
    ],
  },
  {
    step: 'decide',
    button: 'Decision',
    right: 'act',
    after: ['open', 'assessed', 'responding'],
    fields: [
      { name: 'what', words: 'What was decided', type: 'text' },
      { name: 'by', words: 'By whom, if not by you', type: 'text', optional: true },
      { name: 'because', words: 'Why', type: 'long', optional: true },
    ],
  },
];

export class StepForms {
  readonly node = el('div', { class: 'steps' });
  private readonly buttons = el('div', { class: 'buttons' });
  private readonly place = el('div');
  private opener: HTMLElement | null = null;

  constructor(private readonly around: Around) {
    this.node.append(this.place, this.buttons);
  }

  /** The buttons that fit; a form that is open stays. */
  show(state: IncidentState | null): void {
    const key = (document.activeElement as HTMLElement | null)?.dataset.step;
    const fit = possible(state, (right) => this.around.may(right));
    this.buttons.replaceChildren(
      ...fit.map((step) => {
        const button = el('button', { type: 'button', 'data-step': step.step, ...(step.main?.includes(state as IncidentState) ? { class: 'main' } : {}) }, `${step.button}\u2026`);
        button.addEventListener('click', () => this.open(step, button));
        return button;
      }),
    );
    if (key) this.buttons.querySelector<HTMLElement>(`[data-step="${key}"]`)?.focus();
  }

  close(): void {
    this.place.replaceChildren();
    this.buttons.hidden = false;
    if (this.opener?.isConnected) this.opener.focus();
    this.opener = null;
  }

  /** Say what an entry should have said, or withdraw it. */
  correct(line: RecordLine, field: string): void {
    const event = line.event ?? {};
    const text = el('textarea', { rows: '2', 'aria-label': 'What it should say' });
    text.value = typeof event[field] === 'string' ? (event[field] as string) : '';
    const why = el('input', { type: 'text', placeholder: 'Why', 'aria-label': 'Why', maxlength: '500' });
    const said = el('p', { class: 'said', role: 'status' });
    const send = async (says: Record<string, unknown> | null): Promise<void> => {
      if (!why.value.trim()) return why.focus();
      const answer = await this.around.enter('correct', { entry: line.place, why: why.value.trim(), says });
      if (answer.ok) this.done(form);
      else setText(said, answer.said);
    };
    const withdraw = el('button', { type: 'button' }, 'Withdraw it');
    withdraw.addEventListener('click', () => void send(null));
    const form = this.form('Correct an entry: it stays in the record, with what it should have said', [text, why, said], 'Correct', () => void send({ ...event, [field]: text.value.trim() }), [withdraw]);
  }

  private open(step: Step, opener: HTMLElement): void {
    this.opener = opener;
    const inputs = step.fields.map((field) => input(field));
    const send = async (): Promise<void> => {
      const empty = step.fields.findIndex((field, i) => !field.optional && !inputs[i].value.trim());
      if (empty >= 0) return inputs[empty].focus();
      const fields = Object.fromEntries(step.fields.map((field, i) => [field.name, value(field, inputs[i].value, this.around.now_ms())] as const).filter(([, one]) => one !== null));
      if (step.step === 'task') fields.task = `own-${Date.now().toString(36)}`;
      const answer = await this.around.enter(step.step, fields);
      if (answer.ok) this.done(form);
    };
    const form = this.form(step.button, inputs, step.button, () => void send());
  }

  /** Close a form that was taken, and not one that was opened while the answer was on its way. */
  private done(form: HTMLElement): void {
    if (form.isConnected) this.close();
  }

  private form(title: string, inputs: HTMLElement[], word: string, send: () => void, more: HTMLElement[] = []): HTMLElement {
    const cancel = el('button', { type: 'reset' }, 'Cancel');
    const form = el('form', { class: 'inline' }, el('strong', {}, title), ...inputs, el('div', { class: 'buttons' }, ...more, cancel, el('button', { type: 'submit', class: 'main' }, word)));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      send();
    });
    form.addEventListener('reset', () => this.close());
    form.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.close();
    });
    this.place.replaceChildren(form);
    this.buttons.hidden = true;
    (inputs[0] as HTMLInputElement).focus();
    return form;
  }
}

/** The steps that may follow on a state, of those that a role may take. */
export function possible(state: IncidentState | null, may: (right: string) => boolean): Step[] {
  return STEPS.filter((step) => state !== null && step.after.includes(state) && may(step.right));
}

function input(field: Field): HTMLInputElement | HTMLTextAreaElement {
  const words = { placeholder: field.words, 'aria-label': field.words };
  if (field.type === 'long') return el('textarea', { rows: '2', maxlength: '4000', ...words });
  if (field.type === 'text') return el('input', { type: 'text', maxlength: '500', ...words });
  return el('input', { type: 'number', min: '0', max: field.type === 'percent' ? '100' : '10000', step: 'any', ...words });
}

function value(field: Field, text: string, now_ms: number): unknown {
  if (!text.trim()) return null;
  if (field.type === 'percent') return Math.min(1, Math.max(0, Number(text) / 100));
  if (field.type === 'minutes') return Math.round(now_ms + Number(text) * 60_000) * 1_000_000;
  return text.trim();
}
