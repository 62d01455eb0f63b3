/** The map: created once, fed with features, asked for its camera. */

import { Map as LibreMap, setWorkerUrl, type GeoJSONSource } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import type { FeatureCollection } from 'geojson';
import { uiScale } from '../dom';
import { mercatorX, mercatorY } from '../geo';
import type { Camera } from '../gl/labels';
import * as basemap from './basemap';
import { graticule, metresPerPixel, ringStep_nm, rings } from './grid';
import { HEALTH_COLOUR, sensorIcon } from './sensors';
import { style, type OVERLAYS } from './style';

export type Overlay = (typeof OVERLAYS)[number];

async function file<T>(name: string): Promise<T> {
  const answer = await fetch(new URL(`data/${name}`, document.baseURI));
  if (!answer.ok) throw new Error(`expected the file data/${name}, the server answered ${answer.status}`);
  return (await answer.json()) as T;
}

export class MapView {
  readonly map: LibreMap;
  private ringKey = '';
  private readonly shown = new Map<string, boolean>();

  private constructor(map: LibreMap) {
    this.map = map;
  }

  static async create(container: HTMLElement): Promise<MapView> {
    setWorkerUrl(new URL(workerUrl, import.meta.url).href);
    const [shape, places, airports] = await Promise.all([
      file<basemap.ShapeFile>('shape.json'),
      file<basemap.PlacesFile>('places.json'),
      file<basemap.AirportRow[]>('airports.json'),
    ]);
    const map = new LibreMap({
      container,
      style: style(
        {
          land: basemap.land(shape),
          lines: basemap.lines(shape),
          places: basemap.places(places),
          airports: basemap.airports(airports),
        },
        uiScale(),
      ),
      center: [10, 50],
      zoom: 4,
      minZoom: 2.5,
      maxZoom: 17,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      renderWorldCopies: false,
      fadeDuration: 150,
      canvasContextAttributes: { antialias: true },
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    await new Promise<void>((done) => map.once('load', () => done()));
    const ratio = Math.ceil(devicePixelRatio * uiScale());
    for (const [health, colour] of Object.entries(HEALTH_COLOUR)) {
      map.addImage(`sensor-${health}`, sensorIcon(colour, ratio), { pixelRatio: ratio });
    }
    return new MapView(map);
  }

  camera(): Camera {
    const { lng, lat } = this.map.getCenter();
    const zoom = this.map.getZoom();
    const box = this.map.getContainer();
    return {
      x: mercatorX(lng),
      y: mercatorY(lat),
      scale: 512 * 2 ** zoom,
      width: box.clientWidth,
      height: box.clientHeight,
      zoom,
    };
  }

  set(overlay: Overlay, data: FeatureCollection): void {
    void this.map.getSource<GeoJSONSource>(overlay)?.setData(data);
  }

  /** Show or hide all layers whose id begins so. */
  toggle(prefix: string, on: boolean): void {
    if (this.shown.get(prefix) === on) return;
    this.shown.set(prefix, on);
    for (const id of this.map.getLayersOrder()) {
      if (id.startsWith(`${prefix}-`)) this.map.setLayoutProperty(id, 'visibility', on ? 'visible' : 'none');
    }
  }

  /** Rings about a site and lines of the graticule, spaced for what is on the screen. */
  grid(site: { lat_deg: number; lon_deg: number }): void {
    const camera = this.camera();
    const { lat } = this.map.getCenter();
    const metres = metresPerPixel(lat, camera.zoom);
    const step = ringStep_nm(metres, Math.min(camera.width, camera.height) / 2);
    const bounds = this.map.getBounds();
    const key = `${step} ${site.lat_deg} ${site.lon_deg}`;
    if (key !== this.ringKey) {
      this.ringKey = key;
      this.set('rings', rings(site.lat_deg, site.lon_deg, step));
    }
    this.set(
      'graticule',
      graticule(bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()),
    );
  }

  /** Fly to a place, leaving room for the panels. */
  fly(lat_deg: number, lon_deg: number, least_zoom: number): void {
    const zoom = Math.max(this.map.getZoom(), least_zoom);
    const offset: [number, number] = [besidePanels_px(), 0];
    this.map.flyTo({ center: [lon_deg, lat_deg], zoom, offset, speed: 2.2, maxDuration: 1600, essential: true });
  }

  fit(points: [number, number][]): void {
    if (!points.length) return;
    const lons = points.map((p) => p[0]);
    const lats = points.map((p) => p[1]);
    const box: [number, number, number, number] = [
      lons.reduce((a, b) => Math.min(a, b)),
      lats.reduce((a, b) => Math.min(a, b)),
      lons.reduce((a, b) => Math.max(a, b)),
      lats.reduce((a, b) => Math.max(a, b)),
    ];
    this.map.fitBounds(box, { padding: { top: 90, bottom: 70, left: 380, right: 120 }, maxZoom: 13, duration: 900 });
  }

  metresPerPixel(): number {
    return metresPerPixel(this.map.getCenter().lat, this.map.getZoom());
  }
}

/** How far right of the middle of the map the middle of what an open incident leaves free is. */
function besidePanels_px(): number {
  const [left, right] = ['incident', 'detail'].map((id) => document.getElementById(id)?.getBoundingClientRect());
  if (!left?.width) return 0;
  return (left.right + (right?.width ? right.left : innerWidth)) / 2 - innerWidth / 2;
}
