import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Head, List, Picker, Refused } from "$/public/external/proctor_app/components/review_desk/review_lists.jsx";
import { AttemptVerdict, Chip, clock, Evidence, Help, Keyed, many, Release, Sign, UNJUDGED, VERDICTS, WordsForm } from "$/public/external/proctor_app/components/review_desk/review_parts.jsx";

// One attempt under review. A verdict shows at once and the next incident with it; it counts once the
// State has answered: acked is the highest number it dealt with, refused tells which of them were
// not kept and why, and those come back. Keys are those of the help; none works while typing.
const SWITCH = "proctor-review-keys";
// In a browser that keeps nothing, keys are on until they are switched off.
const stored = () => {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true;
  }
};
const store = (isOn) => {
  try {
    localStorage.setItem(SWITCH, isOn ? "on" : "off");
  } catch {
    // then it holds until the page is closed
  }
};
const waits = (one) => one.verdict === UNJUDGED && !one.is_mine;
const isField = (target) => Boolean(target.closest && target.closest("input, textarea, select, [contenteditable=true]"));

// Numbers what is sent, remembers it until it is answered, and brings back what was refused.
function useSent(acked, refused, attemptId) {
  const [sent, setSent] = useState({});
  const [back, setBack] = useState(null);
  const last = useRef(0), seen = useRef(acked);
  const send = useCallback((what) => {
    last.current = Math.max(last.current, seen.current) + 1;
    setSent((before) => ({ ...before, [last.current]: what }));
    return last.current;
  }, []);
  useEffect(() => {
    const news = refused.filter((one) => one.seq > seen.current);
    seen.current = Math.max(seen.current, acked);
    setSent((before) => {
      const problem = news.find((one) => before[one.seq]);
      if (problem) setBack({ ...before[problem.seq], problem: problem.problem });
      return Object.fromEntries(Object.entries(before).filter(([seq]) => Number(seq) > acked));
    });
  }, [acked, refused]);
  useEffect(() => { setSent({}); setBack(null); }, [attemptId]);
  return [sent, send, back, setBack];
}

function useKeys(isOn, keys) {
  const newest = useRef(keys);
  newest.current = keys;
  useEffect(() => {
    const press = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !event.key.startsWith("Arrow")) return;
      if (isField(event.target) || document.querySelector("dialog[open], [role=dialog], [role=alertdialog]")) return;
      if (event.key === "Enter" && event.target.closest("button, a, summary")) return;
      if (!isOn && event.key.length === 1 && event.key !== "?") return;
      const act = newest.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [isOn]);
}

