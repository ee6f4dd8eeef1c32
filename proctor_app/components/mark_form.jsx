import { useEffect, useId, useRef, useState } from "react";

// Points and a comment for one answer. Enter keeps them and goes on to the next answer; what somebody
// is writing is never overwritten by what the State sends.
export function MarkForm({ attemptId = "", points = "", comment = "", least = 0, most = 1, saved = "", problem = "", onGive, ref: _ignored, ...rest }) {
  const [typed, setTyped] = useState(points);
  const [words, setWords] = useState(comment);
  const [dirty, setDirty] = useState(false);
  const form = useRef(null), id = useId();
  useEffect(() => {
    if (dirty) return;
    setTyped(points);
    setWords(comment);
  }, [points, comment]);
  useEffect(() => {
    if (problem) setDirty(true);
  }, [problem]);
  const give = (value) => {
    setTyped(value);
    setDirty(false);
    onGive && onGive(attemptId, value, words);
    const all = [...document.querySelectorAll(".mark-points")];
    const next = all[all.indexOf(form.current.querySelector(".mark-points")) + 1];
    next && (next.focus(), next.select(), next.scrollIntoView({ block: "nearest" }));
  };
  return (
    <form {...rest} ref={form} onSubmit={(event) => { event.preventDefault(); give(typed); }}>
      <div className="mark-line">
        <label className="field-label" htmlFor={`${id}-points`}>Points</label>
        <input id={`${id}-points`} type="text" inputMode="decimal" className="field-input mark-points" value={typed} maxLength={16} autoComplete="off"
               aria-describedby={`${id}-state`} onChange={(event) => { setTyped(event.target.value); setDirty(true); }} />
        <span className="muted figures">of {most}</span>
        <button type="button" className="plain-button" onClick={() => give("0")}>0</button>
        <button type="button" className="plain-button" onClick={() => give(String(most))}>Full</button>
        <button type="submit" className="primary-button">Keep</button>
      </div>
      <label className="field-label" htmlFor={`${id}-comment`}>Comment to the candidate</label>
      <textarea id={`${id}-comment`} className="field-input" rows={2} maxLength={1000} value={words}
                onChange={(event) => { setWords(event.target.value); setDirty(true); }} />
      <p id={`${id}-state`} className={problem ? "form-problem" : "muted mark-state"} role={problem ? "alert" : "status"}>
        {problem || (dirty ? "Not kept yet: press Enter in the points, or Keep." : saved)}
      </p>
    </form>
  );
}
