/** Puts the parts together; the only module that knows them all. */

import { Connection, ask } from './connection';
import { find, setText } from './dom';
import { keys } from './keys';
import { latitude, longitude, NM_M } from './geo';
import { leaveFeatures, placeOf } from './leaves';
import { TrackLayer } from './gl/layer';
import { Symbols } from './gl/symbols';
import { scaleBar } from './map/grid';
import { corners as cellCorners, interferenceFeatures } from './map/interference';
import { health, sensorFeatures, type SensorEntry } from './map/sensors';
import { MapView } from './map/view';
import { corners, zoneFeatures, zoneKey } from './map/zones';
import { PastPlayer } from './past';
import { Picture } from './picture';
import { watchPointer } from './pointer';
import { Stage } from './stage';
import type { Alert, TrailPoint, Zone } from './types';
import { AlertList } from './ui/alerts';
import { ClosurePanel } from './ui/closure';
import { DetailPanel } from './ui/detail';
import { DirectorPanel } from './ui/director';
import { HandOver } from './ui/handover';
import { helpDialog } from './ui/help';
import { IncidentPanel } from './ui/incident';
import { IncidentList } from './ui/incidents';
import { InterferenceList } from './ui/interference';
import { layerPanel } from './ui/layers';
import { LeaveList } from './ui/leaves';
import { PastPanel } from './ui/past';
import { Search } from './ui/search';
import { ProcessList, SensorList } from './ui/sensors';
import { Sound } from './ui/sound';
import { StatusBar } from './ui/status';
import { tabs } from './ui/tabs';
import { ZoneList } from './ui/zones';

const TICK_MS = 250;
const FLY_ZOOM = 11.5;

async function symbolsFile(): Promise<Record<string, string>> {
  const answer = await fetch(new URL('data/symbols.json', document.baseURI));
  if (!answer.ok) throw new Error(`expected the file data/symbols.json, the server answered ${answer.status}`);
  return (await answer.json()) as Record<string, string>;
}

