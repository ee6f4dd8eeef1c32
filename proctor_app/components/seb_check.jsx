import { useEffect, useRef, useState } from "react";

// Whether this page stands in the exam's Safe Exam Browser. Inside of it the page shows the server, once
// for each load, what the browser tells: by its script interface, or where an older one has none by the
// headers it adds to the request. What is shown holds for the page's address alone; the address carries
// the log-in's `tag`, so it is loaded anew with that first. Outside there is the way in.
const PATIENCE_MS = 5000;
const UNREACHABLE = "The server can't be reached. Check the network and try again.";

function isInside() {
  return Boolean(window.SafeExamBrowser) || /\bSEB\b|SafeExamBrowser/i.test(navigator.userAgent);
}

// Some versions work their hashes out only when asked to.
async function hashes() {
  const security = window.SafeExamBrowser && window.SafeExamBrowser.security;
  if (!security) return null;
  if (!security.configKey && typeof security.updateKeys === "function") {
    await new Promise((done) => {
      setTimeout(done, PATIENCE_MS);
      security.updateKeys(done);
    });
  }
  if (!security.configKey) return null;
  const url = location.href.split("#")[0];
  return { url, config_key: String(security.configKey), browser_exam_key: String(security.browserExamKey || "") };
}

async function show(route, tag) {
  const body = await hashes();
  let answer;
  try {
    answer = await fetch(`${route}?for=${tag}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body || {}),
    });
  } catch {
    return UNREACHABLE;
  }
  if (answer.ok) return "";
  const error = await answer.json().catch(() => ({}));
  return error.detail || "The server did not answer as expected.";
}

export function SebCheck({ route = "", file = "", loginTag: tag = "", onEntered, ref: _ignored, ...rest }) {
  const [phase, setPhase] = useState("looking");
  const [problem, setProblem] = useState("");
  const [tries, setTries] = useState(0);
  const calls = useRef(onEntered);
  calls.current = onEntered;
  useEffect(() => {
    if (!tag || !route) return undefined;
    if (!isInside()) {
      setPhase("outside");
      return undefined;
    }
    if (new URLSearchParams(location.search).get("for") !== tag) {
      location.replace(`${location.pathname}?for=${tag}`);
      return undefined;
    }
    let isGone = false;
    setPhase("looking");
    show(route, tag).then((found) => {
      if (isGone) return;
      setProblem(found);
      setPhase(found ? "refused" : "done");
      !found && calls.current && calls.current();
    });
    return () => { isGone = true; };
  }, [route, tag, tries]);
  const inBrowser = typeof location === "undefined" ? "" : `${location.origin.replace(/^http/, "seb")}${file}`;
  const ways = (
    <div className="seb-ways">
      <a className="primary-button" id="seb-open" href={inBrowser}>Open in Safe Exam Browser</a>
      <a className="plain-button" id="seb-download" href={file} download>Download configuration</a>
    </div>
  );
  return (
    <div {...rest} className="stack seb-check" data-phase={phase}>
      {(phase === "looking" || phase === "done") && <p role="status">Looking whether this is the exam&apos;s Safe Exam Browser …</p>}
      {phase === "outside" && (
        <>
          <ol className="notice-list steps">
            <li>Safe Exam Browser must be installed on this computer; its makers give it away at safeexambrowser.org.</li>
            <li>Open the exam in it, with the button or with the downloaded file. It takes the whole screen.</li>
            <li>Log in once more there, and join the exam. What you began is kept.</li>
          </ol>
          {ways}
        </>
      )}
      {phase === "refused" && (
        <>
          <p role="alert" className="form-problem">{problem}</p>
          <button type="button" className="plain-button" id="seb-again" onClick={() => setTries(tries + 1)}>Try again</button>
          {ways}
        </>
      )}
    </div>
  );
}
