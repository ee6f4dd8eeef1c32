import { useId, useLayoutEffect, useRef, useState } from "react";
import { useAutosave } from "$/public/external/proctor_app/components/autosave/autosave.jsx";

// One question, edited in place. What is typed lives here and is sent whole, as JSON, a moment after
// the last key; what the State renders of it is shown by the page beside it. `base` names the question
// as it was when it was opened, so that the State notices when somebody else changed it meanwhile.
const MAX_OPTIONS = 20;
const MAX_PICTURE_BYTES = 2 * 1024 * 1024;
const MAX_PICTURE_PX = 1600;
const CHOICE = ["single", "multiple"];

let made = 0;
const line = (text = "", right = false) => ({ key: ++made, text, right });
const asLines = (texts, right) => texts.map((text) => line(text, right.includes(text)));

function begin(question) {
  const { options, correct, ...rest } = question;
  const isChoice = CHOICE.includes(question.kind);
  return { ...rest, options: isChoice ? asLines(options, correct) : [], accepted: isChoice ? [] : asLines(correct, []) };
}

function asJson({ options, accepted, ...rest }) {
  return JSON.stringify({
    ...rest,
    options: options.map(({ text, right }) => ({ text, right })),
    accepted: accepted.map(({ text }) => text),
  });
}

// [words read out, sign, what stands before the marked text, after it, instead of it if there is none]
const TOOLS = [
  ["Bold", "B", "**", "**", "bold"],
  ["Italic", "I", "*", "*", "italic"],
  ["Code", "</>", "`", "`", "code"],
  ["List", "•", "\n- ", "", "item"],
  ["Formula in the line", "x²", "$", "$", "x^2"],
  ["Formula on its own", "∑", "\n$$\n", "\n$$\n", "\\sum_{i=1}^{n} i"],
];

// A large picture becomes a smaller one before it is sent; what can't be read here the server judges.
async function fitting(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (!bitmap) return file;
  const scale = Math.min(1, MAX_PICTURE_PX / Math.max(bitmap.width, bitmap.height));
  if (scale === 1 && file.size <= MAX_PICTURE_BYTES) return file;
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob || file), "image/jpeg", 0.88));
}

function Markdown({ label, value, rows, focused = false, examId, onChange, onBlur, onProblem }) {
  const area = useRef(null), file = useRef(null), id = useId();
  const [busy, setBusy] = useState(false);
  const insert = (before, after, instead) => {
    const { selectionStart: from, selectionEnd: to } = area.current;
    const marked = value.slice(from, to) || instead;
    onChange(value.slice(0, from) + before + marked + after + value.slice(to));
    requestAnimationFrame(() => {
      area.current.focus();
      area.current.setSelectionRange(from + before.length, from + before.length + marked.length);
    });
  };
  const upload = async (chosen) => {
    if (!chosen) return;
    onProblem("");
    setBusy(true);
    try {
      const body = new FormData();
      body.append("image", await fitting(chosen), chosen.name);
      const answer = await fetch(`/api/v1/exams/${examId}/pictures`, { method: "POST", body, headers: { Accept: "application/json" } });
      const found = await answer.json();
      if (!answer.ok) throw new Error(found.detail);
      insert("![", `](picture:${found.id})`, "what the picture shows");
    } catch (error) {
      onProblem(error instanceof TypeError ? "The picture could not be sent. Check the network and try again." : error.message);
    } finally {
      setBusy(false);
      file.current.value = "";
    }
  };
  return (
    <div className="markdown-field">
      <label className="field-label" htmlFor={id}>{label}</label>
      <div className="markdown-tools" role="group" aria-label={`Formatting of: ${label}`}>
        {TOOLS.map(([name, sign, before, after, instead]) => (
          <button key={name} type="button" className="tool-button" title={name} aria-label={name} onClick={() => insert(before, after, instead)}>{sign}</button>
        ))}
        <label className="tool-button" title="Picture">
          {busy ? "Sending …" : "Picture"}
          <input ref={file} type="file" accept="image/jpeg,image/png" className="only-read" disabled={busy}
                 onChange={(event) => upload(event.target.files[0])} />
        </label>
      </div>
      <textarea ref={area} id={id} autoFocus={focused} className="field-input" rows={rows} value={value} maxLength={10000}
                onChange={(event) => onChange(event.target.value)} onBlur={onBlur} />
    </div>
  );
}

