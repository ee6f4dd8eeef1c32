import { useCallback, useEffect, useState } from "react";
import { cameraChoice, cameraNews, looksVirtual } from "$/public/external/proctor_app/components/camera/camera.jsx";

// What must work before an exam: what the server judged (items: key, kind, title, words) and what
// only the browser can tell. Everything but a missing camera advises and keeps nobody out. What this
// browser can't tell is neither good nor bad: none.
const PINGS = 5;
const SLOW_MS = 400;
const CHECKING = { kind: "unknown", words: "Checking …" };
const PATHS = {
  ok: "M22 11.1V12a10 10 0 1 1-5.9-9.1M22 4 12 14l-3-3",
  notice: "M12 9v4m0 4h.01M10.3 3.9 1.8 18a2 2 0 0 0 1.7 3h17a2 2 0 0 0 1.7-3L13.7 3.9a2 2 0 0 0-3.4 0z",
  alert: "M12 8v4m0 4h.01M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 16.1V7.9z",
  unknown: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20m-2.9 7a3 3 0 0 1 5.8 1c0 2-3 3-3 3m.1 4h.01",
  none: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M8 12h8",
};
const WORDS = { ok: "good", notice: "look at this", alert: "needed", unknown: "not known yet", none: "can't be told" };

async function ping() {
  const begun = performance.now();
  const answer = await fetch(`/favicon.ico?${Math.random()}`, { cache: "no-store", signal: AbortSignal.timeout(5000) });
  if (!answer.ok) throw new Error("refused");
  return performance.now() - begun;
}

async function network() {
  try {
    const times = [];
    for (let count = 0; count < PINGS; count += 1) times.push(await ping());
    const median = Math.round(times.sort((a, b) => a - b)[Math.floor(PINGS / 2)]);
    if (median <= SLOW_MS) return { kind: "ok", words: `The server answers within ${median} ms.` };
    return { kind: "notice", words: `The server needs ${median} ms to answer. Move nearer to the router, or use a cable. Answers are saved all the same.` };
  } catch {
    return { kind: "notice", words: "The server can't be reached. Check the network." };
  }
}

async function canKeep() {
  try {
    await new Promise((resolve, reject) => {
      const request = indexedDB.open("proctor-check", 1);
      request.onsuccess = () => { request.result.close(); resolve(); };
      request.onerror = reject;
    });
    indexedDB.deleteDatabase("proctor-check");
    return true;
  } catch {
    return false;
  }
}

async function browser(fullscreen) {
  if (!(await canKeep())) {
    return { kind: "notice", words: "This browser can't keep answers while you are offline: leave its private mode, or take another browser." };
  }
  if (fullscreen && !document.fullscreenEnabled) return { kind: "notice", words: "This browser has no full screen, which the exam asks for." };
  if (typeof document.hidden !== "boolean") return { kind: "notice", words: "This browser is old. Take a newer one if you can." };
  return { kind: "ok", words: "It keeps your answers if the network fails." };
}

async function screens() {
  if (window.screen.isExtended === undefined) {
    return { kind: "none", words: "Whether a second screen is connected can't be told by this browser. Use one screen only." };
  }
  if (window.screen.isExtended) return { kind: "notice", words: "A second screen is connected. Unplug it or switch it off." };
  return { kind: "ok", words: "One screen is connected." };
}

async function cameraName() {
  const label = cameraNews.now ? cameraNews.now.label : "";
  if (!label) return CHECKING;
  if (looksVirtual(label)) return { kind: "notice", words: `“${label}” seems to be a program. Choose a real camera, here or in the browser's settings.` };
  return { kind: "ok", words: label };
}

// Their names are told once one of them is allowed.
async function cameras() {
  const found = navigator.mediaDevices ? await navigator.mediaDevices.enumerateDevices().catch(() => []) : [];
  return found.filter((device) => device.kind === "videoinput" && device.deviceId);
}

function CameraChoice() {
  const [found, setFound] = useState([]);
  const [used, setUsed] = useState("");
  useEffect(() => {
    const look = async () => {
      setFound(await cameras());
      setUsed(cameraNews.now ? cameraNews.now.id : "");
    };
    look();
    const end = cameraNews.listen(look);
    const devices = navigator.mediaDevices;
    if (devices) devices.addEventListener("devicechange", look);
    return () => { end(); if (devices) devices.removeEventListener("devicechange", look); };
  }, []);
  if (found.length < 2) return null;
  return (
    <label className="camera-choice">
      <span className="only-read">Camera to use</span>
      <select className="field-input" value={used} onChange={(event) => { setUsed(event.target.value); cameraChoice.choose(event.target.value); }}>
        {found.map((device, at) => <option key={device.deviceId} value={device.deviceId}>{device.label || `Camera ${at + 1}`}</option>)}
      </select>
    </label>
  );
}

export function SystemCheck({ items = [], watched = true, fullscreen = false, ref: _ignored, ...rest }) {
  const [found, setFound] = useState({});
  const checks = {
    ...(items.length ? { cameraName: ["Camera in use", cameraName] } : {}),
    browser: ["Browser", () => browser(fullscreen)],
    ...(watched ? { screens: ["One screen", screens] } : {}),
    network: ["Network", network],
  };
  const check = useCallback(async (key, work) => {
    setFound((now) => ({ ...now, [key]: CHECKING }));
    const answer = await work();
    setFound((now) => ({ ...now, [key]: answer }));
  }, []);
  useEffect(() => {
    for (const [key, [, work]] of Object.entries(checks)) check(key, work);
    const end = cameraNews.listen(() => check("cameraName", cameraName));
    window.addEventListener("online", again);
    function again() { check("network", network); }
    return () => { end(); window.removeEventListener("online", again); };
  }, [items.length > 0, watched, fullscreen]);

  return (
    <ul {...rest} className="checks">
      {items.map((item) => <Item key={item.key} title={item.title} state={item} />)}
      {Object.entries(checks).map(([key, [title, work]]) => (
        <Item key={key} title={title} state={found[key] || CHECKING} again={() => check(key, work)}>
          {key === "cameraName" && <CameraChoice />}
        </Item>
      ))}
    </ul>
  );
}

function Item({ title, state, again, children }) {
  const isOpen = state.kind !== "ok" && state.kind !== "none";
  return (
    <li className={`check check-${state.kind}`}>
      <svg aria-hidden="true" width="20" height="20" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2"
        strokeLinecap="round" strokeLinejoin="round"><path d={PATHS[state.kind] || PATHS.unknown} /></svg>
      <div>
        <b>{title}</b><span className="only-read">: {WORDS[state.kind]}.</span>
        <small>{state.words}</small>
        {children}
      </div>
      {again && isOpen && state !== CHECKING && <button type="button" className="text-button" onClick={again}>Check again</button>}
    </li>
  );
}
