import { useEffect, useId, useRef, useState } from "react";
import { Dialog } from "$/public/external/proctor_app/components/exam_sheet/sheet_parts.jsx";

// Small parts of the review desk: signs, times, evidence, and the forms that ask for words.
export const UNJUDGED = "not_reviewed";
export const many = (count, one, more) => `${count} ${count === 1 ? one : more}`;
export const VERDICTS = {
  passed: { kind: "ok", words: "Dismissed" },
  suspicious: { kind: "notice", words: "Suspicious" },
  violation: { kind: "alert", words: "Violation" },
};
const ICONS = {
  ok: "M22 12a10 10 0 1 1-20 0 10 10 0 0 1 20 0M9 12l2 2 4-4",
  notice: "m21.7 18-8-14a2 2 0 0 0-3.4 0l-8 14A2 2 0 0 0 4 21h16a2 2 0 0 0 1.7-3M12 9v4M12 17h.01",
  alert: "M12 16h.01M12 8v4M15.3 2 22 8.7v6.6L15.3 22H8.7L2 15.3V8.7L8.7 2z",
  unknown: "M22 12a10 10 0 1 1-20 0 10 10 0 0 1 20 0M9.1 9a3 3 0 0 1 5.8 1c0 2-3 3-3 3M12 17h.01",
  none: "M5 12h14",
};
const MOMENTS = { before: "Before", at: "At the opening", after: "After" };
const ENTER_HINT = "Enter confirms, Shift+Enter begins a new line, Esc leaves.";

export function Sign({ kind }) {
  return (
    <svg aria-hidden="true" width="14" height="14" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round">
      <path d={ICONS[kind] || ICONS.unknown} />
    </svg>
  );
}

export function Chip({ kind, children }) {
  return <span className={`chip chip-${kind}`}><Sign kind={kind} />{children}</span>;
}

export const clock = (at) => (at ? new Date(at).toLocaleTimeString("en-GB") : "");

// Where the focus goes when a dialog opens: React's own autoFocus comes before there is a dialog.
const first = (element) => { element && element.setAttribute("autofocus", ""); };

// A button with the key that does the same.
export function Keyed({ hotkey, label, children, className = "plain-button", ...rest }) {
  return (
    <button type="button" className={className} aria-keyshortcuts={hotkey === "↓" ? "ArrowDown" : hotkey === "↑" ? "ArrowUp" : hotkey} aria-label={label} {...rest}>
      {children && <span>{children}</span>}<kbd aria-hidden="true">{hotkey}</kbd>
    </button>
  );
}

// Before, at and after, side by side; a picture that is missing says why in words.
export function Evidence({ incident, enlarged, setEnlarged }) {
  const pictures = ["before", "at", "after"].map((moment) => [moment, incident.evidence.find((one) => one.moment === moment)]);
  if (!incident.evidence.length) {
    return <div className="evidence-none"><Sign kind="none" /><p>{incident.no_picture}</p></div>;
  }
  return (
    <div className="evidence-row">
      {pictures.map(([moment, one]) => (
        <figure key={`${incident.id} ${moment}`} className={moment === "at" ? "is-opening" : ""}>
          {one ? <Picture one={one} moment={moment} open={() => setEnlarged(moment)} />
            : <div className="evidence-missing">No picture {moment === "before" ? "from before" : "from after"}</div>}
          <figcaption className="muted figures">{(one && one.words) || MOMENTS[moment]}</figcaption>
        </figure>
      ))}
      <Dialog isOpen={Boolean(enlarged)} close={() => setEnlarged("")} label="Evidence picture" className="evidence-dialog">
        <Enlarged incident={incident} pictures={pictures.map(([, one]) => one).filter(Boolean)} enlarged={enlarged} setEnlarged={setEnlarged} />
      </Dialog>
    </div>
  );
}

function Picture({ one, moment, open }) {
  const [isGone, setGone] = useState(false);
  if (isGone) return <div className="evidence-missing">This picture can&apos;t be shown. It may have been removed.</div>;
  return (
    <button type="button" className="evidence-button" onClick={open} aria-label={`Enlarge the picture: ${MOMENTS[moment].toLowerCase()}, ${clock(one.at)}`}>
      <img src={one.src} alt="" decoding="async" onError={() => setGone(true)} />
    </button>
  );
}