function Lines({ lines, onChange, onBlur, what, right, groupName, most }) {
  const box = useRef(null), fresh = useRef(0);
  useLayoutEffect(() => {
    if (!fresh.current) return;
    box.current.querySelector(`[data-key="${fresh.current}"]`).focus();
    fresh.current = 0;
  }, [lines]);
  const set = (key, change) => onChange(lines.map((one) => (one.key === key ? { ...one, ...change } : one)));
  const mark = (key, on) =>
    onChange(lines.map((one) => (one.key === key ? { ...one, right: on } : right === "one" ? { ...one, right: false } : one)));
  const add = () => {
    if (lines.length >= most) return;
    const added = line();
    fresh.current = added.key;
    onChange([...lines, added]);
  };
  const move = (from, by) => {
    const moved = [...lines];
    moved.splice(from + by, 0, ...moved.splice(from, 1));
    onChange(moved);
  };
  return (
    <div ref={box}>
      <ul className="lines">
        {lines.map((one, n) => (
          <li key={one.key}>
            {right && (
              <input type={right === "one" ? "radio" : "checkbox"} name={groupName} checked={one.right} onBlur={onBlur}
                     aria-label={`${what} ${n + 1} is right`} onChange={(event) => mark(one.key, event.target.checked)} />
            )}
            <input type="text" className="field-input" value={one.text} maxLength={1000} aria-label={`${what} ${n + 1}`} data-key={one.key}
                   onChange={(event) => set(one.key, { text: event.target.value })} onBlur={onBlur}
                   onKeyDown={(event) => event.key === "Enter" && (event.preventDefault(), add())} />
            {right && <button type="button" className="icon-button" disabled={n === 0} aria-label={`${what} ${n + 1} up`} onClick={() => move(n, -1)}>↑</button>}
            {right && <button type="button" className="icon-button" disabled={n === lines.length - 1} aria-label={`${what} ${n + 1} down`} onClick={() => move(n, 1)}>↓</button>}
            <button type="button" className="icon-button" aria-label={`Remove ${what.toLowerCase()} ${n + 1}`}
                    onClick={() => onChange(lines.filter((other) => other.key !== one.key))}>×</button>
          </li>
        ))}
      </ul>
      <button type="button" className="text-button" onClick={add} disabled={lines.length >= most}>+ Add {what.toLowerCase()}</button>
    </div>
  );
}

function Small({ label, value, unit, onChange, onBlur, hint }) {
  const id = useId();
  return (
    <div className="small-field">
      <label className="field-label" htmlFor={id}>{label}</label>
      <span className="unit-line">
        {unit && <span className="muted">{unit}</span>}
        <input id={id} type="text" inputMode="decimal" className="field-input" value={value} maxLength={64} autoComplete="off"
               onChange={(event) => onChange(event.target.value)} onBlur={onBlur} />
      </span>
      {hint && <small className="muted field-hint">{hint}</small>}
    </div>
  );
}

function Switch({ label, checked, onChange }) {
  return (
    <label className="switch-line">
      <input type="checkbox" role="switch" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      <span>{label}</span>
    </label>
  );
}

