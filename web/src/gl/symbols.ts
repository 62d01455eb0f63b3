/** The symbol atlas: every APP-6 symbol solid and hollow, drawn once into one texture. */

import { AUTHORISED, UNAUTHORISED, UNKNOWN_CLASS } from '../frames';

const CELL = 96; // pixels; symbols are shown at 40 px and less, on dense screens at twice that
const COLUMNS = 12;

const KIND: Record<string, string> = {
  multirotor: 'multirotor',
  fixed_wing_drone: 'fixed_wing_drone',
  aeroplane: 'aeroplane',
  helicopter: 'helicopter',
  glider: 'aeroplane',
  balloon: 'balloon',
  ground_vehicle: 'ground_vehicle',
  vessel: 'vessel',
};
const UNMANNED = new Set(['multirotor', 'fixed_wing_drone']);

export type Affiliation = 'unknown' | 'friend' | 'neutral' | 'suspect';

/** APP-6 standard identity of a track: an authorised drone is a friend, other traffic neutral. */
export function affiliation(className: string | undefined, authorisation: number): Affiliation {
  if (authorisation === UNAUTHORISED) return 'suspect';
  if (authorisation !== AUTHORISED) return 'unknown';
  return className !== undefined && UNMANNED.has(className) ? 'friend' : 'neutral';
}

export class Symbols {
  readonly columns = COLUMNS;
  readonly rows: number;
  readonly canvas: HTMLCanvasElement;
  readonly svg: Record<string, string>;
  private readonly cells = new Map<string, number>();
  private classes: string[] = [];
  private byCode: (number | undefined)[] = [];

  private constructor(svg: Record<string, string>) {
    this.svg = svg;
    const keys = Object.keys(svg);
    this.rows = Math.ceil((keys.length * 2) / COLUMNS);
    this.canvas = document.createElement('canvas');
    this.canvas.width = COLUMNS * CELL;
    this.canvas.height = this.rows * CELL;
    keys.forEach((key, i) => {
      this.cells.set(key, 2 * i);
      this.cells.set(`${key}-hollow`, 2 * i + 1);
    });
  }

  /** Draw all cells. */
  static async load(svg: Record<string, string>): Promise<Symbols> {
    const symbols = new Symbols(svg);
    const context = symbols.canvas.getContext('2d');
    if (!context) throw new Error('expected a 2D canvas for the symbols, the browser gave none');
    await Promise.all(
      [...symbols.cells].map(async ([key, cell]) => {
        const hollow = key.endsWith('-hollow');
        const source = svg[hollow ? key.slice(0, -7) : key];
        const image = new Image();
        image.src = `data:image/svg+xml,${encodeURIComponent(hollow ? hollowed(source) : source)}`;
        await image.decode();
        const x = (cell % COLUMNS) * CELL;
        context.drawImage(image, x, Math.floor(cell / COLUMNS) * CELL, CELL, CELL);
      }),
    );
    return symbols;
  }

  setClasses(classes: string[]): void {
    this.classes = classes;
    this.byCode = [];
  }

  /** Name of the symbol: a key of `svg`. */
  key(classIndex: number, authorisation: number): string {
    const name = classIndex === UNKNOWN_CLASS ? undefined : this.classes[classIndex];
    if (name === 'bird' && authorisation !== UNAUTHORISED) return 'any-bird';
    const kind = name === undefined ? 'air' : (KIND[name] ?? 'air');
    return `${affiliation(name, authorisation)}-${kind}`;
  }

  /** Cell of the atlas for a row. Asked for every row of every frame, so it is looked up once. */
  cell(classIndex: number, authorisation: number, coasting: boolean): number {
    const code = (classIndex << 3) | (authorisation << 1) | (coasting ? 1 : 0);
    const known = this.byCode[code];
    if (known !== undefined) return known;
    const key = this.key(classIndex, authorisation);
    const cell = this.cells.get(coasting ? `${key}-hollow` : key) ?? 0;
    this.byCode[code] = cell;
    return cell;
  }
}

/** The frame without its ground: a track that no sensor sees just now. */
function hollowed(svg: string): string {
  return svg.replace(/fill="#(?:2b2612|0f2740|12291d|3d1512)"/, 'fill="none"');
}