function Enlarged({ incident, pictures, enlarged, setEnlarged }) {
  const at = Math.max(0, pictures.findIndex((one) => one.moment === enlarged));
  const one = pictures[at];
  const step = (by) => setEnlarged(pictures[(at + by + pictures.length) % pictures.length].moment);
  return (
    <div onKeyDown={(event) => { if (event.key === "ArrowRight") step(1); if (event.key === "ArrowLeft") step(-1); }}>
      <img src={one.src} alt={`${incident.event}: ${MOMENTS[one.moment].toLowerCase()}`} className="evidence-large" />
      <div className="dialog-actions">
        <span className="figures">{one.words || MOMENTS[one.moment]} · {clock(one.at)}</span>
        <span className="grow" />
        {pictures.length > 1 && <button type="button" className="plain-button" onClick={() => step(-1)} aria-keyshortcuts="ArrowLeft">← Earlier</button>}
        {pictures.length > 1 && <button type="button" className="plain-button" onClick={() => step(1)} aria-keyshortcuts="ArrowRight">Later →</button>}
        <button type="button" className="primary-button" ref={first} onClick={() => setEnlarged("")}>Close</button>
      </div>
    </div>
  );
}

// Words for something: a reason, a note. Enter gives them, Esc leaves; what was typed comes back when
// the server refused it.
export function WordsForm({ title, label, give, leave, send, draft, problem = "", isRequired = true, categories = [] }) {
  const [text, setText] = useState(draft.text || "");
  const [category, setCategory] = useState(draft.category || "");
  const [said, setSaid] = useState(problem);
  const area = useRef(null), id = useId();
  useEffect(() => {
    area.current.focus();
    area.current.scrollIntoView({ block: "nearest" });
  }, []);
  const submit = (event) => {
    event && event.preventDefault();
    if (isRequired && !text.trim()) return setSaid(`${label} is missing.`);
    send(text.trim(), category);
  };
  const press = (event) => {
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); leave(); }
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing && event.target.tagName === "TEXTAREA") submit(event);
  };
  return (
    <form className="words-form" onSubmit={submit} onKeyDown={press} aria-label={title}>
      <label className="field-label" htmlFor={`${id}-text`}>{label}</label>
      <textarea ref={area} id={`${id}-text`} className="field-input" rows={2} maxLength={1000} value={text} aria-describedby={`${id}-hint`}
                onChange={(event) => { setText(event.target.value); setSaid(""); }} />
      {categories.length > 0 && <Categories id={`${id}-category`} categories={categories} value={category} onChange={setCategory} />}
      {said && <p className="form-problem" role="alert">{said}</p>}
      <div className="words-actions">
        <small id={`${id}-hint`} className="muted">{ENTER_HINT}</small>
        <span className="grow" />
        <button type="button" className="plain-button" onClick={leave}>Cancel</button>
        <button type="submit" className="primary-button">{give}</button>
      </div>
    </form>
  );
}

export function Categories({ id, categories, value, onChange }) {
  return (
    <>
      <label className="field-label" htmlFor={id}>Category</label>
      <select id={id} className="field-input" value={value} onChange={(event) => onChange(event.target.value)}>
        {categories.map(([key, words]) => <option key={key} value={key}>{words}</option>)}
      </select>
    </>
  );
}

const ATTEMPT_VERDICTS = [
  ["passed", "Passed", "Nothing stands against this attempt."],
  ["suspicious", "Suspicious", "Something remains that a person could not explain."],
  ["violation", "Violation", "A rule of the exam was broken."],
];

// The attempt's own verdict, which ends its review.
export function AttemptVerdict({ isOpen, close, send, left, draft, problem, categories, reviewers }) {
  return (
    <Dialog isOpen={isOpen} close={close} label="The attempt's verdict" className="verdict-dialog">
      <VerdictForm key={problem} close={close} send={send} left={left} draft={draft} problem={problem} categories={categories} reviewers={reviewers} />
    </Dialog>
  );
}

