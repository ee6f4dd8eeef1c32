"""What an accuracy run found, as JSON and as tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bench import groups
from bench.counting import Confusion, wilson
from bench.labels import Problem
from bench.pairs import IdentityResult
from bench.sessions import Tally
from bench.single import Answer, count
from bench.tables import Table
from proctor_app.domain.incident import EventType

_CALIBRATED = (EventType.HEAD_TURNED, EventType.GAZE_OFF_SCREEN)
"""The rules that are measured from the candidate's own neutral pose."""


@dataclass(frozen=True, slots=True)
class Result:
    """frames: with each clip's candidate calibrated on its first seconds; frames_uncalibrated: the
    same frames as if of strangers. fps: the rate of ``clips`` and ``short_holds``; other_rates:
    tallies at further rates.
    hold_scale: how much shorter the holds of short_holds are. about: what was measured, with
    what."""

    images: Sequence[Answer] = ()
    frames: Sequence[Answer] = ()
    frames_uncalibrated: Sequence[Answer] = ()
    fps: float = 2.0
    clips: Tally = field(default_factory=Tally)
    hold_scale: float = 1.0
    short_holds: Tally = field(default_factory=Tally)
    other_rates: Mapping[float, Tally] = field(default_factory=dict)
    identity: IdentityResult | None = None
    problems: Sequence[Problem] = ()
    about: Mapping[str, str] = field(default_factory=dict)


def as_json(result: Result) -> dict[str, object]:
    """The four sections of fixed keys first; everything else stands beside them."""
    both = [*result.images, *result.frames]
    return {
        "images": _confusions(count(result.images)),
        "frames": _confusions(count(result.frames)),
        "clips": _outcomes(result.clips),
        "identity": {} if result.identity is None else result.identity.as_json(),
        "combined": _confusions(count(both)),
        "frames_uncalibrated": _confusions(count(result.frames_uncalibrated)),
        "intervals_95": {rule: one.intervals_json() for rule, one in count(both).items()},
        "clips_short_holds": {"scale": result.hold_scale, "rules": _outcomes(result.short_holds)},
        "clips_by_fps": {
            f"{fps:g}": _outcomes(tally)
            for fps, tally in {result.fps: result.clips, **result.other_rates}.items()
        },
        "incidents_without_labels": dict(result.clips.unlabelled),
        "identity_detail": {} if result.identity is None else result.identity.detail_json(),
        "by_source": _grouped(groups.by_source(both)),
        "by_kind": _grouped(groups.by_kind(both)),
        "not_judged": _not_judged(both),
        "errors": [_error(answer) for answer in both if answer.wrong],
        "clip_errors": [
            {
                "file": one.file,
                "rule": one.rule,
                "what": "missed" if one.missed else "false alarm",
                "from_s": round(one.from_s, 2),
                "to_s": round(one.to_s, 2),
                "detail": one.detail,
            }
            for one in result.clips.mistakes
        ],
        "problems": [{"file": one.file, "what": one.what} for one in result.problems],
        "about": dict(result.about),
    }


def tables(result: Result, errors: bool = False) -> list[Table]:
    """Everything a person wants to see, most important first."""
    both = [*result.images, *result.frames]
    found = [
        _confusion_table("Single pictures: images and frames together", both),
        _confusion_table("Images", result.images),
        _confusion_table("Frames of clips, one a second, each on its own", result.frames),
        _confusion_table(
            "The same frames as if of strangers, without calibration",
            [one for one in result.frames_uncalibrated if one.rule in _CALIBRATED],
        ),
        _clip_table(f"Clips as sessions, {result.fps:g} frames a second", result.clips),
        _clip_table(
            f"Clips with holds of {result.hold_scale:g} of the shipped ones", result.short_holds
        ),
        *(
            _clip_table(f"Clips as sessions, {fps:g} frames a second", tally)
            for fps, tally in result.other_rates.items()
        ),
    ]
    if result.identity is not None:
        found.append(_identity_table(result.identity))
    found.append(_group_table("Known bias: groups with errors", groups.by_kind(both)))
    if errors:
        found.append(_group_table("Sources with errors", groups.by_source(both)))
        found.append(_error_table(both))
        found.append(_mistake_table(result.clips))
    found.append(Table("What was measured", ("what", "value"), list(result.about.items())))
    if result.problems:
        rows = [(one.file or "-", one.what) for one in result.problems]
        found.append(Table("Not measured", ("file", "why"), rows))
    return [table for table in found if table.rows]