async function start(): Promise<void> {
  const [symbols, view] = await Promise.all([
    symbolsFile().then((svg) => Symbols.load(svg)),
    MapView.create(find('map')),
  ]);
  const picture = new Picture(symbols);
  const layer = new TrackLayer(picture.tracks, symbols, (slot) => picture.labelText(slot));
  view.map.getCanvasContainer().append(layer.canvas);
  const stage = new Stage(picture, view, layer);
  const touch = (): void => {
    layer.relabel();
    stage.touch();
  };
  let strong: string | null = null;
  let home = { lat_deg: 50, lon_deg: 10, zoom: 4 };

  const follow = (on: boolean): void => {
    stage.following = on && picture.tracks.selected !== null;
    detail.following(stage.following);
  };
  const flyTo = (id: number, otherwise: [number, number] | null): void => {
    const slot = picture.tracks.slotOf(id);
    if (slot === undefined) {
      if (otherwise) view.fly(otherwise[0], otherwise[1], FLY_ZOOM);
      return;
    }
    const place = new Float64Array(2);
    picture.tracks.place(slot, stage.shown_ms(), place);
    view.fly(latitude(place[1]), longitude(place[0]), FLY_ZOOM);
  };
  const choose = (id: number, otherwise: [number, number] | null = null): void => {
    follow(false);
    picture.select(id);
    flyTo(id, otherwise);
    touch();
  };
  const chooseAlert = (alert: Alert): void => {
    const at: [number, number] | null =
      alert.lat_deg === null || alert.lon_deg === null ? null : [alert.lat_deg, alert.lon_deg];
    if (alert.track_id) choose(alert.track_id, at);
    else if (at) view.fly(at[0], at[1], FLY_ZOOM);
  };
  const goHome = (): void => {
    follow(false);
    view.map.flyTo({ center: [home.lon_deg, home.lat_deg], zoom: home.zoom, maxDuration: 1400 });
  };
  const fit = (): void => {
    follow(false);
    const points: [number, number][] = [];
    for (const id of picture.tracks.ids()) {
      const slot = picture.tracks.slotOf(id);
      if (slot !== undefined) points.push([picture.tracks.lon(slot), picture.tracks.lat(slot)]);
    }
    view.fit(points);
  };

  const detail = new DetailPanel(picture, symbols, {
    close: () => {
      follow(false);
      picture.select(null);
      touch();
    },
    follow: () => follow(!stage.following),
    centre: () => {
      if (picture.tracks.selected !== null) flyTo(picture.tracks.selected, null);
    },
    trail: (points) => view.set('history', trailFeature(points)),
  });
  const alerts = new AlertList(picture, chooseAlert);
  let sensorsShown = '';
  const showSensors = (): void => {
    // Statuses come every second; the map is told only what is new to it.
    const key = JSON.stringify([strong, [...picture.sensors.values()].map((entry) => [entry.sensor, health(entry)])]);
    if (key === sensorsShown) return;
    sensorsShown = key;
    const { sites, coverage } = sensorFeatures(picture.sensors.values(), strong);
    view.set('sensors', sites);
    view.set('coverage', coverage);
  };
  const point = (id: string | null): void => {
    strong = id;
    showSensors();
  };
  const sensors = new SensorList(picture, (entry) => flyToSensor(view, entry), point);
  new InterferenceList(picture, (cell) => view.fit(cellCorners(cell)));
  const zoneList = new ZoneList(picture, (zone) => view.fit(corners(zone)));
  const leaves = new LeaveList(picture, {
    track: choose,
    show: (leave) => view.set('leave', leaveFeatures(leave, picture.zones)),
    go: (leave) => {
      follow(false);
      view.fit(placeOf(leave, picture.zones));
    },
  });
  new ProcessList(picture);
  const status = new StatusBar(picture);
  const search = new Search(picture, choose);
  const help = helpDialog(symbols);
  const sound = new Sound();
  const showTab = tabs(['alerts', 'incidents', 'sensors', 'zones', 'leaves', 'node', 'director']);
  const handOver = new HandOver(picture);
  const incident = new IncidentPanel(picture, {
    closed: () => incidents.select(null),
    alert: chooseAlert,
    handOver: (id) => void handOver.open(id),
  });
  const chooseIncident = (id: string): void => {
    showTab('incidents');
    incidents.select(id);
    incident.open(id);
  };
  const incidents = new IncidentList(picture, chooseIncident, () => void handOver.open());
  new DirectorPanel(picture);
  const closure = new ClosurePanel(picture, choose);

  const showZones = (): void => {
    const known = picture.now_ms();
    const now = Number.isFinite(known) ? known : Date.now();
    const key = zoneKey(picture.zones, picture.held(), now);
    if (key === zonesShown.key && picture.zones === zonesShown.zones) return;
    zonesShown = { key, zones: picture.zones };
    const { shapes, labels } = zoneFeatures(picture.zones, picture.held(), now);
    view.set('zones', shapes);
    view.set('zone-labels', labels);
    zoneList.show(now);
  };
  let zonesShown: { key: string; zones: Zone[] } = { key: '', zones: [] };
  picture.on('zones', showZones);
  picture.on('alerts', showZones);
  picture.on('past', showZones);
  picture.on('past', touch);
  picture.on('sensors', showSensors);
  picture.on('interference', () => view.set('interference', interferenceFeatures(picture.interference)));
  picture.on('identity', touchLater(touch));
  picture.onRaised((alert) => {
    sound.alert(alert.state === 'actual');
    const who = alert.label || picture.label(alert.track_id);
    setText(find('spoken'), `Alert, ${alert.state}: ${who}, ${alert.zone_name}`);
  });
  let greeted = false;
  picture.on('hello', () => {
    if (!picture.hello) return;
    home = picture.hello.view;
    if (!greeted) view.map.jumpTo({ center: [home.lon_deg, home.lat_deg], zoom: home.zoom });
    greeted = true;
    showGrid();
    void ask<Alert[] | { alerts: Alert[] }>('/api/v1/alerts').then((answer) => {
      for (const alert of Array.isArray(answer) ? answer : (answer?.alerts ?? [])) picture.takeAlert(alert);
    });
  });

  const player = new PastPlayer(picture, () => past.show());
  const past = new PastPanel(picture, player, {
    live: () => {
      view.set('history', trailFeature([]));
      connection.whole();
      touch();
    },
    trail: (points, found) => {
      view.set('history', trailFeature(points));
      if (points.length > 1) view.fit(points.map(([, lat, lon]) => [lon, lat]));
      else view.fly(found.lat_deg, found.lon_deg, FLY_ZOOM);
      picture.select(found.track_id);
      touch();
    },
    centre: () => {
      const { lat, lng } = view.map.getCenter();
      return [lat, lng];
    },
  });

  layerPanel((shown) => {
    stage.shown = shown;
    picture.tracks.birdsHidden = !shown.birds;
    picture.tracks.mark();
    for (const name of ['zones', 'sensors', 'coverage', 'interference', 'rings', 'graticule', 'places', 'airports'] as const) {
      view.toggle(name, shown[name]);
    }
    touch();
  });
  const showGrid = (): void => {
    view.grid(home);
    const metres = view.metresPerPixel();
    for (const [id, unit_m, unit] of [['scale-km', 1000, 'km'], ['scale-nm', NM_M, 'NM']] as const) {
      const [value, px] = scaleBar(metres, unit_m, 130);
      const bar = find(id);
      bar.style.width = `${px}px`;
      setText(bar, unit === 'km' && value < 1 ? `${value * 1000} m` : `${Number(value.toPrecision(1))} ${unit}`);
    }
  };
  view.map.on('moveend', showGrid);
  view.map.on('dragstart', () => follow(false));
  view.map.on('resize', () => touch());
  watchPointer(picture, view, () => stage.shown_ms(), touch);
  find('fit').addEventListener('click', fit);
  find('home').addEventListener('click', goHome);
  find('zoom-in').addEventListener('click', () => view.map.zoomIn());
  find('zoom-out').addEventListener('click', () => view.map.zoomOut());
  keys({
    nextAlert: () => {
      const alert = alerts.next();
      if (alert) chooseAlert(alert);
    },
    acknowledge: () => alerts.acknowledge(),
    suppress: () => alerts.suppress(),
    nextIncident: () => {
      const id = incidents.next();
      if (id !== null) chooseIncident(id);
    },
    note: () => incident.writeNote(),
    follow: () => follow(!stage.following),
    close: () => {
      if (!find('layers').hidden) find('layers-button').click();
      else if (incident.id !== null) incident.close();
      else if (picture.tracks.selected !== null) {
        follow(false);
        picture.select(null);
        touch();
      } else leaves.clear();
    },
    search: () => search.focus(),
    home: goHome,
    fit,
    layers: () => find('layers-button').click(),
    help: () => help.toggle(),
    closure: () => closure.toggle(),
    past: () => past.toggle(),
    zoom: (step) => view.map.easeTo({ zoom: view.map.getZoom() + step, duration: 200 }),
  });
  setInterval(() => {
    status.tick();
    alerts.tick();
    incidents.tick();
    incident.tick();
    detail.tick();
    sensors.tick();
  }, TICK_MS);
  setInterval(showZones, 15_000); // zones begin and end with the time of day
  showGrid();

  const url = new URL('/api/v1/picture', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const connection = new Connection(url.href, {
    opened: () => {
      picture.live.connected = true;
    },
    closed: () => {
      picture.live.connected = false;
      status.tick();
    },
    frame: (frame) => {
      picture.frame(frame);
      stage.touch();
    },
    message: (message) => picture.message(message),
  });
  connection.open();

  Object.assign(window, {
    vedette: {
      map: view.map,
      debug: () => ({
        tracks: picture.tracks.size,
        drawn: picture.tracks.drawn,
        labels: layer.labels.shown,
        alerts: picture.open().length,
        incidents: picture.incidents.size,
        zones: picture.zones.length,
        sensors: picture.sensors.size,
        selected: picture.tracks.selected,
        following: stage.following,
        state: picture.clock.state(performance.now()),
        frames: picture.frames,
        past: player.on ? player.now_ms() : null,
        lost: connection.lost,
        refused: connection.refused,
        fps: stage.fps,
        draw_ms: layer.draw_ms,
        update_ms: picture.update_ms,
        zoom: view.map.getZoom(),
        center: view.map.getCenter().toArray(),
        moving: view.map.isMoving(),
      }),
    },
  });
}

function flyToSensor(view: MapView, { sensor }: SensorEntry): void {
  if (sensor.lat_deg != null && sensor.lon_deg != null) view.fly(sensor.lat_deg, sensor.lon_deg, 10);
}

function trailFeature(points: TrailPoint[]): GeoJSON.FeatureCollection {
  const coordinates = points.map(([, lat, lon]) => [lon, lat]);
  const feature: GeoJSON.Feature = { type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates } };
  return { type: 'FeatureCollection', features: coordinates.length > 1 ? [feature] : [] };
}

/** Many identities come at once after a hello; labels are placed once for all of them. */
function touchLater(touch: () => void): () => void {
  let timer = 0;
  return () => {
    timer ||= window.setTimeout(() => {
      timer = 0;
      touch();
    }, 100);
  };
}

start().catch((error: unknown) => {
  const fatal = find('fatal');
  fatal.hidden = false;
  setText(fatal, `The page cannot start: ${error instanceof Error ? error.message : String(error)}`);
  throw error;
});
