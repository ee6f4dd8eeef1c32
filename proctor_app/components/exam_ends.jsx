import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { outboxOf } from "$/public/external/proctor_app/components/outbox/outbox.js";
import { clockText, many } from "$/public/external/proctor_app/components/exam_sheet/sheet_parts.jsx";

// After the end: sends what was kept while offline, says how that went, and leaves nothing behind.
// onSent: all that could be sent is there now, and the receipt is for it.
export function LastPost({ userId = "", attemptId = "", holder = "", onSent, ref: _ignored, ...rest }) {
  const box = outboxOf(userId, attemptId);
  const state = useSyncExternalStore(box.subscribe, box.look, box.look);
  const calls = useRef(onSent);
  calls.current = onSent;
  useEffect(() => {
    box.finish(holder).then((lost) => lost !== null && calls.current && calls.current("sent"));
  }, [box, holder]);
  let words = "";
  if (state.stopped === "signed_out") words = "You were logged out. Answers are kept here; log in again to send them.";
  else if (state.stopped !== "ended" && state.unsent) words = `${many(state.unsent, "answer", "answers")} kept on this device: being sent …`;
  else if (state.lost) words = `${many(state.lost, "answer was", "answers were")} kept on this device but came too late to count.`;
  return <p {...rest} role="status" className="last-post">{words}</p>;
}

// Counts down to the moment an exam opens, and tells once when it has come.
export function Countdown({ clock = {}, onOver, ref: _ignored, ...rest }) {
  const [left, setLeft] = useState(clock.remaining_s);
  const calls = useRef(onOver);
  calls.current = onOver;
  useEffect(() => {
    const begun = performance.now();
    let isOver = false;
    const tick = () => {
      const now = Math.max(0, clock.remaining_s - (performance.now() - begun) / 1000);
      setLeft(now);
      if (now > 0 || isOver) return;
      isOver = true;
      calls.current && calls.current();
    };
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [clock.remaining_s, clock.mark]);
  const days = Math.floor(left / 86400);
  return <p {...rest} role="timer" className="countdown">{days > 0 ? many(days, "day", "days") : clockText(left)}</p>;
}
