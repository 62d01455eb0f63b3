/** The keyboard. Keys work everywhere but where text is typed. */

export interface KeyActions {
  nextAlert(): void;
  acknowledge(): void;
  suppress(): void;
  nextIncident(): void;
  note(): void;
  follow(): void;
  close(): void;
  search(): void;
  home(): void;
  fit(): void;
  layers(): void;
  help(): void;
  zoom(step: number): void;
}

export function keys(actions: KeyActions): void {
  const table: Record<string, () => void> = {
    a: actions.nextAlert,
    k: actions.acknowledge,
    s: actions.suppress,
    i: actions.nextIncident,
    n: actions.note,
    f: actions.follow,
    escape: actions.close,
    '/': actions.search,
    h: actions.home,
    '0': actions.fit,
    l: actions.layers,
    '?': actions.help,
    '+': () => actions.zoom(1),
    '-': () => actions.zoom(-1),
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    const typing = target instanceof HTMLInputElement && ['search', 'text', 'number'].includes(target.type);
    if (typing || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return;
    const key = event.key.toLowerCase();
    if (key === 'escape' && document.querySelector('dialog[open]')) return; // the dialog's own
    const action = table[key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
