import { memo, useCallback, useEffect, useRef, useState } from "react";
import { Chip, Icon, initials, isForPage, lasted, serverNow, tellClock, timeLeft, useTick } from "$/public/external/proctor_app/components/wall_grid/wall_parts.jsx";

// The tiles of the wall. Pictures come several times a second in one answer for all tiles, and are kept as
// addresses of this page's own, given back when a newer one is there. While the pointer is over the
// tiles, or the keyboard is inside, every tile keeps its place: new ones are put at the end, and
// those that have left stay, greyed.
const EVERY_MS = 400; // with a camera's own half second at most 0.9 s, and the time of the answer
const MOST = 100; // places, with those of tiles that have left
const LATE_MS = 3000;
const GONE_MS = 5000;
const PICTURES = "/api/v1/wall/pictures";
const KEYS = [
  ["Arrow keys", "go from candidate to candidate"],
  ["Enter", "open the candidate"],
  ["L", "say that you are looking, or no longer are"],
  ["A", "acknowledge what stands open"],
  ["/", "find a candidate"],
  ["S", "sound of new alerts on or off"],
  ["Esc", "leave the tiles, so that they are sorted again"],
  ["?", "show these keys"],
];

// Ask for the pictures of these tiles again and again; the newest of each: { url, n, atMs }.
function usePictures(ids) {
  const kept = useRef(new Map());
  const wanted = useRef(ids);
  wanted.current = ids;
  const [pictures, setPictures] = useState(() => new Map());
  useEffect(() => {
    let isOver = false, timer = null;
    const asked = new AbortController();
    const drop = (id) => {
      const { url, last } = kept.current.get(id);
      URL.revokeObjectURL(url);
      if (last) URL.revokeObjectURL(last);
      kept.current.delete(id);
    };
    const ask = async () => {
      const began = performance.now();
      try {
        const now = wanted.current.slice(0, 100);
        const left = [...kept.current.keys()].filter((id) => !now.includes(id));
        left.forEach(drop);
        if (left.length) setPictures(new Map(kept.current)); // one who comes back waits for a new one
        if (now.length && !document.hidden) {
          const seen = now.map((id) => (kept.current.get(id) || { n: 0 }).n);
          const answer = await fetch(`${PICTURES}?ids=${now.map(encodeURIComponent).join(",")}&seen=${seen.join(",")}`, { signal: asked.signal, cache: "no-store" });
          if (answer.ok && take(await answer.arrayBuffer(), kept.current, isOver)) setPictures(new Map(kept.current));
        }
      } catch {
        // what is shown grows older, and says so
      }
      if (!isOver) timer = setTimeout(ask, Math.max(100, EVERY_MS - (performance.now() - began)));
    };
    timer = setTimeout(ask, 0);
    return () => {
      isOver = true;
      clearTimeout(timer);
      asked.abort();
      for (const id of [...kept.current.keys()]) drop(id);
    };
  }, []);
  return pictures;
}

function take(bytes, kept, isOver) {
  if (isOver) return false;
  const length = new DataView(bytes).getUint32(0);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  let at = 4 + length;
  for (const told of head.pictures) {
    const before = kept.get(told.id);
    if (before && before.last) URL.revokeObjectURL(before.last); // the one in the page may still be loading
    const url = URL.createObjectURL(new Blob([new Uint8Array(bytes, at, told.bytes)], { type: "image/jpeg" }));
    kept.set(told.id, { url, last: before ? before.url : "", n: told.n, atMs: performance.now() - told.age_ms });
    at += told.bytes;
  }
  return head.pictures.length > 0;
}

// The tiles in the order they are shown in: as they come, or in their places while they are held and
// the same is asked for. Those that have left give way first where there are too many.
function useOrder(tiles, isHeld, query) {
  const order = useRef([]), known = useRef(new Map()), asked = useRef(query);
  const here = new Map(tiles.map((tile) => [tile.id, tile]));
  if (!isHeld || asked.current !== query) {
    asked.current = query;
    order.current = tiles.map((tile) => tile.id);
    known.current = here;
  } else {
    for (const tile of tiles) {
      if (!known.current.has(tile.id)) order.current.push(tile.id);
      known.current.set(tile.id, tile);
    }
    const over = Math.max(0, order.current.length - Math.max(MOST, tiles.length));
    for (const id of order.current.filter((one) => !here.has(one)).slice(0, over)) known.current.delete(id);
    order.current = order.current.filter((id) => known.current.has(id));
  }
  return order.current.map((id) => ({ tile: known.current.get(id), isGone: !here.has(id) }));
}

