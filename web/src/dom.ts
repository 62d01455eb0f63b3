/** Building and finding elements. Text from outside only ever becomes text. */

type Child = Node | string | null | false;

/** `el('div', {class: 'row', title: 'x'}, 'text', child)` */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  for (const child of children) if (child) node.append(child);
  return node;
}

/** An element that index.html must have. */
export function find<T extends HTMLElement = HTMLElement>(id: string): T {
  const node = document.getElementById(id);
  if (!node) throw new Error(`expected an element #${id} in the page, found none`);
  return node as T;
}

const BASE_PX = 13.5; // font size of the page on an ordinary screen, as in page.css

/** How much larger than on an ordinary screen things are drawn; large screens are seen from afar. */
export function uiScale(): number {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) / BASE_PX || 1;
}

/** Change text only where it differs, so that nothing is laid out for nothing. */
export function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** A value kept in this browser; what cannot be read counts as the default. */
export function stored<T>(key: string, fallback: T): T {
  try {
    const text = localStorage.getItem(`vedette.${key}`);
    return text === null ? fallback : (JSON.parse(text) as T);
  } catch {
    return fallback;
  }
}

export function store(key: string, value: unknown): void {
  try {
    localStorage.setItem(`vedette.${key}`, JSON.stringify(value));
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}