export function ReviewDesk({ sitting = {}, categories = [], acked = 0, refused = [], chosen = {}, onJudge, onNote, onVerdict, onRelease, onNext, children, ref: _ignored, ...rest }) {
  const [selected, setSelected] = useState(0);
  const [asking, setAsking] = useState(""); // violation, note, verdict, help
  const [enlarged, setEnlarged] = useState("");
  const [spoken, setSpoken] = useState("");
  const [past, setPast] = useState([]);
  const [areKeysOn, setKeysOn] = useState(true);
  const [sent, send, back, setBack] = useSent(acked, refused, sitting.attempt_id);
  const heading = useRef(null);

  const incidents = useMemo(() => {
    const pending = {};
    for (const one of Object.values(sent)) if (one.kind === "judge") pending[one.id] = one;
    return sitting.incidents.map((one) => (pending[one.id] ? { ...one, verdict: pending[one.id].verdict, reason: pending[one.id].reason, by: "you", is_pending: true, proposal: "" } : one));
  }, [sitting.incidents, sent]);
  const todo = incidents.filter(waits), judged = incidents.filter((one) => !waits(one));
  const order = [...todo, ...judged];
  const here = incidents.find((one) => one.id === selected);

  useEffect(() => setKeysOn(stored()), []);
  useEffect(() => { // another attempt
    const first = sitting.incidents.find(waits);
    setSelected(first ? first.id : 0);
    setAsking(""); setEnlarged(""); setPast([]); setSpoken("");
  }, [sitting.attempt_id]);
  useEffect(() => { if (chosen.id) show(chosen.id); }, [chosen.id, chosen.mark]);
  useEffect(() => {
    if (!Object.keys(sent).length) return undefined;
    const hold = (event) => event.preventDefault();
    window.addEventListener("beforeunload", hold);
    return () => window.removeEventListener("beforeunload", hold);
  }, [sent]);
  useEffect(() => {
    if (!back) return;
    const one = incidents.find((incident) => incident.id === back.id);
    setSpoken("");
    if (back.kind === "verdict") setAsking("verdict");
    else if (one && (back.kind === "note" || back.verdict === "violation")) {
      setSelected(one.id);
      setAsking(back.kind === "note" ? "note" : "violation");
    }
  }, [back]);

  const focusHere = () => requestAnimationFrame(() => heading.current && heading.current.focus({ preventScroll: true }));
  const show = (id) => { setSelected(id); setAsking(""); setEnlarged(""); };
  const step = (by) => {
    if (!order.length) return;
    const at = order.findIndex((one) => one.id === selected);
    const to = order[at < 0 ? 0 : Math.min(order.length - 1, Math.max(0, at + by))];
    show(to.id);
    setSpoken(`${to.event}, ${clock(to.opened_at)}`);
  };
  const judge = (verdict, reason = "", category = "") => {
    if (!here) return;
    const seq = send({ kind: "judge", id: here.id, verdict, reason, category });
    onJudge(seq, here.id, verdict, reason, category);
    setBack(null);
    setPast((before) => [...before, here.id]);
    const at = todo.findIndex((one) => one.id === here.id);
    const others = todo.filter((one) => one.id !== here.id);
    const next = others.find((one) => todo.indexOf(one) > at) || others[0];
    show(next ? next.id : 0);
    setSpoken(`${VERDICTS[verdict].words}. ${next ? `${others.length} left. Next: ${next.event}` : "All judged. Give the attempt's verdict."}`);
    focusHere();
  };
  const goBack = () => {
    if (!past.length) return setSpoken("You judged none before.");
    const id = past[past.length - 1];
    setPast(past.slice(0, -1));
    show(id);
    const one = incidents.find((incident) => incident.id === id);
    if (one) setSpoken(`Back at ${one.event}. Choose another verdict.`);
  };
  const ask = (what) => {
    if (["violation", "note"].includes(what) && !here) return;
    if (what === "violation" && here.is_mine) return setSpoken("You proposed this. Another person has to confirm it.");
    if (["verdict", "release"].includes(what) && sitting.is_open) return setSpoken("The attempt has not ended yet.");
    if (what === "verdict" && sitting.has_appeal) {
      document.querySelector("#answer")?.focus();
      return setSpoken("An appeal waits. The verdict goes with its answer.");
    }
    setAsking(what);
  };
  const keepNote = (text) => {
    onNote(send({ kind: "note", id: here.id, text }), here.id, text);
    setBack(null); setAsking(""); setSpoken("The note was sent.");
    focusHere();
  };
  const giveVerdict = (verdict, reason, category) => {
    onVerdict(send({ kind: "verdict", id: 0, verdict, reason, category }), verdict, reason, category);
    leave();
  };
  const leave = () => { setAsking(""); setBack(null); focusHere(); };
  useKeys(areKeysOn, {
    d: () => judge("passed"), s: () => judge("suspicious"), v: () => ask("violation"), n: () => ask("note"), u: goBack,
    e: () => ask("verdict"), r: () => ask("release"), g: () => onNext(), "?": () => ask("help"),
    ArrowDown: () => step(1), ArrowUp: () => step(-1),
    Enter: () => { if (here && here.evidence.length) setEnlarged(here.evidence.some((one) => one.moment === "at") ? "at" : here.evidence[0].moment); },
  });

  const draftOf = (kind) => (back && back.kind === kind ? back : {});
  const follower = todo[todo.findIndex((one) => one.id === selected) + 1];
  return (
    <div {...rest} className="review-desk" data-attempt={sitting.attempt_id} data-waiting={Object.keys(sent).length}>
      <Head sitting={sitting} here={here} ask={ask} />
      <p className="only-read" role="status" aria-live="polite">{spoken}</p>
      {back && back.kind === "judge" && back.verdict !== "violation" && <Refused back={back} incidents={incidents} show={(id) => { show(id); setBack(null); }} />}
      <div className="review-grid">
        <List todo={todo} judged={judged} selected={selected} show={show} leftOut={sitting.left_out} />
        <Picker todo={todo} judged={judged} selected={selected} show={show} />
        <div className="review-column">
          <section className="panel review-middle" aria-label="Incident">
            {here ? (
              <>
                <Evidence incident={here} enlarged={enlarged} setEnlarged={setEnlarged} />
                <About incident={here} heading={heading} />
                {asking === "violation" && (
                  <WordsForm key={`v${here.id}`} title="Violation" label="The reason" give={here.proposal ? "Confirm violation" : "Violation"} categories={categories}
                             draft={{ text: draftOf("judge").reason || here.reason, category: draftOf("judge").category || here.category }} problem={draftOf("judge").problem}
                             leave={leave} send={(reason, category) => judge("violation", reason, category)} />
                )}
                {asking === "note" && (
                  <WordsForm key={`n${here.id}`} title="Note" label="The note" give="Keep the note" draft={{ text: draftOf("note").text }} problem={draftOf("note").problem}
                             leave={leave} send={keepNote} />
                )}
                {!["violation", "note"].includes(asking) && <Buttons here={here} judge={judge} ask={ask} step={step} goBack={goBack} hasPast={past.length > 0} />}
              </>
            ) : <Done sitting={sitting} incidents={incidents} ask={ask} onNext={onNext} heading={heading} goBack={goBack} hasPast={past.length > 0} />}
          </section>
          {children}
        </div>
      </div>
      {follower && <div hidden aria-hidden="true">{follower.evidence.map((one) => <img key={one.src} src={one.src} alt="" />)}</div>}
      <AttemptVerdict isOpen={asking === "verdict"} close={leave} left={todo.length} categories={categories} draft={draftOf("verdict")}
                      problem={draftOf("verdict").problem || ""} reviewers={sitting.reviewers} send={giveVerdict} />
      <Release isOpen={asking === "release"} close={leave} isReleased={sitting.is_released} hasVerdict={Boolean(sitting.verdict.text)} left={todo.length}
               go={() => { onRelease(); leave(); }} />
      <Help isOpen={asking === "help"} close={leave} isOn={areKeysOn} setOn={(isOn) => { setKeysOn(isOn); store(isOn); }} />
    </div>
  );
}

