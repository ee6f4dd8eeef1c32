import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";

// Fields that save themselves a moment after the last key, and the words that say how far they are.
// Every change has a number; the State answers with the highest one it has dealt with (`acked`), saved
// or refused. What the State sends back never overwrites what somebody is typing.
const AFTER_MS = 1000;
const PATIENCE_MS = 4000; // a socket notices a lost network much later than whoever waits
const book = { waiting: new Map(), listeners: new Set(), last: 0 };
const tell = () => book.listeners.forEach((listener) => listener());
const listen = (listener) => {
  book.listeners.add(listener);
  return () => book.listeners.delete(listener);
};

// send(value, number) hands a change over. Returns put(value), which sends it after a pause, and
// flush(), which sends it now. What is left when the field goes away is sent then.
export function useAutosave(name, acked, send) {
  const held = useRef({ timer: 0, value: undefined, send });
  held.current.send = send;
  const flush = useCallback(() => {
    const { timer, value } = held.current;
    if (!timer) return;
    clearTimeout(timer);
    held.current.timer = 0;
    book.last = Math.max(book.last + 1, Date.now());
    book.waiting.set(name, book.last);
    held.current.send(value, book.last);
    tell();
  }, [name]);
  const put = useCallback((value, afterMs = AFTER_MS) => {
    clearTimeout(held.current.timer);
    held.current.value = value;
    held.current.timer = setTimeout(flush, afterMs);
    book.waiting.set(name, Infinity);
    tell();
  }, [name, flush]);
  useEffect(() => {
    if (!(book.waiting.get(name) <= acked)) return;
    book.waiting.delete(name);
    tell();
  }, [name, acked]);
  useEffect(() => flush, [flush]);
  const isOpen = () => book.waiting.has(name);
  return { put, flush, isOpen };
}

const useOpen = () => useSyncExternalStore(listen, () => book.waiting.size, () => 0);

// Whether a change that was sent has had no answer for a while.
function useUnanswered(open) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (!open) return;
    const look = () => setLate([...book.waiting.values()].some((number) => Date.now() - number > PATIENCE_MS));
    const timer = setInterval(look, 500);
    return () => clearInterval(timer);
  }, [open]);
  return late;
}

// The words; `problem` is said by the State when something was refused, `connected` by the page.
export function SaveState({ acked = 0, problem = "", connected = true, ref: _ignored, ...rest }) {
  const open = useOpen();
  const unanswered = useUnanswered(open > 0);
  useEffect(() => {
    let gone = false;
    for (const [name, number] of book.waiting)
      if (number <= acked && (gone = true)) book.waiting.delete(name);
    if (gone) tell();
  }, [acked, open]);
  useEffect(() => {
    if (!open) return;
    const ask = (event) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [open > 0]);
  const [kind, words] = open
    ? connected && !unanswered ? ["busy", "Saving …"] : ["waits", "Not saved yet: no connection. Keep this page open."]
    : problem ? ["refused", problem] : ["saved", "All changes saved"];
  return (
    <span {...rest} className="save-state" data-kind={kind} role="status">
      <span aria-hidden="true" className="save-dot" />{words}
    </span>
  );
}

// The zone of whoever looks, told once.
export function BrowserZone({ onZone, ref: _ignored }) {
  useEffect(() => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && onZone) onZone(zone);
  }, []);
  return null;
}

// One labelled field. `kind`: text, number, area, select, switch, datetime-local. `value` and what is
// sent are text; a switch says "true" or "". `choices`: pairs of value and words.
export function AutoField({
  name, kind = "text", label, hint = "", value = "", problem = "", acked = 0, choices = [], unit = "", suggestions = "",
  placeholder = "", min, max, step, maxLength, rows = 4, disabled = false, hideLabel = false, onSave, ref: _ignored, ...rest
}) {
  const [shown, setShown] = useState(value);
  const { put, flush, isOpen } = useAutosave(name, acked, (text, number) => onSave && onSave(name, text, number));
  useEffect(() => {
    if (!isOpen() && !problem) setShown(value); // what was refused stays, to be mended
  }, [value, acked, problem]);
  const change = (text, afterMs) => {
    setShown(text);
    put(text, afterMs);
  };
  const id = `field-${name.replaceAll(".", "-")}`;
  const told = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(" ");
  const common = {
    id, disabled, "aria-describedby": told || undefined, "aria-invalid": problem ? true : undefined,
    onBlur: flush,
  };
  const typed = { ...common, className: "field-input", placeholder, maxLength, value: shown, onChange: (event) => change(event.target.value) };
  const words = (
    <>
      {hint && <small id={`${id}-hint`} className="muted field-hint">{hint}</small>}
      <small id={`${id}-problem`} className="field-problem" role="alert">{problem}</small>
    </>
  );
  if (kind === "switch")
    return (
      <div {...rest} className={`auto-field ${rest.className || ""}`}>
        <label className="switch-line" htmlFor={id}>
          <input type="checkbox" role="switch" {...common} checked={shown === "true"} onChange={(event) => change(event.target.checked ? "true" : "", 0)} />
          <span className={hideLabel ? "only-read" : ""}>{label}</span>
        </label>
        {words}
      </div>
    );
  const control =
    kind === "select" ? (
      <select {...common} className="field-input" value={shown} onChange={(event) => change(event.target.value, 0)}>
        {choices.map(([key, text]) => <option key={key} value={key}>{text}</option>)}
      </select>
    ) : kind === "area" ? (
      <textarea {...typed} rows={rows} />
    ) : (
      <input {...typed} type={kind} min={min} max={max} step={step} list={suggestions || undefined}
             inputMode={kind === "number" ? "decimal" : undefined} autoComplete="off"
             onKeyDown={(event) => event.key === "Enter" && flush()} />
    );
  return (
    <div {...rest} className={`auto-field ${rest.className || ""}`}>
      <label className={hideLabel ? "only-read" : "field-label"} htmlFor={id}>{label}</label>
      <span className="unit-line">{control}{unit && <span className="muted">{unit}</span>}</span>
      {words}
    </div>
  );
}
