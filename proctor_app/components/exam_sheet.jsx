import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { clockText, Dialog, Icon, Input, isEmpty, many } from "$/public/external/proctor_app/components/exam_sheet/sheet_parts.jsx";
import { outboxOf } from "$/public/external/proctor_app/components/outbox/outbox.js";

// The questions of a running attempt: all are here from the start, so that the candidate can go on
// without a network. Answers go through the outbox; the time left is the server's, counted on by a
// clock that nobody can set. onNews(word): what the page should ask the server about.
const WARN_AT_S = [300, 60];
const CALM_AT_S = 20;
const OVER_MS = 600; // the server's own end comes first
const ASK_AGAIN_MS = 3000;
const LINKS = {
  signed_out: "You were logged out. Your answers are kept here; log in again to go on.",
  replaced: "The exam goes on in another window.",
};

// What bar and sheet share: which question is shown, and whether handing in is being asked.
const view = { index: 0, isAsking: false, isListOpen: false, attemptId: "", listeners: new Set() };
let seen = { ...view };
const subscribe = (listener) => {
  view.listeners.add(listener);
  return () => view.listeners.delete(listener);
};
function change(news) {
  Object.assign(view, news);
  seen = { ...view };
  for (const listener of view.listeners) listener();
}
const useView = () => useSyncExternalStore(subscribe, () => seen, () => seen);

function useOutbox(userId, attemptId) {
  const box = outboxOf(userId, attemptId);
  return [box, useSyncExternalStore(box.subscribe, box.look, box.look)];
}

function savedWords(box) {
  if (box.isOver && box.isCut) return ["kept", "The time is up. What you wrote is kept here and sent when the network is back"];
  if (box.isOver && !LINKS[box.stopped]) return ["saving", "The time is up. Submitting"];
  const problems = Object.keys(box.problems).length;
  if (LINKS[box.stopped]) return ["problem", LINKS[box.stopped]];
  if (box.wantsSubmit && box.isCut) return ["kept", "kept on this device, handed in when the network is back"];
  if (box.isCut && box.unsent) return ["kept", `${many(box.unsent, "answer", "answers")} kept on this device – offline`];
  if (box.isCut) return ["kept", "offline – answers are kept on this device"];
  if (box.unsent) return ["saving", "saving"];
  if (problems) return ["problem", `${many(problems, "answer is", "answers are")} not saved`];
  if (box.savedAt) return ["saved", `saved ${box.savedAt.toLocaleTimeString("en-GB")}`];
  return ["saved", "nothing to save yet"];
}

