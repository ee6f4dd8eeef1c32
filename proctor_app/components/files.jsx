import { useRef, useState } from "react";

// A file for a route of ours. What is wrong with it is listed in place, a line for each problem as the
// route tells them; nothing of a refused file is kept. `choice`: a parameter of the route, `choices`
// its values with their words. `isExam`: the route is told the file's format and name. `leadsTo`: the
// page of what was made, its id behind it; else onDone() is called.
const UNREACHABLE = "The server can't be reached. Check the network and try again.";

// What begins like JSON is JSON; the rest is GIFT, whose title is the file's name.
async function aboutExam(file) {
  const isJson = /^[\uFEFF\s]*\{/.test(await file.slice(0, 4096).text());
  return isJson ? { format: "json" } : { format: "gift", title: file.name.replace(/\.[^.]*$/, "").slice(0, 200) };
}

function doneWords({ added, changed, removed }) {
  return added === undefined ? "The file was taken over." : `Taken over: ${added} added, ${changed} changed, ${removed} removed.`;
}

export function ImportFile({ action, accept = "", label = "File", choice = "", choices = [], isExam = false, leadsTo = "", onDone, children, ref: _ignored, ...rest }) {
  const [file, setFile] = useState(null);
  const [picked, setPicked] = useState(choices.length ? choices[0][0] : "");
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState([]);
  const [done, setDone] = useState("");
  const input = useRef(null);
  const take = (chosen) => {
    setFile(chosen || null);
    setProblems([]);
    setDone("");
  };
  const submit = async (event) => {
    event.preventDefault();
    if (!file) return setProblems(["Choose a file first."]);
    setBusy(true);
    setProblems([]);
    try {
      const body = new FormData();
      body.append("file", file, file.name);
      const told = new URLSearchParams({ ...(choice ? { [choice]: picked } : {}), ...(isExam ? await aboutExam(file) : {}) });
      const answer = await fetch(`${action}?${told}`, { method: "POST", body, headers: { Accept: "application/json" } });
      const found = await answer.json().catch(() => ({ detail: "The server did not answer as expected." }));
      if (!answer.ok) return setProblems(found.detail.split("\n"));
      if (leadsTo) return location.assign(leadsTo + found.id);
      setDone(doneWords(found));
      setFile(null);
      input.current.value = "";
      onDone && onDone();
    } catch (error) {
      setProblems([error instanceof TypeError ? UNREACHABLE : error.message]);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form {...rest} onSubmit={submit} aria-busy={busy}>
      <fieldset disabled={busy} className="plain-fieldset">
        <label className="file-drop" onDragOver={(event) => event.preventDefault()}
               onDrop={(event) => { event.preventDefault(); take(event.dataTransfer.files[0]); }}>
          <span className="strong">{file ? file.name : label}</span>
          <small className="muted">{file ? `${Math.ceil(file.size / 1024)} KB · choose another` : "Choose a file, or drop it here"}</small>
          <input ref={input} type="file" accept={accept} className="only-read" onChange={(event) => take(event.target.files[0])} />
        </label>
        {choices.length > 0 && (
          <div className="import-choices">
            {choices.map(([key, words]) => (
              <label key={key} className="switch-line">
                <input type="radio" name={choice} checked={picked === key} onChange={() => setPicked(key)} /><span>{words}</span>
              </label>
            ))}
          </div>
        )}
        {problems.length > 0 && (
          <div role="alert" className="import-problems">
            <p className="form-problem">Nothing was imported:</p>
            <ul>{problems.map((problem, n) => <li key={n}>{problem}</li>)}</ul>
          </div>
        )}
        <p role="status" className="import-done">{busy ? "Reading the file …" : done}</p>
        <div className="dialog-actions">{children}<button type="submit" className="primary-button">Import</button></div>
      </fieldset>
    </form>
  );
}

export function CopyButton({ text = "", label = "Copy", ref: _ignored, ...rest }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    try {
      if (navigator.clipboard) await navigator.clipboard.writeText(text);
      else {
        const area = document.createElement("textarea");
        area.value = text;
        document.body.append(area);
        area.select();
        document.execCommand("copy"); // the only way on an address without https
        area.remove();
      }
      setSaid("Copied");
    } catch {
      setSaid("Copying is not allowed here");
    }
    setTimeout(() => setSaid(""), 1500);
  };
  return (
    <button {...rest} type="button" onClick={copy} title={label} aria-label={`${label}: ${text}`} className="code-button">
      <code>{text}</code>
      <span className="muted" role="status">{said || <CopyIcon />}</span>
    </button>
  );
}

function CopyIcon() {
  return (
    <svg aria-hidden="true" width="14" height="14" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round">
      <rect x="9" y="9" width="12" height="12" rx="2" /><path d="M5 15H4a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2h9a2 2 0 0 1 2 2v1" />
    </svg>
  );
}
