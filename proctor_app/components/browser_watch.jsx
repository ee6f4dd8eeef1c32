import { useEffect, useState } from "react";
import { cameraNews, looksVirtual } from "$/public/external/proctor_app/components/camera/camera.jsx";
import { outboxOf } from "$/public/external/proctor_app/components/outbox/outbox.js";

// What this browser tells of itself while an exam is sat: each with its time and a number, through
// the outbox. Nothing is prevented, and nothing is taken of what was copied or written.
const CHECK_MS = 1500;
const BLUR_MS = 250; // a blur that a hidden tab brings with it is no blur of its own
const PANEL_PX = 170;
const TOOLBARS_PX = 150;
const FULL_MS = 15000; // so long somebody has to show the exam on the full screen once it is there

// Whether a developer panel seems to be docked. A zoomed page has smaller pixels on both sides, so
// each side is judged by the other one's scale; a panel in a window of its own is not seen.
function isPanelOpen() {
  if (!window.outerWidth || !matchMedia("(pointer: fine)").matches) return false;
  const across = window.outerWidth - window.innerWidth * (window.outerHeight / window.innerHeight);
  const down = window.outerHeight - window.innerHeight * (window.outerWidth / window.innerWidth);
  return across > PANEL_PX || down > PANEL_PX + TOOLBARS_PX;
}

function listen(target, kinds) {
  const pairs = target ? Object.entries(kinds) : [];
  for (const [kind, react] of pairs) target.addEventListener(kind, react);
  return () => pairs.forEach(([kind, react]) => target.removeEventListener(kind, react));
}

function watchFocus(tell) {
  let waiting = null;
  let isAway = false;
  let isLeaving = false; // a reload hides the page as well; a page that stays away is a gap
  const since = () => new Date().toISOString();
  const leave = () => {
    const at = since();
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (document.hasFocus() || document.hidden || isAway) return;
      isAway = true;
      tell("blur", {}, at);
    }, BLUR_MS);
  };
  const come = () => {
    clearTimeout(waiting);
    if (isAway) tell("focus");
    isAway = false;
  };
  const seen = () => isLeaving || tell(document.hidden ? "hidden" : "visible");
  const state = (isNew) => {
    if (document.hidden || isNew) seen();
    const isBehind = !document.hidden && !document.hasFocus();
    isAway = false;
    if (isBehind) leave();
    else if (isNew) tell("focus");
  };
  const ends = [
    listen(window, { blur: leave, focus: come, pagehide: () => { isLeaving = true; }, pageshow: () => { isLeaving = false; } }),
    listen(document, { visibilitychange: seen }),
  ];
  return { state, end: () => { clearTimeout(waiting); ends.forEach((end) => end()); } };
}

function watchFull(tell, isWanted, show) {
  let waiting = null;
  const isFull = () => Boolean(document.fullscreenElement);
  const turned = () => {
    clearTimeout(waiting);
    waiting = null;
    show(isFull());
    if (isWanted) tell(isFull() ? "fullscreen_enter" : "fullscreen_exit");
  };
  const left = () => {
    waiting = null;
    tell("fullscreen_exit");
  };
  // A new page is never full, and only a click of the candidate makes it so.
  const state = (isNew) => {
    if (isWanted && isFull() && isNew) tell("fullscreen_enter");
    else if (isWanted && !isFull() && document.fullscreenEnabled) waiting = waiting || setTimeout(left, FULL_MS);
  };
  const end = listen(document, { fullscreenchange: turned });
  return { state, end: () => { clearTimeout(waiting); end(); } };
}

function watchNetwork(tell) {
  const end = listen(window, { offline: () => tell("offline"), online: () => tell("online") });
  return { state: (isNew) => isNew && tell(navigator.onLine ? "online" : "offline"), end };
}

function watchHands(tell) {
  const where = (event) => ({ where: event.target.closest && event.target.closest(".answer") ? "answer" : "page" });
  const ends = [
    listen(document, {
      copy: (event) => tell("copy", where(event)),
      cut: (event) => tell("cut", where(event)),
      paste: (event) => tell("paste", where(event)),
      contextmenu: (event) => tell("context_menu", where(event)),
    }),
    listen(window, { beforeprint: () => tell("print") }),
  ];
  return { end: () => ends.forEach((end) => end()) };
}

function watchScreens(tell) {
  let isExtended = false;
  let wasOpen = false;
  const look = () => {
    const now = Boolean(window.screen.isExtended);
    if (now !== isExtended) tell(now ? "second_screen" : "second_screen_gone");
    isExtended = now;
  };
  const panel = () => {
    const now = isPanelOpen();
    if (now && wasOpen === "once") tell("devtools");
    wasOpen = now ? (wasOpen ? "told" : "once") : false;
  };
  const state = (isNew) => {
    isExtended = Boolean(window.screen.isExtended);
    if (isExtended || isNew) tell(isExtended ? "second_screen" : "second_screen_gone");
  };
  const timer = setInterval(panel, CHECK_MS);
  const end = listen(window.screen, { change: look });
  return { state, end: () => { clearInterval(timer); end(); } };
}

function watchCamera(tell) {
  let first = "";
  const look = (camera) => {
    if (!camera) return;
    const { label, width, height, frame_rate } = camera;
    const now = JSON.stringify([label, width, height]);
    if (now === first) return;
    tell(first ? "camera_changed" : "camera", { label: label.slice(0, 120), width, height, frame_rate });
    if (looksVirtual(label)) tell("virtual_camera", { label: label.slice(0, 120) });
    first = now;
  };
  look(cameraNews.now);
  return { end: cameraNews.listen(look) };
}

// How things stand, each time that sending begins, or begins again: the server knows nothing of what
// changed during a pause, and forgets what lasts when it is started anew. What is as it should be is
// told by a new page alone, and ends what a page before it left open.
function tellWhenSending(box, watches) {
  let wasSending = false;
  let isNew = true;
  const look = () => {
    const isSending = box.stopped === "" && !box.isCut();
    const begins = isSending && !wasSending;
    wasSending = isSending;
    if (!begins) return;
    for (const { state } of watches) if (state) state(isNew);
    isNew = false;
  };
  look();
  return { end: box.subscribe(look) };
}

export function BrowserWatch({ userId = "", attemptId = "", fullscreen = false, ref: _ignored, ...rest }) {
  const [isFull, setIsFull] = useState(() => Boolean(document.fullscreenElement));
  useEffect(() => {
    const box = outboxOf(userId, attemptId);
    const tell = (kind, detail, at) => box.signal(kind, detail, at);
    const watches = [
      watchFocus(tell),
      watchHands(tell),
      watchScreens(tell),
      watchCamera(tell),
      watchFull(tell, fullscreen, setIsFull),
      watchNetwork(tell),
    ];
    watches.push(tellWhenSending(box, watches));
    return () => watches.forEach(({ end }) => end());
  }, [userId, attemptId, fullscreen]);

  if (!fullscreen || isFull || !document.fullscreenEnabled) return null;
  return (
    <p {...rest} className="sheet-notice full-notice" role="status">
      This exam is meant for the full screen.{" "}
      <button type="button" className="text-button" onClick={() => document.documentElement.requestFullscreen().catch(() => {})}>
        Show it on the full screen
      </button>
    </p>
  );
}