def _confusion_table(title: str, answers: Sequence[Answer]) -> Table:
    rows = []
    for rule, one in count(answers).items():
        files = {answer.item.file for answer in answers if answer.rule is rule and answer.truth}
        rows.append(
            (
                rule.value,
                f"{one.tp + one.fn} in {len(files)}",
                str(one.fp + one.tn),
                _share(one.precision, one.tp, one.tp + one.fp),
                _share(one.recall, one.tp, one.tp + one.fn),
                _share(one.false_positive_rate, one.fp, one.fp + one.tn),
            )
        )
    columns = ("rule", "yes, in files", "no", "precision", "recall", "false positive rate")
    note = "Shares with 95 % intervals; frames of one clip are alike, so those are too narrow."
    return Table(title, columns, rows, note)


def _clip_table(title: str, tally: Tally) -> Table:
    rows = [
        (
            rule.value,
            f"{one.found} of {one.intervals}",
            str(one.false_alarms),
            f"{one.quiet_s / 60:.1f}",
            _seconds(one.as_json()["delay_s_median"]),
        )
        for rule, one in tally.outcomes.items()
    ]
    columns = ("rule", "found", "false alarms", "in minutes labelled no", "median delay")
    note = "An interval counts when it lasts as long as the rule's hold; the delay includes it."
    return Table(title, columns, rows, note)


def _identity_table(identity: IdentityResult) -> Table:
    rows = []
    for name, wrong_if, same in (("same person", "refused", True), ("two people", "taken", False)):
        point, distances = identity.at(identity.threshold), identity.distances(same)
        rate = point.false_non_match_rate if same else point.false_match_rate
        left_out = sum(one.distance is None and one.pair.same is same for one in identity.compared)
        wrong = round((rate or 0.0) * len(distances))
        rows.append(
            (name, str(len(distances)), str(left_out), f"{wrong} {wrong_if}",
             _share(rate, wrong, len(distances)))
        )  # fmt: skip
    columns = ("pairs", "compared", "unverifiable", "wrong", "rate")
    return Table(f"Identity at distance {identity.threshold:g}", columns, rows)


def _group_table(title: str, grouped: groups.Grouped) -> Table:
    rows = [
        (
            name,
            rule.value,
            str(one.tp + one.fn),
            str(one.fp + one.tn),
            _share(one.recall, one.tp, one.tp + one.fn),
            _share(one.false_positive_rate, one.fp, one.fp + one.tn),
        )
        for name, counted in grouped.items()
        for rule, one in counted.items()
        if one.fp or one.fn
    ]
    return Table(title, ("group", "rule", "yes", "no", "recall", "false positive rate"), rows)


def _error_table(answers: Iterable[Answer]) -> Table:
    rows = []
    for answer in sorted(answers, key=lambda one: (one.rule, one.item.file, one.time_s or 0.0)):
        if answer.wrong:
            what = "missed" if answer.truth else "false"
            if answer.said is None:
                what += " (not judged)"
            at = "" if answer.time_s is None else f"{answer.time_s:.1f}"
            score = "" if answer.score is None else f"{answer.score:.2f}"
            rows.append((answer.rule.value, what, answer.item.file, at, score))
    return Table("Wrong answers on single pictures", ("rule", "what", "file", "s", "score"), rows)


def _mistake_table(tally: Tally) -> Table:
    rows = [
        (
            one.rule.value,
            "missed" if one.missed else f"false {one.detail}".strip(),
            one.file,
            f"{one.from_s:.1f}",
            f"{one.to_s:.1f}",
        )
        for one in tally.mistakes
    ]
    return Table("Wrong answers on clips", ("rule", "what", "file", "from s", "to s"), rows)


def _share(value: float | None, part: int, total: int) -> str:
    interval = wilson(part, total)
    if value is None or interval is None:
        return "-"
    return f"{value:.3f} ({interval[0]:.2f}-{interval[1]:.2f})"


def _seconds(value: float | int | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _confusions(counted: Mapping[EventType, Confusion]) -> dict[str, object]:
    return {rule.value: one.as_json() for rule, one in counted.items()}


def _outcomes(tally: Tally) -> dict[str, object]:
    return {rule.value: one.as_json() for rule, one in tally.outcomes.items()}


def _grouped(grouped: groups.Grouped) -> dict[str, object]:
    return {name: _confusions(counted) for name, counted in grouped.items()}


def _not_judged(answers: Iterable[Answer]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for answer in answers:
        if answer.said is None:
            counted[answer.rule.value] = counted.get(answer.rule.value, 0) + 1
    return counted


def _error(answer: Answer) -> dict[str, object]:
    return {
        "file": answer.item.file,
        "time_s": answer.time_s,
        "rule": answer.rule.value,
        "what": "missed" if answer.truth else "false",
        "judged": answer.said is not None,
        "score": None if answer.score is None else round(answer.score, 4),
    }
