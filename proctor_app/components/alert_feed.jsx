import { useEffect, useRef, useState } from "react";
import { Chip, Icon, isForPage, lasted, serverNow, tellClock, useTick } from "$/public/external/proctor_app/components/wall_grid/wall_parts.jsx";

// The newest incidents, repeats as one. While the pointer is over them nothing moves: what is new is
// counted, and shown when the pointer has left. The sound is this browser's own choice.
const SOUND_KEY = "proctor-sound";
const FRESH_MS = 30000;
const WORDS = { alert: "alert", notice: "notice", unknown: "not held against anyone" };

let audio = null;
function voice() {
  try {
    audio = audio || new AudioContext();
  } catch {
    // a browser without sound stays silent
  }
  return audio;
}
const isWaiting = () => audio !== null && audio.state !== "running";
const wake = () => voice() && audio.resume().catch(() => {});

// What is set down for a time at which the browser is silent would sound later, all at once.
function tone() {
  if (!voice() || isWaiting()) return;
  try {
    const at = audio.currentTime + 0.02, tune = audio.createOscillator(), volume = audio.createGain();
    tune.frequency.setValueAtTime(740, at);
    tune.frequency.setValueAtTime(988, at + 0.12);
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.18, at + 0.02);
    volume.gain.linearRampToValueAtTime(0, at + 0.32);
    tune.connect(volume).connect(audio.destination);
    tune.start(at);
    tune.stop(at + 0.35);
  } catch {
    // this one is not heard; it is shown and said
  }
}

const stored = () => {
  try {
    return localStorage.getItem(SOUND_KEY) === "on";
  } catch {
    return false;
  }
};

// What was not there before and is fresh: said aloud, and sounded for alerts nobody has seen.
function useNews(lines, isLoud) {
  const known = useRef(null);
  const [spoken, setSpoken] = useState("");
  const loud = useRef(isLoud);
  loud.current = isLoud;
  useEffect(() => {
    const before = known.current;
    known.current = new Set(lines.map((one) => one.id));
    if (before === null) return;
    const fresh = lines.filter((one) => !before.has(one.id) && one.kind === "alert" && !one.is_acknowledged && serverNow() - one.opened_ms < FRESH_MS);
    if (!fresh.length) return;
    if (loud.current) tone();
    setSpoken(fresh.length === 1 ? `New alert: ${fresh[0].text}, ${fresh[0].name}.` : `${fresh.length} new alerts, the newest: ${fresh[0].text}, ${fresh[0].name}.`);
  }, [lines]);
  return spoken;
}

// The choice, and whether it waits: after a load browsers are silent until the first click or key.
// That one only wakes it, even where it means the switch itself.
function useSound() {
  const [isLoud, setIsLoud] = useState(false);
  const [waits, setWaits] = useState(false);
  const loud = useRef(isLoud), tried = useRef(false), woke = useRef(false);
  loud.current = isLoud;
  useEffect(() => setIsLoud(stored()), []);
  useEffect(() => {
    const heard = isLoud ? voice() : null;
    const look = () => setWaits(heard !== null && isWaiting());
    look();
    if (!heard) return;
    heard.addEventListener("statechange", look);
    return () => heard.removeEventListener("statechange", look);
  }, [isLoud]);
  useEffect(() => {
    const begun = () => {
      woke.current = loud.current && isWaiting() && !tried.current;
      if (!loud.current || !isWaiting()) return;
      tried.current = true;
      wake();
    };
    const ended = () => loud.current && isWaiting() && wake(); // of a touch, only its end counts
    document.addEventListener("pointerdown", begun, true);
    document.addEventListener("keydown", begun, true);
    document.addEventListener("pointerup", ended, true);
    return () => {
      document.removeEventListener("pointerdown", begun, true);
      document.removeEventListener("keydown", begun, true);
      document.removeEventListener("pointerup", ended, true);
    };
  }, []);
  const turn = () => {
    const next = woke.current || !isLoud;
    woke.current = false;
    setIsLoud(next);
    try {
      localStorage.setItem(SOUND_KEY, next ? "on" : "off");
    } catch {
      // then it holds until the page is closed
    }
    if (next && voice()) wake().then(tone);
  };
  return [isLoud, waits, turn];
}

function useHeld(lines, isHeld) {
  const shown = useRef(lines);
  if (!isHeld) shown.current = lines;
  const now = new Map(lines.map((one) => [one.id, one]));
  const places = new Set(shown.current.map((one) => one.id));
  return [shown.current.map((one) => now.get(one.id) || one), lines.filter((one) => !places.has(one.id)).length];
}

