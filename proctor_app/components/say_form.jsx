import { useEffect, useRef, useState } from "react";

// A few words and a button. Enter sends, Shift and Enter begin a new line. What was written stays until
// the server has taken it.
export function SayForm({
  fieldId = "say", fieldKey = "", label = "", isLabelHidden = false, placeholder = "", button = "Send", buttonClass = "plain-button",
  cancel = "", longest = 1000, isNeeded = true, busy = false, isFirst = false, sent = 0, problem = "", onSay, onCancel, children, ref: _ignored, ...rest
}) {
  const [words, setWords] = useState("");
  const [missing, setMissing] = useState(false);
  const form = useRef(null);
  useEffect(() => {
    const first = isFirst && form.current.querySelector("textarea, button");
    first && first.focus();
  }, [isFirst]);
  useEffect(() => {
    setWords("");
    setMissing(false);
  }, [sent]);
  const say = (event) => {
    event && event.preventDefault();
    if (busy) return;
    if (label && isNeeded && !words.trim()) return setMissing(true);
    onSay && onSay(words);
  };
  const said = missing ? `${label}: write something first.` : problem;
  return (
    <form {...rest} ref={form} onSubmit={say} noValidate>
      {label && (
        <>
          <label htmlFor={fieldId} className={isLabelHidden ? "only-read" : "field-label"}>{label}</label>
          <textarea id={fieldId} data-key={fieldKey || undefined} aria-keyshortcuts={fieldKey ? fieldKey.toUpperCase() : undefined}
                    className="field-input" rows={2} maxLength={longest} placeholder={placeholder} value={words}
                    aria-required={isNeeded} aria-invalid={!!said} aria-describedby={`${fieldId}-said`}
                    onChange={(event) => { setWords(event.target.value); setMissing(false); }}
                    onKeyDown={(event) => { event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing && say(event); }} />
        </>
      )}
      <p id={`${fieldId}-said`} className="form-problem" role="alert">{said}</p>
      <div className="say-actions">
        {children}
        {cancel && <button type="button" className="plain-button" onClick={() => onCancel && onCancel()}>{cancel}</button>}
        <button type="submit" className={buttonClass} disabled={busy} id={`${fieldId}-send`}>{busy ? "One moment …" : button}</button>
      </div>
    </form>
  );
}
