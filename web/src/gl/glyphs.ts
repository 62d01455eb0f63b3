/** Letters for labels, drawn by the browser's own fonts into a texture when they are first needed.
 *
 * Red holds the letter, green the letter with its halo, so that one lookup draws both.
 */

export interface Glyph {
  u: number; // texels
  v: number;
  width: number;
  advance: number; // CSS pixels
}

const SIZE = 1024;
const FONT = '"Segoe UI", Roboto, "Noto Sans", Ubuntu, "Liberation Sans", Arial, sans-serif';
const PAD = 3; // CSS pixels around a letter, for the halo

export class Glyphs {
  readonly size = SIZE;
  readonly pad = PAD;
  readonly line_px: number;
  readonly cell_px: number; // texels from the top of a letter's cell to its bottom
  readonly canvas: HTMLCanvasElement;
  dirty = true;
  private readonly context: CanvasRenderingContext2D;
  private readonly glyphs = new Map<string, Glyph>();
  private x = 0;
  private y = 0;

  constructor(
    readonly ratio: number,
    font_px = 12,
  ) {
    this.line_px = font_px + 2;
    this.cell_px = Math.ceil((font_px * 1.35 + 2 * PAD) * ratio);
    this.canvas = document.createElement('canvas');
    this.canvas.width = SIZE;
    this.canvas.height = SIZE;
    const context = this.canvas.getContext('2d');
    if (!context) throw new Error('expected a 2D canvas for the labels, the browser gave none');
    this.context = context;
    context.fillStyle = '#000';
    context.fillRect(0, 0, SIZE, SIZE);
    context.font = `500 ${font_px * ratio}px ${FONT}`;
    context.textBaseline = 'alphabetic';
    context.lineJoin = 'round';
    context.lineWidth = 3.2 * ratio;
  }

  get(letter: string): Glyph {
    const known = this.glyphs.get(letter);
    if (known) return known;
    const glyph = this.draw(letter);
    this.glyphs.set(letter, glyph);
    return glyph;
  }

  /** Width of a line in CSS pixels. */
  measure(text: string): number {
    let width = 0;
    for (const letter of text) width += this.get(letter).advance;
    return width;
  }

  private draw(letter: string): Glyph {
    const c = this.context;
    const advance = c.measureText(letter).width;
    const width = Math.ceil(advance + 2 * PAD * this.ratio);
    if (this.x + width > SIZE) {
      this.x = 0;
      this.y += this.cell_px;
    }
    // A full texture shows letters it has not met as blanks; 1,000 different ones fit.
    if (this.y + this.cell_px > SIZE) return { u: 0, v: SIZE, width: 0, advance: advance / this.ratio };
    const left = this.x + PAD * this.ratio;
    const base = this.y + this.cell_px * 0.7;
    c.save();
    c.beginPath();
    c.rect(this.x, this.y, width, this.cell_px);
    c.clip();
    c.strokeStyle = '#0f0';
    c.strokeText(letter, left, base);
    c.fillStyle = '#ff0';
    c.fillText(letter, left, base);
    c.restore();
    const glyph = { u: this.x, v: this.y, width, advance: advance / this.ratio };
    this.x += width + 1;
    this.dirty = true;
    return glyph;
  }
}