export function AlertFeed({ lines = [], nowMs = 0, looking = "", viewer = "", onLook, onAcknowledge, children, ref: _ignored, ...rest }) {
  const [isLoud, waits, turn] = useSound();
  const [isHeld, setIsHeld] = useState(false);
  const [isOpen, setIsOpen] = useState(false);
  const side = useRef(null);
  useTick(1000);
  useEffect(() => tellClock(nowMs), [nowMs]);
  const [shown, waiting] = useHeld(lines, isHeld);
  const spoken = useNews(lines, isLoud);
  const unseen = lines.filter((one) => one.kind === "alert" && !one.is_acknowledged && !one.closed_ms).length;

  const latest = useRef(turn);
  latest.current = turn;
  useEffect(() => {
    const press = (event) => {
      if (isForPage(event) && (event.key === "s" || event.key === "S")) latest.current();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
  useEffect(() => {
    if (isOpen) side.current.focus();
  }, [isOpen]);

  return (
    <>
      <span className="only-read" aria-live="polite">{spoken}</span>
      <button type="button" className="feed-opener primary-button" aria-expanded={isOpen} onClick={() => setIsOpen(true)}>
        <Icon name="bell" size={16} /> Alerts{unseen ? ` (${unseen})` : ""}
      </button>
      <aside {...rest} ref={side} tabIndex={-1} className={`feed-side${isOpen ? " is-open" : ""}`} aria-label="Alerts"
             onKeyDown={(event) => event.key === "Escape" && setIsOpen(false)}
             onPointerEnter={(event) => event.pointerType !== "touch" && setIsHeld(true)} onPointerLeave={() => setIsHeld(false)}>
        <header className="feed-head">
          <h2>Alerts</h2>
          {waiting > 0 && <span className="chip chip-none">{waiting} new</span>}
          <span className="grow" />
          <button type="button" className="text-button" aria-pressed={isLoud} onClick={turn}>
            <Icon name={isLoud && !waits ? "sound" : "mute"} size={16} /> {!isLoud ? "Sound off" : waits ? "Sound waits for a click" : "Sound on"}
          </button>
          <button type="button" className="text-button feed-closer" aria-label="Close the alerts" onClick={() => setIsOpen(false)}><Icon name="close" size={18} /></button>
        </header>
        {shown.length ? (
          <ul className="feed-lines" tabIndex={0} aria-label="Newest first">
            {shown.map((one) => <Line key={`${one.attempt_id}-${one.id}`} one={one} viewer={viewer} isMine={looking === one.attempt_id} onLook={onLook} onAcknowledge={onAcknowledge} />)}
          </ul>
        ) : (
          <p className="empty"><Icon name="bell" size={26} /><b>No incidents</b><span className="muted">They appear here within a second.</span></p>
        )}
      </aside>
    </>
  );
}

function Line({ one, viewer, isMine, onLook, onAcknowledge }) {
  const eyes = one.looking.filter((name) => name !== viewer);
  if (eyes.length < one.looking.length) eyes.unshift("You");
  const when = one.closed_ms ? `${new Date(one.opened_ms).toLocaleTimeString("en-GB")}, lasted ${lasted(one.closed_ms - one.opened_ms)}` : `open for ${lasted(serverNow() - one.opened_ms)}`;
  const about = `${one.text}, ${one.name}`;
  const press = (event) => {
    if (!isForPage(event)) return;
    if (event.key === "l" || event.key === "L") onLook && onLook(one.attempt_id);
    else if ((event.key === "a" || event.key === "A") && !one.is_acknowledged) onAcknowledge && onAcknowledge(one.id);
  };
  return (
    <li onKeyDown={press} data-incident={one.id} className={`feed-line${one.is_acknowledged ? " is-seen" : ""}`}>
      <Chip kind={one.kind} title={WORDS[one.kind]}><span className="only-read">{WORDS[one.kind]}: </span>{one.text}</Chip>
      <p className="feed-who"><b>{one.name}</b> <span className="muted figures">{when}{one.again ? `, ${one.again}` : ""}</span></p>
      {one.is_acknowledged && <p className="feed-note muted"><Icon name="ok" /> seen by {one.seen_by === viewer ? "you" : one.seen_by || "somebody who left"}</p>}
      {eyes.length > 0 && <p className="feed-note muted"><Icon name="eye" /> {eyes.join(", ")} {eyes.length > 1 || eyes[0] === "You" ? "are" : "is"} looking</p>}
      <div className="feed-actions">
        <a className="plain-button" href={`/proctor/${one.attempt_id}`} aria-label={`Open ${about}`}>Open</a>
        <button type="button" className="plain-button" aria-pressed={isMine} aria-label={`I am looking: ${about}`} onClick={() => onLook && onLook(one.attempt_id)}>I am looking</button>
        {!one.is_acknowledged && <button type="button" className="plain-button" aria-label={`Acknowledge ${about}`} onClick={() => onAcknowledge && onAcknowledge(one.id)}>Acknowledge</button>}
      </div>
    </li>
  );
}
