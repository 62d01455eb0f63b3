/** Questions to the node's record, and the words that its entries say. */

import { stored } from './dom';
import { percent, span } from './format';
import type { Picture } from './picture';
import type { Alert, IncidentSummary, RecordLine, Task } from './types';

const ADDRESS = '/api/v1/incidents';
const WATCH = 'watch'; // signs what the node noticed by itself

export interface Said {
  ok: boolean;
  said: string;
  incident: string; // the one that it is about; empty where it is not known
}

export function addressOf(incident: string, step = ''): string {
  return `${ADDRESS}/${encodeURIComponent(incident)}${step && `/${step}`}`;
}

/** How this log-in signs: with initials only where it names no person. */
export function author(picture: Picture): string {
  const { author = '', person = '' } = picture.hello ?? {};
  return person ? author : `${author} ${stored('author', '')}`.trim();
}

/** Enter something; what came of it in one line. */
export async function enter(picture: Picture, address: string, fields: Record<string, unknown>): Promise<Said> {
  const initials = picture.hello?.person ? '' : stored('author', '');
  const body = JSON.stringify(initials ? { ...fields, author: initials } : fields);
  return send(address, { body, headers: { 'content-type': 'application/json' } });
}

/** Attach a file. */
export async function attach(picture: Picture, incident: string, file: File): Promise<Said> {
  const query = new URLSearchParams({ title: file.name });
  if (!picture.hello?.person) query.set('author', stored('author', ''));
  const type = file.type || 'application/octet-stream';
  return send(`${addressOf(incident, 'attachments')}?${query}`, { body: file, headers: { 'content-type': type } });
}

async function send(address: string, request: RequestInit): Promise<Said> {
  try {
    const answer = await fetch(address, { method: 'POST', ...request });
    const told = (await answer.json()) as { said?: string; error?: string; incident?: string };
    return { ok: answer.ok, said: told.said ?? told.error ?? `the server answered ${answer.status}`, incident: told.incident ?? '' };
  } catch {
    return { ok: false, said: 'the server does not answer', incident: '' };
  }
}

// Lists

/** Whether something was entered that this author has not seen. */
export function isNew(incident: IncidentSummary, by: string): boolean {
  const seen = incident.seen[by] ?? {};
  return Object.entries(incident.up_to).some(([node, seq]) => seq > (seen[node] ?? 0));
}

export function isOpen(incident: IncidentSummary): boolean {
  return incident.state === 'open' || incident.state === 'assessed' || incident.state === 'responding';
}

const SEVERITY = { warning: 3, caution: 2, info: 1 };

/** Open ones first: what holds with the highest severity, what nobody has assessed, what was opened last. */
export function byUrgency(a: IncidentSummary, b: IncidentSummary): number {
  const rank = (one: IncidentSummary): number[] => [
    isOpen(one) ? 1 : 0,
    isOpen(one) && one.severity ? SEVERITY[one.severity] : 0,
    one.state === 'open' ? 1 : 0,
    isOpen(one) ? (one.opened_ns ?? one.changed_ns) : one.changed_ns,
  ];
  const [left, right] = [rank(a), rank(b)];
  const at = left.findIndex((value, i) => value !== right[i]);
  return at < 0 ? a.id.localeCompare(b.id) : right[at] - left[at];
}

/** "due in 2:10", "late by 0:40"; nothing where there is no hurry. */
export function dueWords(due_ns: number | null | undefined, now_ms: number): string {
  if (due_ns == null || !Number.isFinite(now_ms)) return '';
  const left = (due_ns / 1e6 - now_ms) / 1000;
  return left >= 0 ? `due in ${span(left)}` : `late by ${span(-left)}`;
}

/** power-plant → power plant */
export function plain(word: string | null | undefined): string {
  return (word ?? '').replace(/[-_]/g, ' ');
}

export function signer(name: string): string {
  return name === WATCH ? 'Vedette' : name;
}

export function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

// The record

export interface Told {
  line: RecordLine;
  words: string;
  field: string | null; // the one field that a person would correct
}

const FIELDS: Record<string, string> = {
  note: 'text',
  'incident-opened': 'title',
  'incident-assessed': 'judgement',
  'incident-responding': 'what',
  'incident-closed': 'outcome',
  'incident-reviewed': 'lessons',
  'task-done': 'remark',
  'task-set': 'what',
  'handed-over': 'to',
  decided: 'what',
  attached: 'title',
};

