import { createContext, useContext, useEffect, useState } from "react";

// A form that is sent to a route of ours by fetch, so that the route can set the session cookie.
// Errors of the contract ({detail, code}) are shown in place and nothing typed is lost.
// `then`: a second route that gets the same fields but no files (log in after signing up). `leadsTo`: the page
// that is loaded afterwards, unless the route redirects to one; "" stays and shows `doneText`.
// `asJson`: the fields are sent as JSON. `fragment`: the name of a value behind the # of the page's
// address, where servers' logs don't see it; it is sent with the fields and taken off the address.
async function post(url, body, asJson) {
  const headers = { Accept: "application/json" };
  if (asJson) headers["Content-Type"] = "application/json";
  const sent = asJson ? JSON.stringify(Object.fromEntries(body)) : body;
  const answer = await fetch(url, { method: "POST", body: sent, headers });
  if (answer.ok) return answer;
  const error = await answer.json().catch(() => ({ detail: "The server did not answer as expected." }));
  const wait = answer.headers.get("Retry-After");
  const problem = new Error(error.detail + (wait ? ` (${wait} s)` : ""));
  problem.code = error.code;
  throw problem;
}

// Which error codes a form has been answered with; parts of it appear with some of them.
const Codes = createContext([]);

export function AfterCode({ codes, children, ref: _ignored, ...rest }) {
  const answered = useContext(Codes);
  return codes.split(" ").some((code) => answered.includes(code)) ? <div {...rest}>{children}</div> : null;
}

function useFragment(name) {
  const [value, setValue] = useState("");
  useEffect(() => {
    const found = name && new URLSearchParams(location.hash.slice(1)).get(name);
    if (!found) return;
    setValue(found);
    history.replaceState(history.state, "", location.pathname);
  }, [name]);
  return value;
}

export function HttpForm({ action, then = "", leadsTo = "/dashboard", busyText = "One moment", doneText = "", asJson = false, fragment = "", children, ref: _ignored, ...rest }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [done, setDone] = useState("");
  const [codes, setCodes] = useState([]);
  const secret = useFragment(fragment);
  const submit = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const body = new FormData(form);
    if (fragment) body.set(fragment, secret);
    setBusy(true);
    setProblem("");
    setDone("");
    try {
      let answer = await post(action, body, asJson);
      for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
      if (then) answer = await post(then, body, asJson);
      if (!leadsTo) {
        form.reset();
        setDone(doneText);
        setBusy(false);
        return;
      }
      location.assign(answer.redirected ? answer.url : leadsTo);
    } catch (error) {
      setProblem(error instanceof TypeError ? "The server can't be reached. Check the network and try again." : error.message);
      if (error.code) setCodes((known) => [...known, error.code]);
      setBusy(false);
    }
  };
  return (
    <form {...rest} onSubmit={submit} aria-busy={busy}>
      <fieldset disabled={busy} className="plain-fieldset"><Codes.Provider value={codes}>{children}</Codes.Provider></fieldset>
      <p role="alert" className="form-problem">{busy ? "" : problem}</p>
      <p aria-live="polite" className="form-busy">{busy ? busyText + " …" : done}</p>
    </form>
  );
}