export function QuestionEditor({ question, examId = "", acked = 0, kinds = [], locked = false, onSave, children, ref: _ignored, ...rest }) {
  const [draft, setDraft] = useState(() => begin(question));
  const [problem, setProblem] = useState("");
  const [explains, setExplains] = useState(Boolean(question.explanation));
  const latest = useRef(draft);
  const base = useRef(question.base);
  base.current = question.base;
  const { put, flush } = useAutosave(`question ${question.id}`, acked, (json, number) => onSave && onSave(json, base.current, number));
  const id = useId();
  const set = (change, afterMs) => {
    latest.current = { ...latest.current, ...change };
    setDraft(latest.current);
    put(asJson(latest.current), afterMs);
  };
  const text = (name) => (value) => set({ [name]: value });
  const turn = (kind) => {
    const { options, accepted } = latest.current;
    const change = { kind };
    if (CHOICE.includes(kind) && options.length < 2) change.options = [...options, line(), line()].slice(0, 2);
    if (kind === "single") {
      const first = (change.options || options).findIndex((one) => one.right);
      change.options = (change.options || options).map((one, n) => ({ ...one, right: n === first }));
    }
    if (kind === "short" && !accepted.length) change.accepted = [line()];
    set(change, 0);
  };
  const { kind } = draft;
  return (
    <div {...rest}>
      <fieldset disabled={locked} className="plain-fieldset question-form">
        <div className="small-fields">
          <div className="small-field">
            <label className="field-label" htmlFor={`${id}-kind`}>Kind</label>
            <select id={`${id}-kind`} className="field-input" value={kind} onChange={(event) => turn(event.target.value)}>
              {kinds.map(([key, words]) => <option key={key} value={key}>{words}</option>)}
            </select>
          </div>
          <Small label="Points" value={draft.points} onChange={text("points")} onBlur={flush} />
          {kind !== "essay" && <Small label="Minus if wrong" value={draft.negative_points} onChange={text("negative_points")} onBlur={flush} />}
        </div>
        <Markdown label="Question" value={draft.text} rows={5} focused={!question.text} examId={examId} onChange={text("text")} onBlur={flush} onProblem={setProblem} />
        <p role="alert" className="form-problem">{problem}</p>
        {CHOICE.includes(kind) && (
          <fieldset className="plain-fieldset">
            <legend className="field-label">Options <small className="muted">{kind === "single" ? "mark the right one" : "mark all right ones"}</small></legend>
            <Lines lines={draft.options} what="Option" right={kind === "single" ? "one" : "several"} groupName={`${id}-right`}
                   most={MAX_OPTIONS} onChange={(options) => set({ options })} onBlur={flush} />
          </fieldset>
        )}
        {kind === "multiple" && (
          <Switch label="Give part of the points for part of the right options" checked={draft.partial_credit} onChange={(on) => set({ partial_credit: on }, 0)} />
        )}
        {kind === "numeric" && (
          <div className="small-fields">
            <Small label="Right number" value={draft.number} onChange={text("number")} onBlur={flush} />
            <Small label="Tolerance" value={draft.tolerance} unit="±" onChange={text("tolerance")} onBlur={flush} />
          </div>
        )}
        {kind === "short" && (
          <fieldset className="plain-fieldset">
            <legend className="field-label">Accepted answers</legend>
            <Lines lines={draft.accepted} what="Answer" most={MAX_OPTIONS} onChange={(accepted) => set({ accepted })} onBlur={flush} />
            <Switch label="Tell upper from lower case" checked={draft.case_sensitive} onChange={(on) => set({ case_sensitive: on }, 0)} />
          </fieldset>
        )}
        {kind === "essay" && <p className="muted">A person marks this one; candidates may write up to 50,000 characters.</p>}
        {explains ? (
          <Markdown label="Explanation, shown with the results" value={draft.explanation} rows={3} examId={examId}
                    onChange={text("explanation")} onBlur={flush} onProblem={setProblem} />
        ) : (
          <button type="button" className="text-button" onClick={() => setExplains(true)}>+ Add an explanation, shown with the results</button>
        )}
      </fieldset>
      {children}
    </div>
  );
}
