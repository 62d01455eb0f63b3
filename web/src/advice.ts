/** Advice on an airport's closure, as JSON. The Python side is `vedette.core.advice`. */

export interface Estimate {
  p: number;
  low: number;
  high: number;
}

export interface Contact {
  track_id: number;
  label: string;
  last_seen_ns: number;
  lat_deg: number;
  lon_deg: number;
  was_p: number;
  there: Estimate;
  near: Estimate;
  seen_now: boolean;
  kind?: string;
  size?: string | null;
  sensors?: string[];
  people_only?: boolean;
  doubt?: number | null;
}

export interface Watcher {
  sensor: string;
  name: string;
  looks: boolean;
  cover: number;
  sees_p?: number | null;
  why?: string;
}

export interface Flight {
  track_id: number;
  label: string;
  doing: 'arriving' | 'departing' | 'passing';
  runway: string;
  to_go_s: number;
  distance_m: number | null;
  meets_p: number;
}

export interface Cost {
  movements_per_hour: number;
  delay_eur_per_min: number;
  minute_eur: number;
  so_far_eur: number;
  closed_min: number;
  held: number;
  diverting: number;
  diversion_eur?: number | null;
}

export type Level = 'open' | 'restrict' | 'close';
export type Do = 'close' | 'restrict' | 'reopen' | 'keep open';

export interface Advice {
  advice_id: string;
  airport: string;
  name: string;
  time_ns: number;
  level: Level;
  action: 'keep open' | 'restrict' | 'close' | 'keep closed' | 'reopen';
  since_ns: number;
  there: Estimate | null;
  near: Estimate | null;
  covered: number;
  contacts?: Contact[];
  watchers?: Watcher[];
  flights?: Flight[];
  severity?: string[];
  cost: Cost;
  reasons?: string[];
  changes?: string[];
  notam?: string;
  state?: { level?: Level; since_ns?: number | null; by?: string };
}