function VerdictForm({ close, send, left, draft, problem, categories, reviewers }) {
  const [verdict, setVerdict] = useState(draft.verdict || "");
  const [reason, setReason] = useState(draft.reason || "");
  const [category, setCategory] = useState(draft.category || "");
  const [said, setSaid] = useState(problem);
  const id = useId();
  const submit = (event) => {
    event.preventDefault();
    if (!verdict) return setSaid("Choose a verdict.");
    if (!reason.trim()) return setSaid("The reason is missing.");
    send(verdict, reason.trim(), category);
  };
  return (
    <form onSubmit={submit}>
      <h2 className="dialog-title">The attempt&apos;s verdict</h2>
      {left > 0 && <p className="said-line"><Sign kind="notice" /> {left === 1 ? "1 incident is" : `${left} incidents are`} not judged yet.</p>}
      <fieldset className="plain-fieldset verdicts">
        <legend className="only-read">Verdict</legend>
        {ATTEMPT_VERDICTS.map(([value, words, hint], at) => (
          <label key={value} className="verdict-choice">
            <input type="radio" name={`${id}-verdict`} value={value} ref={(draft.verdict ? draft.verdict === value : at === 0) ? first : null} checked={verdict === value}
                   onChange={() => { setVerdict(value); setSaid(""); }} />
            <span><Chip kind={VERDICTS[value].kind}>{words}</Chip><small className="muted">{hint}{value === "violation" && reviewers > 1 && " A second person has to confirm it."}</small></span>
          </label>
        ))}
      </fieldset>
      <label className="field-label" htmlFor={`${id}-reason`}>Reason, shown to the candidate after release</label>
      <textarea id={`${id}-reason`} className="field-input" rows={3} maxLength={1000} value={reason} onChange={(event) => { setReason(event.target.value); setSaid(""); }}
                onKeyDown={(event) => { if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) submit(event); }} />
      <Categories id={`${id}-category`} categories={categories} value={category} onChange={setCategory} />
      {said && <p className="form-problem" role="alert">{said}</p>}
      <div className="dialog-actions">
        <span className="grow" />
        <button type="button" className="plain-button" onClick={close}>Cancel</button>
        <button type="submit" className="primary-button" id="give-verdict">Give this verdict</button>
      </div>
    </form>
  );
}

// Asked before the candidate sees anything, and before that is taken from them.
export function Release({ isOpen, close, go, isReleased, hasVerdict, left }) {
  return (
    <Dialog isOpen={isOpen} close={close} label={isReleased ? "Take the release back" : "Release to the candidate"} className="release-dialog">
      <h2 className="dialog-title">{isReleased ? "Take the release back?" : "Release to the candidate?"}</h2>
      <p>{isReleased ? "The candidate will see no more than before the release. What they have read already, they know."
        : "The candidate will see their results, every incident with its pictures, what was said of it and why, and can appeal."}</p>
      {!isReleased && !hasVerdict && <p className="said-line"><Sign kind="notice" /> The attempt has no verdict yet.</p>}
      {!isReleased && left > 0 && <p className="said-line"><Sign kind="notice" /> {many(left, "incident is", "incidents are")} not judged yet.</p>}
      <div className="dialog-actions">
        <span className="grow" />
        <button type="button" className="plain-button" onClick={close}>Cancel</button>
        <button type="button" className="primary-button" id="release-really" ref={first} onClick={go}>{isReleased ? "Take it back" : "Release"}</button>
      </div>
    </Dialog>
  );
}

const KEYS = [
  ["D", "Dismiss: nothing is held against anyone"],
  ["S", "Suspicious"],
  ["V", "Violation, with a reason; confirms one that a colleague proposed"],
  ["N", "Note for colleagues"],
  ["↓ ↑", "Next, previous incident"],
  ["Enter", "Enlarge the picture at the opening; Esc closes it"],
  ["U", "Go back to the last one judged: its verdict stands until you give another"],
  ["E", "The attempt's own verdict"],
  ["R", "Release to the candidate, or take that back"],
  ["G", "Next attempt of the queue"],
  ["?", "This help"],
];

export function Help({ isOpen, close, isOn, setOn }) {
  return (
    <Dialog isOpen={isOpen} close={close} label="Keys" className="keys-dialog">
      <h2 className="dialog-title">Keys</h2>
      <dl className="keys">
        {KEYS.map(([key, words]) => <div key={key}><dt>{key.split(" ").map((one) => <kbd key={one}>{one}</kbd>)}</dt><dd>{words}</dd></div>)}
      </dl>
      <label className="switch-line"><input type="checkbox" checked={isOn} onChange={(event) => setOn(event.target.checked)} /><span>Single keys judge and move</span></label>
      <p className="muted">Nothing is judged while you type in a field.</p>
      <div className="dialog-actions"><span className="grow" /><button type="button" className="primary-button" onClick={close}>Close</button></div>
    </Dialog>
  );
}
