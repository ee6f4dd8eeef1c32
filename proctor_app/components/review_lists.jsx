import { useEffect, useRef } from "react";
import { Chip, clock, Keyed, many, Sign, UNJUDGED, VERDICTS } from "$/public/external/proctor_app/components/review_desk/review_parts.jsx";

// What stands around the incident on the review desk: whose attempt it is, and the others.

export function Head({ sitting, here, ask }) {
  const differs = here && here.verdict !== "passed" && here.otherwise > sitting.compliance;
  return (
    <div className="review-head">
      <div className="review-who">
        <h2>{sitting.candidate} · {sitting.title} · {sitting.number}</h2>
        <div className="chips">
          <Chip kind={sitting.status.kind}>{sitting.status.text}</Chip>
          {sitting.is_released ? <Chip kind="ok">Released to the candidate</Chip> : <Chip kind="none">Not released</Chip>}
          {sitting.reviewers > 1 && <Chip kind="none">A violation needs two people</Chip>}
          {sitting.proposal && <Chip kind="alert">{sitting.proposal}</Chip>}
        </div>
      </div>
      <div className="review-score">
        <span className="muted">compliance</span> <b className="figures" data-compliance={sitting.compliance}>{sitting.compliance}</b>
        <small className="muted figures">{differs ? `${here.otherwise} if this is dismissed` : ""}</small>
      </div>
      <div className="review-acts">
        <Keyed hotkey="R" id="release" onClick={() => ask("release")} disabled={sitting.is_open}>{sitting.is_released ? "Take the release back" : "Release"}</Keyed>
        <Keyed hotkey="E" id="verdict" onClick={() => ask("verdict")} disabled={sitting.is_open}>Attempt&apos;s verdict</Keyed>
      </div>
    </div>
  );
}

function verdictChip(one) {
  if (one.is_mine || (one.proposal && one.verdict === UNJUDGED)) return <Chip kind="unknown">Second person</Chip>;
  const known = VERDICTS[one.verdict];
  return known ? <Chip kind={known.kind}>{known.words}</Chip> : null;
}

export function List({ todo, judged, selected, show, leftOut }) {
  const current = useRef(null);
  useEffect(() => { current.current && current.current.scrollIntoView({ block: "nearest" }); }, [selected]);
  const item = (one) => (
    <li key={one.id}>
      <button type="button" className="review-item" ref={one.id === selected ? current : null} aria-current={one.id === selected ? "true" : undefined}
              onClick={() => show(one.id)} data-incident={one.id}>
        <Chip kind={one.severity}>{one.event}</Chip>
        <span className="muted figures">{clock(one.opened_at)}, {one.lasted}</span>
        {verdictChip(one)}
      </button>
    </li>
  );
  return (
    <nav className="panel review-list" aria-label="Incidents">
      <h3>To review, by risk <span className="muted figures" id="left">{todo.length}</span></h3>
      <ol>{todo.map(item)}</ol>
      {!todo.length && <p className="muted review-none">Nothing is left here.</p>}
      {judged.length > 0 && <><h3>Judged <span className="muted figures">{judged.length}</span></h3><ol>{judged.map(item)}</ol></>}
      {leftOut > 0 && <p className="muted review-none">{many(leftOut, "more incident follows", "more incidents follow")} as these are judged.</p>}
    </nav>
  );
}

// The list on a narrow page.
export function Picker({ todo, judged, selected, show }) {
  const verdict = (one) => (VERDICTS[one.verdict] ? ` · ${VERDICTS[one.verdict].words}` : "");
  const option = (one) => <option key={one.id} value={one.id}>{one.event}, {clock(one.opened_at)}{verdict(one)}</option>;
  return (
    <label className="review-pick">
      <span className="field-label">Incident ({todo.length} to review)</span>
      <select className="field-input" value={selected} onChange={(event) => show(Number(event.target.value))}>
        {!selected && <option value={0}>All judged</option>}
        {todo.length > 0 && <optgroup label="To review, by risk">{todo.map(option)}</optgroup>}
        {judged.length > 0 && <optgroup label="Judged">{judged.map(option)}</optgroup>}
      </select>
    </label>
  );
}

export function Refused({ back, incidents, show }) {
  const one = incidents.find((incident) => incident.id === back.id);
  return (
    <p role="alert" className="refused"><Sign kind="alert" />
      <span>{one ? `${one.event}, ${clock(one.opened_at)}` : "The incident"} was not judged: {back.problem}</span>
      {one && <button type="button" className="plain-button" onClick={() => show(one.id)}>Go back to it</button>}
    </p>
  );
}
