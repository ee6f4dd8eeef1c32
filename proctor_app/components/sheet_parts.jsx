import { useEffect, useRef } from "react";

// Small parts of the sheet: signs, numbers in words, what answers are given with, dialogs.
const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?$/;

export const isEmpty = (value) => value === undefined || value === null || (Array.isArray(value) ? !value.length : !value.trim());
const isNumber = (text) => NUMBER.test(text.replace(/\u2212/g, "-").replace(/\s/g, ""));
export const many = (count, one, more) => `${count} ${count === 1 ? one : more}`;
export const clockText = (seconds) => {
  const whole = Math.ceil(seconds);
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
  return whole >= 3600 ? `${Math.floor(whole / 3600)}:${parts.join(":")}` : parts.join(":");
};

const ICONS = {
  flag: "M4 22V4a1 1 0 0 1 .4-.8A6 6 0 0 1 8 2c3 0 5 2 7.3 2 1.3 0 2.3-.3 3.7-1v11c-1.4.7-2.4 1-3.7 1C13 15 11 13 8 13c-1.5 0-2.8.3-4 1",
  saved: "M20 6 9 17l-5-5",
  saving: "M21 12a9 9 0 1 1-6.2-8.6",
  kept: "M12 15V3m0 12-4-4m4 4 4-4M4 17v2a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-2",
  problem: "M12 9v4m0 4h.01M10.3 3.9 1.8 18a2 2 0 0 0 1.7 3h17a2 2 0 0 0 1.7-3L13.7 3.9a2 2 0 0 0-3.4 0z",
  left: "M15 18l-6-6 6-6",
  right: "M9 18l6-6-6-6",
  list: "M8 6h13M8 12h13M8 18h13M3 6h.01M3 12h.01M3 18h.01",
};

export function Icon({ name, filled = false }) {
  return (
    <svg aria-hidden="true" width="16" height="16" viewBox="0 0 24 24" fill={filled ? "currentColor" : "none"}
      stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round"><path d={ICONS[name]} /></svg>
  );
}

export function Input({ question, value, put, settle }) {
  const { kind, options = [], number } = question;
  if (kind === "single" || kind === "multiple") {
    const chosen = Array.isArray(value) ? value : value ? [value] : [];
    const choose = (text, isOn) => {
      if (kind === "single") return put(text, true);
      return put(options.map((one) => one.value).filter((one) => (one === text ? isOn : chosen.includes(one))), true);
    };
    return (
      <>
        <p className="muted hint">{kind === "single" ? "Choose one." : "Choose all that are right."}</p>
        {options.map((one) => (
          <label key={one.value} className={`option${chosen.includes(one.value) ? " is-chosen" : ""}`}>
            <input type={kind === "single" ? "radio" : "checkbox"} name={`question-${number}`} checked={chosen.includes(one.value)}
              onChange={(event) => choose(one.value, event.target.checked)} />
            <span className="markup" dangerouslySetInnerHTML={{ __html: one.html }} />
          </label>
        ))}
        {kind === "single" && (
          <button type="button" className="text-button take-back" hidden={!chosen.length} onClick={() => put("", true)}>Take the choice back</button>
        )}
      </>
    );
  }
  const text = typeof value === "string" ? value : "";
  const named = { "aria-labelledby": "question-text", value: text, onBlur: settle };
  if (kind === "essay") return <Essay {...named} text={text} onChange={(event) => put(event.target.value)} />;
  if (kind === "numeric") {
    const problem = (typed) => (typed.trim() && !isNumber(typed) ? "this is not a number yet. Write it like 12.5 or 3e-4." : "");
    return (
      <input {...named} className="field-input short-input" inputMode="decimal" autoComplete="off" maxLength={64} placeholder="A number"
        onChange={(event) => put(event.target.value, false, problem(event.target.value))} />
    );
  }
  return (
    <input {...named} className="field-input" autoComplete="off" maxLength={1000} placeholder="A short answer" onChange={(event) => put(event.target.value)} />
  );
}

function Essay({ text, ...rest }) {
  const area = useRef(null);
  useEffect(() => {
    area.current.style.height = "auto";
    area.current.style.height = `${area.current.scrollHeight + 2}px`;
  }, [text]);
  const words = text.trim() ? text.trim().split(/\s+/).length : 0;
  return (
    <>
      <textarea {...rest} ref={area} className="field-input essay" rows={8} maxLength={50000} />
      <p className="muted hint figures">{many(words, "word", "words")}</p>
    </>
  );
}

export function Dialog({ isOpen, close, label, className, children }) {
  const dialog = useRef(null);
  useEffect(() => {
    const element = dialog.current;
    if (isOpen && !element.open) element.showModal();
    if (!isOpen && element.open) element.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} className={`exam-dialog ${className}`} aria-label={label} onClose={close}
      onClick={(event) => event.target === dialog.current && close()}>
      {isOpen && <div className="dialog-body">{children}</div>}
    </dialog>
  );
}
