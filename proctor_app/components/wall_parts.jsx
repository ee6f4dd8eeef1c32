import { useEffect, useState } from "react";

// What tiles and feed share: icons, words for time, and the server's clock, which is told with
// whatever is sent and counted on by a clock of the page that nobody can set.
const PATHS = {
  ok: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zM8.5 12l2.5 2.5 4.5-5",
  notice: "M12 3 2 20h20zM12 10v4M12 17h.01",
  alert: "M8 2h8l6 6v8l-6 6H8l-6-6V8zM12 8v5M12 16h.01",
  unknown: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 17h.01",
  none: "M5 12h14",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  message: "M4 4h16v12H9l-5 4z",
  camera: "M3 7h4l2-3h6l2 3h4v12H3zM12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
  nocamera: "M2 2l20 20M7 7H3v12h16M9 4h6l2 3h4v9",
  pin: "M12 17v5M8 3h8l-1 6 3 4v2H6v-2l3-4z",
  bell: "M6 9a6 6 0 0 1 12 0c0 6 2 7 2 8H4c0-1 2-2 2-8M10 20a2 2 0 0 0 4 0",
  mute: "M3 9v6h4l5 4V5L7 9zM16 9l6 6M22 9l-6 6",
  sound: "M3 9v6h4l5 4V5L7 9zM16 8a6 6 0 0 1 0 8M19 5a10 10 0 0 1 0 14",
  keys: "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8",
  close: "M5 5l14 14M19 5 5 19",
};

export function Icon({ name, size = 14 }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round">
      <path d={PATHS[name] || PATHS.unknown} />
    </svg>
  );
}

// since: how long it has been so; it is always legible, however little room the words have.
export function Chip({ kind, children, title, since = "" }) {
  return <span className={`chip chip-${kind}`} title={title}><Icon name={kind} /><span className="chip-words">{children}</span>{since && <span className="figures">{since}</span>}</span>;
}

const clock = { offsetMs: null };

// The server's time as the page knows it: what was told last, and what has gone by since.
export function tellClock(nowMs) {
  if (nowMs) clock.offsetMs = nowMs - performance.now();
}
export const serverNow = () => (clock.offsetMs === null ? 0 : clock.offsetMs + performance.now());

// Render again so often; times are read while rendering.
export function useTick(everyMs) {
  const [, setCount] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setCount((n) => n + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}

export function lasted(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  return s < 3600 ? `${Math.floor(s / 60)} min` : `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

export function timeLeft(s) {
  if (s <= 0) return "time is up";
  if (s < 60) return `${Math.ceil(s)} s left`;
  return s < 5400 ? `${Math.ceil(s / 60)} min left` : `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min left`;
}

export const initials = (name) => name.split(/\s+/).filter(Boolean).slice(0, 2).map((part) => [...part][0].toUpperCase()).join("") || "?";

// Whether keys are meant for the page: nobody types, no dialog is open. One held down is one press.
export function isForPage(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return false;
  if (document.querySelector("dialog[open], [role=dialog], [role=alertdialog]")) return false;
  return !(event.target.matches && event.target.matches("input, textarea, select, [contenteditable]"));
}