function About({ incident, heading }) {
  const until = incident.closed_at ? `to ${clock(incident.closed_at)} (${incident.lasted})` : "and goes on";
  const known = VERDICTS[incident.verdict];
  return (
    <div className="review-about">
      <p tabIndex={-1} ref={heading} className="review-sentence">
        <b>{incident.event}</b> from <span className="figures">{clock(incident.opened_at)} {until}</span>, {incident.certainty}. <span className="muted">{incident.detector} {incident.quality}</span>
      </p>
      {incident.proposal && (
        <p className="said-line"><Sign kind="alert" /> {incident.proposal} {incident.is_mine ? "Another person has to confirm." : "Another person has to confirm: press V."}</p>
      )}
      {known && (
        <p className="said-line"><Chip kind={known.kind}>{known.words}</Chip>
          <span>
            {incident.is_pending ? "Being kept …" : <>by {incident.by}, <span className="figures">{clock(incident.at)}</span></>}
            {incident.category_words && !incident.is_pending && ` · ${incident.category_words}`}
            {incident.reason && <> · <q>{incident.reason}</q></>}
          </span>
        </p>
      )}
      {incident.notes.map((one) => <p key={`${one.at} ${one.text}`} className="review-note"><b>{one.who}</b> <span className="muted figures">{clock(one.at)}</span> {one.text}</p>)}
    </div>
  );
}

function Buttons({ here, judge, ask, step, goBack, hasPast }) {
  return (
    <div className="review-buttons">
      <Keyed hotkey="D" className="primary-button" onClick={() => judge("passed")}>Dismiss</Keyed>
      <Keyed hotkey="S" onClick={() => judge("suspicious")}>Suspicious</Keyed>
      <Keyed hotkey="V" className="plain-button danger-words" onClick={() => ask("violation")} disabled={here.is_mine}>{here.proposal && !here.is_mine ? "Confirm violation" : "Violation …"}</Keyed>
      <span className="grow" />
      {hasPast && <Keyed hotkey="U" onClick={goBack} label="Go back to the last one judged">Go back</Keyed>}
      <Keyed hotkey="N" onClick={() => ask("note")}>Note</Keyed>
      <Keyed hotkey="↑" onClick={() => step(-1)} label="Previous incident" className="plain-button previous-button"><span className="narrow-words">Previous</span></Keyed>
      <Keyed hotkey="↓" onClick={() => step(1)} label="Next incident">Next</Keyed>
      <Keyed hotkey="?" onClick={() => ask("help")} label="Keys" className="plain-button keys-button" />
    </div>
  );
}

function Done({ sitting, incidents, ask, onNext, heading, goBack, hasPast }) {
  const counted = Object.entries(VERDICTS).map(([key, { words }]) => [words.toLowerCase(), incidents.filter((one) => one.verdict === key).length]).filter(([, count]) => count);
  const elsewhere = incidents.filter((one) => one.is_mine).length;
  return (
    <div className="review-done">
      <Sign kind="ok" />
      <h3 tabIndex={-1} ref={heading}>{incidents.length ? "All judged" : "No incidents"}</h3>
      <p className="muted">
        {incidents.length ? counted.map(([words, count]) => `${count} ${words}`).join(", ") : "Nothing was noted in this attempt."}
        {elsewhere > 0 && ` · ${many(elsewhere, "violation waits", "violations wait")} for a second person`}
      </p>
      {sitting.verdict.text && (
        <p className="said-line"><Chip kind={sitting.verdict.kind}>{sitting.verdict.text}</Chip>{" "}
          <span>by {sitting.verdict_by}{sitting.verdict_reason && <> · <q>{sitting.verdict_reason}</q></>}</span>
        </p>
      )}
      <div className="review-buttons">
        {!sitting.is_open && (
          <Keyed hotkey="E" className={sitting.verdict.text ? "plain-button" : "primary-button"} onClick={() => ask("verdict")}>
            {sitting.has_appeal ? "Answer the appeal, with a verdict" : sitting.verdict.text ? "Change the attempt's verdict" : "Give the attempt's verdict"}
          </Keyed>
        )}
        <Keyed hotkey="G" className={sitting.verdict.text ? "primary-button" : "plain-button"} onClick={() => onNext()}>Next attempt</Keyed>
        {hasPast && <Keyed hotkey="U" onClick={goBack} label="Go back to the last one judged">Go back</Keyed>}
        <Keyed hotkey="?" onClick={() => ask("help")} label="Keys" className="plain-button keys-button" />
      </div>
      {sitting.is_open && <p className="muted">The attempt goes on. Its verdict can be given once it has ended.</p>}
    </div>
  );
}
