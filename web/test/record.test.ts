import { describe, expect, it } from 'vitest';
import { byUrgency, dueWords, isNew, told, waitingLines } from '../src/record';
import type { Alert, IncidentSummary, RecordLine } from '../src/types';
import { possible } from '../src/ui/steps';

function incident(id: string, more: Partial<IncidentSummary> = {}): IncidentSummary {
  return {
    id, state: 'open', title: id, what: null, site: null, in_charge: null, opened_ns: 1, changed_ns: 1, severity: null,
    alerts: [], holding: 0, tasks_open: 0, tasks_done: 0, due_ns: null, attached: 0, entries: 1, up_to: { n: 3 }, seen: {},
    ...more,
  };
}

function line(seq: number, kind: string, event: Record<string, unknown> | null, more: Partial<RecordLine> = {}): RecordLine {
  return { place: { node: 'n', seq }, time_ns: seq * 1e9, kind, author: 'anna (watch officer)', event, ...more };
}

const ALERT: Alert = {
  alert_id: 'A1', time_ns: 1, track_id: 7, rule: 'zone-entry', zone: 'Z', zone_name: 'Runway', state: 'predicted',
  severity: 'caution', probability: 0.6, lat_deg: 1, lon_deg: 2,
};

describe('the list', () => {
  it('has what is open and worst first, what is closed last', () => {
    const all = [
      incident('closed', { state: 'closed', severity: 'warning', opened_ns: 9, changed_ns: 9 }),
      incident('calm', { opened_ns: 8 }),
      incident('worked', { severity: 'warning', state: 'responding', opened_ns: 7 }),
      incident('fresh', { severity: 'warning', opened_ns: 2 }),
      incident('caution', { severity: 'caution', opened_ns: 3 }),
    ];
    expect(all.sort(byUrgency).map((one) => one.id)).toEqual(['fresh', 'worked', 'caution', 'calm', 'closed']);
  });

  it('knows what somebody has not seen', () => {
    const one = incident('a', { up_to: { n: 3, m: 1 }, seen: { anna: { n: 3, m: 1 }, bert: { n: 3 } } });
    expect([isNew(one, 'anna'), isNew(one, 'bert'), isNew(one, 'carl')]).toEqual([false, true, true]);
  });

  it('says what is due and what is late', () => {
    expect(dueWords(null, 0)).toBe('');
    expect(dueWords(130e9, 0)).toBe('due in 2:10');
    expect(dueWords(0, 40_000)).toBe('late by 0:40');
    expect(dueWords(0, NaN)).toBe('');
  });
});

describe('the record in words', () => {
  it('says what is new of an alert, not all of it again', () => {
    const changes: Partial<Alert>[] = [
      {}, { state: 'actual', severity: 'warning' }, { acknowledged_by: 'x' }, { suppressed_by: 'x', suppressed_why: 'a kite' },
      { suppressed_by: '' }, { escalated: 1 }, { state: 'cleared', reasons: ['the track ended'] },
    ];
    let now = ALERT;
    const record = changes.map((change, i) => {
      now = { ...now, ...change };
      return line(i + 1, i ? 'alert-changed' : 'alert-raised', { alert: now });
    });
    expect(told(record).map((one) => one.words)).toEqual([
      'Alert: zone entry, T7, Runway is predicted',
      'Alert holds now: zone entry, T7, Runway',
      'Alert acknowledged: zone entry, T7, Runway',
      'Alert suppressed: zone entry, T7, Runway, a kite',
      'Alert speaks again: zone entry, T7, Runway',
      'Nobody has answered, told 2 times: zone entry, T7, Runway',
      'Alert is over: zone entry, T7, Runway (the track ended)',
    ]);
  });

  it('says what people did', () => {
    const record = [
      line(1, 'incident-opened', { title: 'Two drones' }),
      line(2, 'incident-assessed', { judgement: 'not ours', sure: 0.8 }),
      line(3, 'task-set', { task: 'fence', what: 'look at the fence', owner: 'bert' }),
      line(4, 'task-done', { task: 'fence', done: true }),
      line(5, 'task-done', { task: 'fence', done: false, remark: 'no car' }),
      line(6, 'handed-over', { to: 'anna (watch officer)' }),
      line(7, 'handed-over', { to: 'carla', remark: 'night' }),
      line(8, 'decided', { what: 'stop take-offs', because: 'too near' }),
      line(9, 'corrected', { entry: { node: 'n', seq: 2 }, why: 'typing', says: { judgement: 'ours' } }),
      line(10, 'corrected', { entry: { node: 'n', seq: 99 }, why: 'mistake' }),
      line(11, 'attached', { what: 'picture', title: 'tower', size_bytes: 12_345 }),
      line(12, 'note', null, { withdrawn: true }),
      line(13, 'made-up', null),
    ];
    expect(told(record).map((one) => one.words)).toEqual([
      'Opened: Two drones',
      'Assessed: not ours, 80 % sure',
      'To do, bert: look at the fence',
      'Done: look at the fence',
      'Will not be done: look at the fence. no car',
      'Took charge',
      'Handed over to carla: night',
      'Decided: stop take-offs, because too near',
      'Corrected incident assessed of anna (watch officer): typing',
      'Withdrew entry 99: mistake',
      'Attached: tower (picture, 12 kB)',
      'withdrawn',
      'made up',
    ]);
  });

  it('hands over what is still to be done', () => {
    const tasks = [
      { task: 'a', what: 'call the tower', owner: 'anna', due_ns: 60e9 },
      { task: 'b', what: 'look', owner: 'bert', done: true },
    ];
    expect(waitingLines(tasks, 0)).toEqual(['call the tower (anna, due in 1:00)']);
  });
});

describe('the steps', () => {
  it('are those that may follow and that the role has a right to', () => {
    const names = (state: IncidentSummary['state'], rights: string[]): string[] => possible(state, (one) => rights.includes(one)).map((one) => one.step);
    expect(names('open', ['act', 'close'])).toEqual(['assess', 'task', 'decide']);
    expect(names('assessed', ['act', 'close'])).toEqual(['assess', 'respond', 'close', 'task', 'decide']);
    expect(names('assessed', ['act'])).not.toContain('close');
    expect(names('closed', ['act', 'close'])).toEqual(['review']);
    expect(names('closed', ['act'])).toEqual([]);
    expect(names('reviewed', ['act', 'close'])).toEqual([]);
    expect(names(null, ['act'])).toEqual([]);
  });
});
