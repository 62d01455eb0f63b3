/** The WebSocket: frames and messages in, reconnects by itself. */

import { readFrame, type Frame } from './frames';
import type { Message } from './types';

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;

export interface Listener {
  opened(): void;
  closed(retry_ms: number): void;
  frame(frame: Frame): void;
  message(message: Message): void;
}

/** Ask the server for JSON; null where it does not answer. A missing log-in leads to its page. */
export async function ask<T>(path: string): Promise<T | null> {
  try {
    const answer = await fetch(path, { headers: { accept: 'application/json' } });
    if (answer.status === 401 || answer.status === 403) {
      location.assign('/login');
      return null;
    }
    return answer.ok ? ((await answer.json()) as T) : null;
  } catch {
    return null;
  }
}

export class Connection {
  lost = 0; // frames that a gap in seq says were lost
  refused = 0; // messages that could not be read
  private socket: WebSocket | null = null;
  private retry_ms = FIRST_RETRY_MS;
  private timer = 0;
  private next: number | null = null; // the seq that should come
  private asked_ms = -Infinity;

  constructor(
    private readonly url: string,
    private readonly listener: Listener,
  ) {}

  open(): void {
    clearTimeout(this.timer);
    const socket = new WebSocket(this.url);
    socket.binaryType = 'arraybuffer';
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.next = null;
      this.retry_ms = FIRST_RETRY_MS;
      this.listener.opened();
    };
    socket.onmessage = (event: MessageEvent<ArrayBuffer | string>) => this.receive(event.data);
    socket.onclose = () => {
      const wait = this.retry_ms * (0.75 + Math.random() / 2);
      this.retry_ms = Math.min(LAST_RETRY_MS, this.retry_ms * 2);
      this.listener.closed(wait);
      // A refused hand-shake does not say why; the REST side does.
      if (!opened) void ask('/api/v1/sensors');
      this.timer = window.setTimeout(() => this.open(), wait);
    };
    this.socket = socket;
  }

  /** Ask for a whole picture. */
  whole(): void {
    this.asked_ms = -Infinity;
    this.resync();
  }

  private receive(data: ArrayBuffer | string): void {
    try {
      if (typeof data === 'string') this.listener.message(JSON.parse(data) as Message);
      else this.receiveFrame(readFrame(data));
    } catch (error) {
      this.refused += 1;
      console.warn('refused a message:', error instanceof Error ? error.message : error);
    }
  }

  private receiveFrame(frame: Frame): void {
    if (this.next !== null && frame.seq !== this.next && !frame.whole) {
      this.lost += 1;
      this.resync();
    }
    this.next = (frame.seq + 1) >>> 0;
    this.listener.frame(frame);
  }

  private resync(): void {
    const now = performance.now();
    if (now - this.asked_ms < 1000 || this.socket?.readyState !== WebSocket.OPEN) return;
    this.asked_ms = now;
    this.socket.send('{"type":"resync"}');
  }
}