export function ExamBar({ userId = "", attemptId = "", title = "", clock = {}, children, ref: _ignored, ...rest }) {
  const [box, state] = useOutbox(userId, attemptId);
  const [left, setLeft] = useState(() => (clock.remaining_s >= 0 ? clock.remaining_s : null));
  const [spoken, setSpoken] = useState("");
  const told = useRef({ lastS: null, overAt: null });

  useEffect(() => box.tellClock(clock.remaining_s), [box, clock.remaining_s, clock.mark]);

  useEffect(() => {
    const tick = () => {
      const now = box.leftS();
      if (now === null) return;
      setLeft(now);
      const before = told.current.lastS;
      for (const at of WARN_AT_S) {
        if (before !== null && before > at && now <= at) setSpoken(at === 60 ? "One minute is left." : `${at / 60} minutes are left.`);
      }
      if (before !== null && before > CALM_AT_S && now <= CALM_AT_S) setSpoken("The exam ends in a moment. What you have written is saved by itself.");
      told.current.lastS = now;
      if (now > 0) told.current.overAt = null;
      else if (told.current.overAt === null) {
        told.current.overAt = performance.now();
        box.emit();
        box.settle();
      } else if (performance.now() - told.current.overAt > OVER_MS) box.submit();
    };
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [box]);

  const isEnding = left !== null && left > 0 && left <= CALM_AT_S && !state.isCut && !state.stopped;
  const [kind, words] = isEnding ? ["saving", "ends in a moment, all is saved by itself"] : savedWords(state);
  return (
    <header {...rest} className="exam-bar" data-cut={state.isCut}>
      <h1 className="exam-title">{title}</h1>
      <span className={`saved saved-${kind}`} role="status"><Icon name={kind} /><span>{words}</span></span>
      {children}
      <b className={`time-left${left !== null && left <= 60 ? " time-short" : ""}`} role="timer" aria-label="Time left">
        {left === null ? "" : clockText(left)}
      </b>
      <span className="only-read" aria-live="polite">{spoken}</span>
      <button type="button" className="primary-button" id="submit" disabled={Boolean(state.stopped) || state.isOver}
        onClick={() => { box.settle(); change({ isAsking: true }); }}>Submit</button>
    </header>
  );
}

export function ExamSheet({ paper = {}, holder = "", beats = true, onNews, ref: _ignored, ...rest }) {
  const { attempt_id: attemptId, user_id: userId, questions = [] } = paper;
  const [box, state] = useOutbox(userId, attemptId);
  const { index, isListOpen } = useView();
  const heading = useRef(null);
  const calls = useRef(onNews);
  calls.current = onNews;
  const isLocked = Boolean(state.stopped) || state.isSubmitting || (state.wantsSubmit && !state.isCut) || state.isOver;

  useEffect(() => {
    const answers = (paper.answers || []).map((one) => ({ id: one.question_id, value: one.value, flagged: one.is_flagged, seq: one.seq }));
    box.tellClock(paper.remaining_s);
    box.start({ answers, lastSeq: paper.last_seq, lastSignalSeq: paper.last_signal_seq, holder, beats });
  }, [box, paper, holder, beats]);

  useEffect(() => {
    if (view.attemptId === attemptId) return;
    const at = Number(sessionStorage.getItem(`proctor-at-${attemptId}`)) || 0;
    change({ attemptId, index: Math.min(at, Math.max(0, questions.length - 1)), isAsking: false, isListOpen: false });
  }, [attemptId, questions.length]);

  useEffect(() => {
    if (["", "starting", "signed_out"].includes(state.stopped)) return undefined;
    const timer = setTimeout(() => calls.current && calls.current(state.stopped), state.stopped === "unknown" ? ASK_AGAIN_MS : 0);
    return () => clearTimeout(timer);
  }, [state.stopped]);

  useEffect(() => {
    for (const question of questions) {
      for (const [, address] of question.html.matchAll(/<img[^>]+src="([^"]+)"/g)) new Image().src = address;
    }
  }, [questions]);

  const goTo = useCallback((to) => {
    if (to < 0 || to >= questions.length) return;
    box.settle();
    sessionStorage.setItem(`proctor-at-${attemptId}`, String(to));
    change({ index: to, isListOpen: false });
    requestAnimationFrame(() => heading.current && heading.current.focus());
  }, [box, attemptId, questions.length]);

  const question = questions[Math.min(index, questions.length - 1)];
  const shownId = view.attemptId === attemptId && question ? question.id : "";
  useEffect(() => {
    if (beats && shownId) box.signal("question", { question: shownId });
  }, [box, beats, shownId]);

  const flag = useCallback(() => {
    if (!question || isLocked) return;
    const now = box.known.get(question.id);
    box.put(question.id, { flagged: !(now && now.flagged) }, true);
  }, [box, question, isLocked]);

  useEffect(() => {
    const press = (event) => {
      if (document.querySelector("dialog[open], [role=dialog], [role=alertdialog]")) return;
      const isTyping = event.target.matches && event.target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
      const isStep = event.altKey && ["ArrowLeft", "ArrowRight"].includes(event.key);
      if (isStep) {
        event.preventDefault(); // else the browser goes back a page
        goTo(index + (event.key === "ArrowRight" ? 1 : -1));
      } else if (!isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
        if (event.key === "n") goTo(index + 1);
        if (event.key === "p") goTo(index - 1);
        if (event.key === "f") flag();
      }
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [goTo, flag, index]);

  if (!question) return <section {...rest} className="panel question" />;
  const mine = state.answers[question.id] || {};
  const put = (value, isSettled, problem) => box.put(question.id, { value }, isSettled, problem);
  return (
    <>
      <nav className="panel question-list" aria-label="Questions">
        <List questions={questions} state={state} index={index} goTo={goTo} />
      </nav>
      <section {...rest} className="panel question" aria-label="Question">
        <div className="question-head">
          <h2 ref={heading} tabIndex={-1} className="question-number">
            Question {question.number} of {questions.length} · {question.points}{mine.flagged && <span className="flagged"> · <Icon name="flag" filled /> flagged</span>}
          </h2>
          <button type="button" className="plain-button list-opener" aria-haspopup="dialog" onClick={() => change({ isListOpen: true })}>
            <Icon name="list" /> All questions
          </button>
        </div>
        <div className="question-text markup" id="question-text" dangerouslySetInnerHTML={{ __html: question.html }} />
        <fieldset disabled={isLocked} className="plain-fieldset answer" key={question.id}>
          <legend className="only-read">Your answer</legend>
          <Input question={question} value={mine.value} put={put} settle={() => box.settle()} />
        </fieldset>
        {state.problems[question.id] && <p role="alert" className="form-problem">Not saved: {state.problems[question.id]}</p>}
        <div className="question-steps">
          <button type="button" className="plain-button" disabled={index === 0} onClick={() => goTo(index - 1)}><Icon name="left" /> Previous</button>
          <span className="grow" />
          <button type="button" className="plain-button" aria-pressed={Boolean(mine.flagged)} disabled={isLocked} onClick={flag}>
            <Icon name="flag" filled={Boolean(mine.flagged)} /> Flag
          </button>
          {index < questions.length - 1
            ? <button type="button" className="primary-button" onClick={() => goTo(index + 1)}>Next <Icon name="right" /></button>
            : <button type="button" className="primary-button" disabled={isLocked} onClick={() => { box.settle(); change({ isAsking: true }); }}>Submit …</button>}
        </div>
        <Notices box={box} state={state} />
      </section>
      <Dialog isOpen={isListOpen} close={() => change({ isListOpen: false })} label="All questions" className="sheet-dialog">
        <List questions={questions} state={state} index={index} goTo={goTo} />
      </Dialog>
      <Submitting box={box} state={state} questions={questions} goTo={goTo} />
    </>
  );
}

function stateWords(question, state, isCurrent) {
  const mine = state.answers[question.id] || {};
  const words = [state.problems[question.id] ? "not saved" : isEmpty(mine.value) ? "no answer" : "answered"];
  if (mine.flagged) words.push("flagged");
  if (isCurrent) words.push("shown now");
  return words.join(", ");
}

function List({ questions, state, index, goTo }) {
  const answered = questions.filter((one) => !isEmpty((state.answers[one.id] || {}).value)).length;
  const flagged = questions.filter((one) => (state.answers[one.id] || {}).flagged).length;
  return (
    <>
      <h2 className="list-title">Questions</h2>
      <ol className="numbers">
        {questions.map((one, at) => {
          const mine = state.answers[one.id] || {};
          const look = [isEmpty(mine.value) ? "" : "is-answered", at === index ? "is-current" : "", mine.flagged ? "is-flagged" : ""].join(" ");
          return (
            <li key={one.id}>
              <button type="button" className={`number ${look}`} aria-current={at === index ? "step" : undefined} onClick={() => goTo(at)}
                aria-label={`Question ${one.number}, ${stateWords(one, state, at === index)}`}>
                {one.number}{mine.flagged && <Icon name="flag" filled />}
              </button>
            </li>
          );
        })}
      </ol>
      <p className="muted list-sum">{answered} answered, {flagged} flagged, {questions.length - answered} to do</p>
    </>
  );
}

function Notices({ box, state }) {
  if (state.stopped === "signed_out") {
    return <p role="alert" className="sheet-notice">{LINKS.signed_out} <a href="/login">Log in</a></p>;
  }
  return (
    <>
      {!state.isDurable && (
        <p role="status" className="sheet-notice">
          This browser can't keep answers by itself. They are sent as you write; don't close or reload this page while you are offline.
        </p>
      )}
      {state.isCut && (
        <p role="status" className="sheet-notice">
          {state.wantsSubmit
            ? "There is no connection. Your exam is handed in by itself as soon as it is back. "
            : "There is no connection. Go on: answers are kept here and sent when it is back. "}
          {state.wantsSubmit && !state.isOver && <button type="button" className="text-button" onClick={() => box.keepWorking()}>Don't hand in yet</button>}
        </p>
      )}
    </>
  );
}

const numbersOf = (questions) => questions.map((one) => one.number).join(", ");

function Submitting({ box, state, questions, goTo }) {
  const { isAsking } = useView();
  const close = () => change({ isAsking: false });
  const open = questions.filter((one) => isEmpty((state.answers[one.id] || {}).value));
  const flagged = questions.filter((one) => (state.answers[one.id] || {}).flagged);
  const failed = questions.filter((one) => state.problems[one.id]);
  const first = failed[0] || open[0] || flagged[0];
  useEffect(() => {
    if (state.stopped === "ended" || (state.wantsSubmit && state.isCut && !state.isSubmitting)) close();
  }, [state.stopped, state.wantsSubmit, state.isCut, state.isSubmitting]);
  return (
    <Dialog isOpen={isAsking} close={close} label="Submit the exam" className="submit-dialog">
      <h2 className="dialog-title">Submit the exam?</h2>
      {failed.length > 0 && <p><b>Not saved:</b> {many(failed.length, "question", "questions")} ({numbersOf(failed)}).</p>}
      {open.length > 0
        ? <p>{many(open.length, "question has", "questions have")} no answer yet: <b>{numbersOf(open)}</b>.</p>
        : <p>Every question has an answer.</p>}
      {flagged.length > 0 && <p>{many(flagged.length, "question is", "questions are")} flagged: <b>{numbersOf(flagged)}</b>.</p>}
      <p className="muted">Once it is submitted you can't change anything.</p>
      <div className="dialog-actions">
        {first && <button type="button" className="text-button" onClick={() => { close(); goTo(questions.indexOf(first)); }}>Look at question {first.number}</button>}
        <span className="grow" />
        <button type="button" className="plain-button" onClick={close} disabled={state.isSubmitting}>Go on working</button>
        <button type="button" className="primary-button" id="submit-really" disabled={state.isSubmitting || Boolean(state.stopped)} onClick={() => box.submit()}>
          {state.isSubmitting ? "Submitting …" : "Submit"}
        </button>
      </div>
    </Dialog>
  );
}
