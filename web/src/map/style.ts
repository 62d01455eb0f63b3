/** How the map looks: quiet, so that what is drawn over it speaks. */

import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';
import type { FeatureCollection } from 'geojson';

export const FONT = ['Segoe UI', 'Roboto', 'Noto Sans', 'Ubuntu', 'Liberation Sans', 'Arial', 'sans-serif'];

const SEA = '#0a1018';
const LAND = '#121a25';
const COAST = '#2f4157';
const BORDER = '#3a4757';
const PLACE = '#74859a';
const PLACE_STRONG = '#93a4b8';

export interface Base {
  land: FeatureCollection;
  lines: FeatureCollection;
  places: FeatureCollection;
  airports: FeatureCollection;
}

const EMPTY: FeatureCollection = { type: 'FeatureCollection', features: [] };
export const OVERLAYS = [
  'graticule',
  'rings',
  'interference',
  'coverage',
  'zones',
  'zone-labels',
  'leave',
  'sensors',
  'history',
] as const;

function byZoom(...stops: number[]): ExpressionSpecification {
  return ['interpolate', ['linear'], ['zoom'], ...stops] as unknown as ExpressionSpecification;
}

/** Layers of one toggle share the prefix before the dash. */
const LAYERS: LayerSpecification[] = [
  { id: 'sea', type: 'background', paint: { 'background-color': SEA } },
  { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': LAND, 'fill-antialias': false } },
  {
    id: 'graticule-line',
    type: 'line',
    source: 'graticule',
    paint: { 'line-color': '#1d2937', 'line-width': 1 },
  },
  {
    id: 'coast',
    type: 'line',
    source: 'lines',
    filter: ['==', ['get', 'kind'], 'coast'],
    paint: { 'line-color': COAST, 'line-width': byZoom(3, 0.6, 8, 1.1) },
  },
  {
    id: 'border',
    type: 'line',
    source: 'lines',
    filter: ['==', ['get', 'kind'], 'border'],
    paint: { 'line-color': BORDER, 'line-width': byZoom(3, 0.6, 8, 1.2), 'line-dasharray': [4, 2] },
  },
  {
    id: 'interference-fill',
    type: 'fill',
    source: 'interference',
    paint: { 'fill-color': ['get', 'colour'], 'fill-opacity': 0.1 },
  },
  {
    id: 'interference-line',
    type: 'line',
    source: 'interference',
    paint: { 'line-color': ['get', 'colour'], 'line-width': 1, 'line-opacity': 0.55, 'line-dasharray': [1, 3] },
  },
  {
    id: 'coverage-line',
    type: 'line',
    source: 'coverage',
    paint: {
      'line-color': ['get', 'colour'],
      'line-width': ['case', ['get', 'strong'], 1.6, 1],
      'line-opacity': ['case', ['get', 'strong'], 0.9, 0.38],
      'line-dasharray': [2, 4],
    },
  },
  {
    id: 'rings-line',
    type: 'line',
    source: 'rings',
    filter: ['==', ['geometry-type'], 'LineString'],
    paint: { 'line-color': '#2a3a4d', 'line-width': 1 },
  },
  {
    id: 'zones-fill',
    type: 'fill',
    source: 'zones',
    filter: ['get', 'active'],
    paint: { 'fill-color': ['get', 'colour'], 'fill-opacity': ['case', ['get', 'alert'], 0.1, 0.06] },
  },
  {
    id: 'zones-line',
    type: 'line',
    source: 'zones',
    filter: ['get', 'active'],
    paint: { 'line-color': ['get', 'colour'], 'line-width': ['case', ['get', 'alert'], 2.2, 1.3] },
  },
  {
    id: 'zones-idle',
    type: 'line',
    source: 'zones',
    filter: ['!', ['get', 'active']],
    paint: {
      'line-color': ['get', 'colour'],
      'line-width': 1,
      'line-opacity': 0.5,
      'line-dasharray': [3, 4],
    },
  },
  {
    id: 'leave-fill',
    type: 'fill',
    source: 'leave',
    paint: { 'fill-color': '#7fd4c1', 'fill-opacity': 0.12 },
  },
  {
    id: 'leave-line',
    type: 'line',
    source: 'leave',
    paint: { 'line-color': '#7fd4c1', 'line-width': 2, 'line-dasharray': [3, 1.5] },
  },
  {
    id: 'history-line',
    type: 'line',
    source: 'history',
    paint: { 'line-color': '#9db4cd', 'line-width': 1.4, 'line-opacity': 0.55 },
  },
];

function placeLayer(id: string, rank: number, minzoom: number, size: number): LayerSpecification {
  return {
    id,
    type: 'symbol',
    source: 'places',
    minzoom,
    filter: ['==', ['get', 'rank'], rank],
    layout: {
      'text-field': ['get', 'name'],
      'text-font': FONT,
      'text-size': size,
      'text-padding': 6,
      'text-max-width': 8,
    },
    paint: {
      'text-color': rank < 2 ? PLACE_STRONG : PLACE,
      'text-halo-color': SEA,
      'text-halo-width': 1.2,
      'text-opacity': 0.9,
    },
  };
}

function airportLayers(tier: number, minzoom: number): LayerSpecification[] {
  const filter: ExpressionSpecification = ['==', ['get', 'tier'], tier];
  return [
    {
      id: `airports-dot${tier}`,
      type: 'circle',
      source: 'airports',
      minzoom,
      filter,
      paint: {
        'circle-radius': tier === 0 ? 3 : 2.4,
        'circle-color': LAND,
        'circle-stroke-color': '#7a9ab8',
        'circle-stroke-width': 1.2,
      },
    },
    {
      id: `airports-name${tier}`,
      type: 'symbol',
      source: 'airports',
      minzoom: minzoom + 0.5,
      filter,
      layout: {
        'text-field': ['step', ['zoom'], ['get', 'iata'], 9.5, ['concat', ['get', 'iata'], ' · ', ['get', 'icao']]],
        'text-font': FONT,
        'text-size': 11,
        'text-anchor': 'bottom-left',
        'text-offset': [0.4, -0.2],
        'text-padding': 4,
      },
      paint: { 'text-color': '#86a5c2', 'text-halo-color': SEA, 'text-halo-width': 1.2 },
    },
  ];
}

const TOP: LayerSpecification[] = [
  {
    id: 'rings-label',
    type: 'symbol',
    source: 'rings',
    filter: ['==', ['geometry-type'], 'Point'],
    layout: { 'text-field': ['get', 'text'], 'text-font': FONT, 'text-size': 10, 'text-padding': 2 },
    paint: { 'text-color': '#61758c', 'text-halo-color': SEA, 'text-halo-width': 1.5 },
  },
  {
    id: 'zones-name',
    type: 'symbol',
    source: 'zone-labels',
    minzoom: 8,
    layout: {
      'text-field': ['get', 'name'],
      'text-font': FONT,
      'text-size': 11,
      'text-anchor': 'bottom',
      'text-offset': [0, -0.35],
      'text-max-width': 14,
    },
    paint: { 'text-color': ['get', 'colour'], 'text-halo-color': SEA, 'text-halo-width': 1.4 },
  },
  {
    id: 'sensors-site',
    type: 'symbol',
    source: 'sensors',
    layout: {
      'icon-image': ['concat', 'sensor-', ['get', 'health']],
      'icon-allow-overlap': true,
      'text-field': ['step', ['zoom'], '', 9, ['get', 'name']],
      'text-font': FONT,
      'text-size': 11,
      'text-anchor': 'top',
      'text-offset': [0, 0.8],
      'text-optional': true,
    },
    paint: { 'text-color': '#9fb2c7', 'text-halo-color': SEA, 'text-halo-width': 1.4 },
  },
];

/** Layers with larger text and dots. */
function enlarged(scale: number, layers: LayerSpecification[]): LayerSpecification[] {
  const grow = (value: unknown): unknown => (typeof value === 'number' ? value * scale : value);
  return layers.map((layer) => {
    if (layer.type === 'symbol') {
      const layout = { ...layer.layout, 'text-size': grow(layer.layout?.['text-size']), 'icon-size': scale };
      return { ...layer, layout } as LayerSpecification;
    }
    if (layer.type === 'circle') {
      const paint = { ...layer.paint, 'circle-radius': grow(layer.paint?.['circle-radius']) };
      return { ...layer, paint } as LayerSpecification;
    }
    return layer;
  });
}

/** The whole style; `scale` enlarges text on large screens. There are no glyphs and no sprite: text is drawn with the viewer's own fonts. */
export function style(base: Base, scale: number): StyleSpecification {
  const overlays = Object.fromEntries(
    OVERLAYS.map((name) => [name, { type: 'geojson' as const, data: EMPTY }]),
  );
  return {
    version: 8,
    sources: {
      land: { type: 'geojson', data: base.land, maxzoom: 10, tolerance: 0.3 },
      lines: { type: 'geojson', data: base.lines, maxzoom: 10, tolerance: 0.3 },
      places: { type: 'geojson', data: base.places, maxzoom: 10 },
      airports: { type: 'geojson', data: base.airports, maxzoom: 10 },
      ...overlays,
    },
    layers: enlarged(scale, [
      ...LAYERS,
      ...airportLayers(2, 8),
      ...airportLayers(1, 6.5),
      ...airportLayers(0, 4.5),
      placeLayer('places-town', 5, 9.6, 11),
      placeLayer('places-4', 4, 8, 11),
      placeLayer('places-3', 3, 6.5, 11.5),
      placeLayer('places-2', 2, 5.5, 12),
      placeLayer('places-1', 1, 4.2, 12.5),
      placeLayer('places-0', 0, 2.5, 13),
      ...TOP,
    ]),
  };
}
