import { useState } from "react";

// A form that is sent to a route of ours by fetch, so that the route can set the session cookie.
// Errors of the contract ({detail, code}) are shown in place and nothing typed is lost.
// `then`: a second route that gets the same fields (log in after signing up). `leadsTo`: the page
// that is loaded afterwards, unless the route redirects to one.
async function post(url, body) {
  const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } });
  if (answer.ok) return answer;
  const error = await answer.json().catch(() => ({ detail: "The server did not answer as expected." }));
  const wait = answer.headers.get("Retry-After");
  throw new Error(error.detail + (wait ? ` (${wait} s)` : ""));
}

export function HttpForm({ action, then = "", leadsTo = "/dashboard", busyText = "One moment", children, ref: _ignored, ...rest }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    const body = new FormData(event.currentTarget);
    setBusy(true);
    setProblem("");
    try {
      let answer = await post(action, body);
      if (then) answer = await post(then, body);
      location.assign(answer.redirected ? answer.url : leadsTo);
    } catch (error) {
      setProblem(error instanceof TypeError ? "The server can't be reached. Check the network and try again." : error.message);
      setBusy(false);
    }
  };
  return (
    <form {...rest} onSubmit={submit} aria-busy={busy}>
      <fieldset disabled={busy} className="plain-fieldset">{children}</fieldset>
      <p role="alert" className="form-problem">{busy ? "" : problem}</p>
      <p aria-live="polite" className="form-busy">{busy ? busyText + " …" : ""}</p>
    </form>
  );
}