export function WallGrid({ tiles = [], nowMs = 0, size = 9, query = "", viewer = "", isOffline = false, onHold, onLook, onAcknowledge, children, ref: _ignored, ...rest }) {
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const [current, setCurrent] = useState("");
  const [isHelp, setIsHelp] = useState(false);
  const grid = useRef(null);
  const calls = useRef({});
  calls.current = { onHold, onLook, onAcknowledge };
  const isHeld = pointed || focused;
  const places = useOrder(tiles, isHeld, query);
  const pictures = usePictures(places.filter((one) => !one.isGone).map((one) => one.tile.id));
  useTick(500);
  useEffect(() => tellClock(nowMs), [nowMs]);

  const wasHeld = useRef(false);
  useEffect(() => { // what is held is told anew when something else is asked for
    if (!wasHeld.current && !isHeld) return;
    wasHeld.current = isHeld;
    calls.current.onHold && calls.current.onHold(isHeld);
  }, [isHeld, query]);

  const ids = places.map((one) => one.tile.id);
  const first = ids.includes(current) ? current : ids[0];
  const move = useCallback((key) => {
    const all = [...grid.current.querySelectorAll("a.tile")];
    const at = Math.max(0, all.indexOf(document.activeElement));
    const columns = Math.max(1, all.filter((one) => one.offsetTop === all[0].offsetTop).length);
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
    const to = key === "Home" ? 0 : key === "End" ? all.length - 1 : at + step;
    if (all[to]) all[to].focus();
  }, []);

  useEffect(() => {
    const press = (event) => {
      if (!isForPage(event)) return;
      if (event.key === "/") {
        const field = document.querySelector(".wall-tools input[type=search]");
        if (field) { event.preventDefault(); field.focus(); field.select(); }
      } else if (event.key === "?") setIsHelp(true);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);

  const pressed = (event) => {
    const id = event.target.closest && event.target.closest("[data-attempt]") && event.target.closest("[data-attempt]").dataset.attempt;
    if (!id || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End") {
      event.preventDefault();
      move(event.key);
    } else if (event.repeat) return; // a key that is held down is one press
    else if (event.key === "l" || event.key === "L") calls.current.onLook && calls.current.onLook(id);
    else if (event.key === "a" || event.key === "A") calls.current.onAcknowledge && calls.current.onAcknowledge(id);
    else if (event.key === "Escape") document.activeElement.blur();
  };

  return (
    <section {...rest} aria-label="Candidates" className="wall-section">
      <p className="wall-hold" data-held={isHeld}>
        <span role="status">{isHeld ? <><Icon name="pin" /> Order held while you are here</> : "Sorted by who needs attention"}</span>
        <button type="button" className="text-button" onClick={() => setIsHelp(true)}><Icon name="keys" /> Keys</button>
      </p>
      <ul ref={grid} className={`tiles tiles-${size}`} id="candidates" onKeyDown={pressed}
          onPointerEnter={(event) => event.pointerType !== "touch" && setPointed(true)} onPointerLeave={() => setPointed(false)}
          onFocus={(event) => { setFocused(event.target.matches(":focus-visible")); const tile = event.target.closest("[data-attempt]"); tile && setCurrent(tile.dataset.attempt); }}
          onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setFocused(false)}>
        {places.map(({ tile, isGone }) => (
          <li key={tile.id} className="tile-place">
            <TileCard tile={tile} isGone={isGone} viewer={viewer} isFirst={tile.id === first} isOffline={isOffline}
                      picture={pictures.get(tile.id)} second={Math.floor(performance.now() / 500)} />
          </li>
        ))}
      </ul>
      {isHelp && <Help close={() => setIsHelp(false)} />}
    </section>
  );
}

// "2" while the picture is fresh; what is late or missing is said in grey, and held against nobody.
function pictureWords(tile, picture, isOffline) {
  if (tile.camera === "no") return ["", ""];
  if (!picture) return ["", tile.state.text === "Running" ? "No picture yet" : ""];
  const ageMs = performance.now() - picture.atMs;
  const age = ageMs < 10000 ? `${(Math.max(0, ageMs) / 1000).toFixed(1)} s ago` : `${lasted(ageMs)} ago`;
  if (ageMs > GONE_MS) return [age, isOffline ? "" : `No picture for ${lasted(ageMs)}`];
  return [age, ageMs > LATE_MS ? "Picture is late" : ""];
}

const TileCard = memo(function TileCard({ tile, isGone, viewer, isFirst, isOffline, picture }) {
  const [age, late] = isGone ? ["", ""] : pictureWords(tile, picture, isOffline);
  const left = tile.left_s >= 0 ? `${timeLeft(tile.left_s)}, clock stopped` : tile.ends_ms && serverNow() ? timeLeft((tile.ends_ms - serverNow()) / 1000) : "";
  const about = isGone ? { kind: "unknown", text: "No longer here" } : tile.about;
  const open = isGone ? [] : tile.incidents;
  const apart = isGone ? [] : tile.apart.map((one) => [one.text, lasted(serverNow() - one.since_ms)]);
  const neutral = isGone ? [] : [...apart, ...[tile.apart.length ? "" : late, ...tile.neutral].filter(Boolean).map((words) => [words, ""])];
  const told = open.length ? open.map((one) => `${one.kind}: ${one.text}`).join(", ") : about.text;
  const more = [...neutral.map(([words]) => words), tile.unread ? "unread message" : "", tile.looking.length ? `${tile.looking.join(", ")} looking` : ""].filter(Boolean).join(", ");
  return (
    <a href={`/proctor/${tile.id}`} className={`tile${tile.rank === "alert" && !isGone ? " tile-alert" : ""}${isGone ? " tile-gone" : ""}`}
       data-attempt={tile.id} tabIndex={isFirst ? 0 : -1} title={tile.exam}
       aria-label={`${tile.name}, ${told}, compliance ${tile.compliance}${more ? `, ${more}` : ""}`}>
      <span className="tile-picture">
        {picture && !isGone ? <img src={picture.url} alt="" className={late ? "is-old" : ""} /> : <span className="tile-blank"><Icon name={tile.camera === "no" ? "nocamera" : "camera"} size={26} />{tile.camera === "no" && <small>No camera in this exam</small>}</span>}
        {age && <span className="tile-age figures">{age}</span>}
        {tile.looking.length > 0 && <span className="tile-eyes" title={`Looking: ${tile.looking.join(", ")}`}><Icon name="eye" /> {tile.looking.map((name) => (name === viewer ? "You" : initials(name))).join(" ")}</span>}
        {tile.unread > 0 && <span className="tile-mail" title="The candidate wrote"><Icon name="message" /> {tile.unread} new</span>}
      </span>
      <span className="tile-head">
        <b className="tile-name">{tile.name}</b>
        <span className="tile-score figures"><span className="tile-word">compliance </span><b>{tile.compliance}</b></span>
      </span>
      <span className="tile-chips">
        {open.length ? open.map((one) => <Chip key={`${one.text}-${one.since_ms}`} kind={one.kind} title={`${one.kind}: ${one.text}`} since={lasted(serverNow() - one.since_ms)}>{one.text}</Chip>) : <Chip kind={about.kind} title={about.text}>{about.text}</Chip>}
        {tile.more > 0 && !isGone && <span className="muted">+{tile.more}</span>}
      </span>
      <span className="tile-chips tile-neutral">
        {tile.state.text !== "Running" && open.length > 0 && <Chip kind="unknown">{tile.state.text}</Chip>}
        {neutral.map(([words, since]) => <Chip key={words} kind="unknown" title={`${words}: not held against anyone`} since={since}>{words}</Chip>)}
      </span>
      <span className="tile-foot figures">
        {tile.progress && <><span className="tile-bar" aria-hidden="true"><span style={{ width: `${Math.round(tile.done * 100)}%` }} /></span><span>{tile.progress}</span></>}
        <span className="tile-left">{isGone ? "" : left}</span>
      </span>
    </a>
  );
});

function Help({ close }) {
  const dialog = useRef(null);
  useEffect(() => {
    dialog.current.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="wall-help" aria-labelledby="wall-keys" onClose={close} onClick={(event) => event.target === dialog.current && dialog.current.close()}>
      <h2 id="wall-keys">Keys</h2>
      <dl>{KEYS.map(([key, words]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{words}</dd></div>)}</dl>
      <button type="button" className="primary-button" onClick={() => dialog.current.close()}>Close</button>
    </dialog>
  );
}