/** Every entry in plain words, in the order of the record. */
export function told(record: RecordLine[]): Told[] {
  const alerts = new Map<string, Alert>();
  const tasks = new Map<string, string>();
  const numbers = new Map(record.map((line) => [`${line.place.node} ${line.place.seq}`, line]));
  return record.map((line) => {
    const words = line.event ? entryWords(line, line.event, alerts, tasks, numbers) : line.withdrawn ? 'withdrawn' : plain(line.kind);
    return { line, words, field: FIELDS[line.kind] ?? null };
  });
}

function entryWords(
  line: RecordLine,
  event: Record<string, unknown>,
  alerts: Map<string, Alert>,
  tasks: Map<string, string>,
  numbers: Map<string, RecordLine>,
): string {
  const text = (name: string): string => (typeof event[name] === 'string' ? (event[name] as string) : '');
  switch (line.kind) {
    case 'alert-raised':
    case 'alert-changed': {
      const alert = event.alert as Alert;
      const before = alerts.get(alert.alert_id);
      alerts.set(alert.alert_id, alert);
      return alertWords(alert, before);
    }
    case 'incident-opened':
      return `Opened: ${text('title')}`;
    case 'incident-assessed':
      return `Assessed: ${text('judgement')}${typeof event.sure === 'number' ? `, ${percent(event.sure)} sure` : ''}`;
    case 'incident-responding':
      return `Responding: ${text('what')}`;
    case 'incident-closed':
      return `Closed: ${text('outcome')}`;
    case 'incident-reviewed':
      return `Reviewed: ${text('lessons')}`;
    case 'note':
      return text('text');
    case 'attached':
      return `Attached: ${text('title')} (${plain(text('what'))}, ${size(Number(event.size_bytes))})`;
    case 'task-set':
      tasks.set(text('task'), text('what'));
      return `To do, ${text('owner')}: ${text('what')}`;
    case 'task-done': {
      const what = tasks.get(text('task')) ?? text('task');
      return `${event.done === false ? 'Will not be done' : 'Done'}: ${what}${text('remark') && `. ${text('remark')}`}`;
    }
    case 'decided':
      return `Decided${text('by') && ` by ${text('by')}`}: ${text('what')}${text('because') && `, because ${text('because')}`}`;
    case 'handed-over':
      return text('to') === line.author ? 'Took charge' : `Handed over to ${text('to')}${text('remark') && `: ${text('remark')}`}`;
    case 'seen':
      return 'Has seen it';
    case 'corrected': {
      const entry = event.entry as { node: string; seq: number };
      const target = numbers.get(`${entry.node} ${entry.seq}`);
      const what = target ? `${plain(target.kind)} of ${signer(target.author)}` : `entry ${entry.seq}`;
      return `${event.says == null ? 'Withdrew' : 'Corrected'} ${what}: ${text('why')}`;
    }
    default:
      return plain(line.kind);
  }
}

/** The rule, whom it is about and where. */
export function alertName(alert: Alert): string {
  const who = alert.label || (alert.track_id ? `T${alert.track_id}` : alert.sensor || alert.alert_id);
  const where = alert.zone_name || alert.zone;
  return `${plain(alert.rule)}, ${who}${where && `, ${where}`}`;
}

/** What an alert says, or what is new of it. */
function alertWords(alert: Alert, before?: Alert): string {
  const named = alertName(alert);
  const is = alert.state === 'actual' ? 'holds' : alert.state === 'predicted' ? 'is predicted' : 'is over';
  if (!before) return `Alert: ${named} ${is}`;
  if (before.state !== alert.state) {
    const why = alert.state === 'cleared' && alert.reasons?.[0] ? ` (${alert.reasons[0]})` : '';
    return `Alert ${is}${alert.state === 'actual' ? ' now' : ''}: ${named}${why}`;
  }
  if (alert.suppressed_by && !before.suppressed_by) return `Alert suppressed: ${named}, ${alert.suppressed_why ?? ''}`;
  if (!alert.suppressed_by && before.suppressed_by) return `Alert speaks again: ${named}`;
  if (alert.acknowledged_by && alert.acknowledged_by !== before.acknowledged_by) return `Alert acknowledged: ${named}`;
  if ((alert.escalated ?? 0) > (before.escalated ?? 0)) return `Nobody has answered, told ${(alert.escalated ?? 0) + 1} times: ${named}`;
  return `Alert ${is}, ${alert.severity}: ${named}`;
}

/** What is still to be done, a line each. */
export function waitingLines(tasks: Task[], now_ms: number): string[] {
  const waiting = tasks.filter((task) => task.done == null);
  return waiting.map((task) => {
    const due = dueWords(task.due_ns, now_ms);
    return `${task.what} (${task.owner}${due && `, ${due}`})`;
  });
}
