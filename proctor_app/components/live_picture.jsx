import { useEffect, useRef, useState } from "react";

// The newest picture of an attempt. The State tells the number of the newest frame; the picture itself
// is fetched here, at most once a second, and only its newest copy is kept: every other one is given
// back to the browser. The age is counted on from what the server said.
const EVERY_MS = 950;
const OLD_S = 5;

export function LivePicture({ attemptId = "", candidate = "", picture = {}, isLive = true, words = "", ref: _ignored, ...rest }) {
  const [shown, setShown] = useState({ url: "", attempt: "" });
  const [age, setAge] = useState(-1);
  const [problem, setProblem] = useState(false);
  const fetchedAt = useRef(0), kept = useRef(""), wanted = useRef("");
  const frame = picture.frame || 0;

  const keep = (url, attempt) => {
    if (kept.current) URL.revokeObjectURL(kept.current);
    kept.current = url;
    setShown({ url, attempt });
  };
  useEffect(() => {
    wanted.current = attemptId;
    return () => {
      wanted.current = "";
      kept.current && URL.revokeObjectURL(kept.current);
      kept.current = "";
    };
  }, [attemptId]);

  useEffect(() => {
    if (!attemptId || !frame || !isLive) return;
    const isOver = () => wanted.current !== attemptId;
    const timer = setTimeout(async () => {
      fetchedAt.current = performance.now();
      try {
        const answer = await fetch(`/api/v1/attempts/${encodeURIComponent(attemptId)}/picture?n=${frame}`, { cache: "no-store" });
        const blob = answer.status === 200 ? await answer.blob() : null;
        if (isOver()) return;
        setProblem(!answer.ok);
        blob && keep(URL.createObjectURL(blob), attemptId);
      } catch {
        isOver() || setProblem(true);
      }
    }, Math.max(0, fetchedAt.current + EVERY_MS - performance.now()));
    return () => clearTimeout(timer);
  }, [attemptId, frame, isLive]);

  useEffect(() => {
    const told = performance.now();
    const tick = () => setAge(frame ? picture.age_s + (performance.now() - told) / 1000 : -1);
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [frame, picture.age_s]);

  const url = shown.attempt === attemptId ? shown.url : "";
  const isOld = age > OLD_S;
  const said = !isLive ? words : problem ? "The picture can't be loaded" : !frame ? "No picture yet" : isOld ? `No picture for ${Math.round(age)} s` : "";
  return (
    <figure {...rest} className={`live-picture ${isOld || !isLive ? "is-old" : ""}`} data-age-s={age.toFixed(1)}>
      {url ? <img src={url} alt={`Last picture of ${candidate}`} /> : <div className="live-nothing" />}
      {said
        ? <figcaption className="live-said">{said}{isLive && <small>That says nothing about the candidate.</small>}</figcaption>
        : <figcaption className="age figures">{`${Math.max(0, age).toFixed(1)} s ago`}</figcaption>}
    </figure>
  );
}

export function clockText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600), rest = `${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

export function TimeLeft({ left = {}, ref: _ignored, ...rest }) {
  const [now, setNow] = useState(left.remaining_s);
  useEffect(() => {
    const told = performance.now();
    const tick = () => setNow(left.remaining_s - (left.runs ? (performance.now() - told) / 1000 : 0));
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [left.remaining_s, left.mark, left.runs]);
  return <span {...rest} role="timer" className="figures">{clockText(now)}</span>;
}
