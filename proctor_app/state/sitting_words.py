"""What the pages of an exam show: small frozen records, and words for what happens on the way."""

from dataclasses import dataclass
from datetime import datetime

from proctor_app.clock import iso
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.exam import Level
from proctor_app.services.check_in import Looked
from proctor_app.services.markup import render
from proctor_app.services.messages import MessageView
from proctor_app.services.paper import Paper, PaperQuestion
from proctor_app.services.views import AttemptView
from proctor_app.state.shown import duration

_BY = {"candidate": "You", "proctor": "Proctor", "installation": "Proctor"}
_ENDED_AS = {
    AttemptStatus.SUBMITTED: "You have submitted the exam.",
    AttemptStatus.TIMED_OUT: "The time was up. Everything that was saved counts.",
    AttemptStatus.TERMINATED: "The exam was ended by a proctor. Everything that was saved counts.",
}
_OUTCOMES = {
    "matched": ("ok", "It is you."),
    "mismatch": ("notice", "The picture did not match the face you enrolled."),
    "unverifiable": ("notice", "The picture was not clear enough to compare."),
    "no_template": ("unknown", "You have not enrolled a face, so there is nothing to compare."),
}
_NOTICES = (
    ("Who sees it", "The proctors and administrators of this exam, those who mark it, and you."),
    (
        "What follows from it",
        "Nothing by itself. People look at it, and only a person can give a verdict.",
    ),
)
_REMOVAL = (
    "People do that, not this program by itself. Under “What is held about me” you see all of it "
    "and can ask for its removal at any time."
)
_LIGHT, _FACE = "Light and sharpness", "You in the picture"
MAX_TRIES = 3


@dataclass(frozen=True)
class ShownOption:
    """value: the option's own text, which is the answer; html: how it looks."""

    value: str
    html: str


@dataclass(frozen=True)
class ShownQuestion:
    id: str
    number: int
    kind: str
    html: str
    options: tuple[ShownOption, ...]
    points: str


@dataclass(frozen=True)
class ShownAnswer:
    question_id: str
    value: str | tuple[str, ...]
    is_flagged: bool
    seq: int


@dataclass(frozen=True)
class ShownPaper:
    """Everything the sheet needs to go on without a network. remaining_s: -1 while unknown."""

    attempt_id: str = ""
    user_id: str = ""
    questions: tuple[ShownQuestion, ...] = ()
    answers: tuple[ShownAnswer, ...] = ()
    last_seq: int = 0
    last_signal_seq: int = 0
    remaining_s: float = -1.0


@dataclass(frozen=True)
class Clock:
    """remaining_s: as the server counts it, -1 while unknown; mark: changes whenever it is told."""

    remaining_s: float = -1.0
    mark: int = 0


@dataclass(frozen=True)
class ShownCheck:
    """kind: ok, notice, alert or unknown."""

    key: str
    kind: str
    title: str
    words: str


@dataclass(frozen=True)
class ShownMessage:
    """kind: message or warning. is_own: the candidate wrote it."""

    id: int
    kind: str
    by: str
    text: str
    at: str
    is_own: bool


@dataclass(frozen=True)
class Receipt:
    """What a candidate takes away from an exam that is over."""

    code: str = ""
    at: str = ""
    answered: str = ""
    how: str = ""


def paper(found: Paper) -> ShownPaper:
    """Markdown becomes what browsers show; what is right is not in it."""
    exam_id = found.exam_id or ""
    return ShownPaper(
        attempt_id=found.attempt.id,
        user_id=found.attempt.user_id,
        questions=tuple(_question(one, exam_id) for one in found.questions),
        answers=tuple(
            ShownAnswer(one.question_id, one.value, one.is_flagged, one.seq)
            for one in found.answers
        ),
        last_seq=found.last_seq,
        last_signal_seq=found.last_signal_seq,
        remaining_s=-1.0 if found.remaining_s is None else found.remaining_s,
    )


def points(number: float) -> str:
    """ "1 point", "2.5 points"."""
    return f"{number:g} point" + ("" if number == 1 else "s")


def message(view: MessageView) -> ShownMessage:
    is_own = view.author == "candidate"
    return ShownMessage(view.id, view.kind, _BY[view.author], view.text, iso(view.sent_at), is_own)


def receipt(attempt: AttemptView, questions: int) -> Receipt:
    return Receipt(
        code=attempt.receipt,
        at=iso(attempt.ended_at) if attempt.ended_at else "",
        answered=f"{attempt.answered} of {questions}" if questions else str(attempt.answered),
        how=_ENDED_AS.get(attempt.status, attempt.status_reason),
    )


def facts(found: Paper) -> str:
    """How long it lasts, and which attempt it is."""
    attempt = found.attempt
    number = "" if attempt.number == 1 else f" · attempt {attempt.number}"
    return duration(attempt.duration_minutes * 60) + number


def what_next(results: str, *, is_released: bool) -> str:
    """What happens after the end, by the way in which an exam releases its results."""
    if is_released:
        return "Your results are ready."
    return {
        "when_marked": "Your results appear here as soon as everything is marked.",
        "when_closed": "Your results appear here when the exam has closed for everybody.",
    }.get(results, "Your results appear here once they are released by your institution.")


def when_key(*, has_key: bool) -> str:
    """When the right answers are told, of results that are released; empty where they are."""
    return "" if has_key else "The right answers appear here when the exam is over for everybody."


def notices(level: Level, retention_days: int | None) -> list[tuple[str, str]]:
    """What is recorded and what becomes of it: a heading and a sentence each. retention_days: None
    where the exam names no number."""
    recorded = ["Your answers, and when they were saved."]
    if level is not Level.NONE:
        recorded.append(
            "Your browser tells when you leave the exam's tab or window or its full screen, copy, "
            "paste or print, connect a second screen, or lose the network: the time of each, and "
            "nothing of what was copied or seen elsewhere."
        )
    if level is Level.CAMERA:
        recorded.append(
            "Two pictures a second from your camera are looked at by a program on this server. "
            "Pictures are kept only of incidents. No sound, no screen."
        )
    kept = ("How long it is kept", f"{_kept(retention_days)} {_REMOVAL}")
    return [("What is recorded", " ".join(recorded)), kept, *_NOTICES]


def _kept(days: int | None) -> str:
    """In words that hold while no program removes anything by itself."""
    if days is None:
        return "Until your institution removes it; it has set no number of days for this exam."
    number = "1 day" if days == 1 else f"{days:,} days"
    return f"For {number} after the exam ends. Your institution removes it then."


def checks(camera: str, found: Looked | None) -> list[ShownCheck]:
    """What the server makes of the camera's picture, with what to do about it."""
    return [_camera_check(camera), *_picture_checks(found if camera == "live" else None)]


def outcome(word: str, tries: int) -> tuple[str, str]:
    """Kind and words for what an identity check came to."""
    kind, words = _OUTCOMES.get(word, _OUTCOMES["unverifiable"])
    if word in ("matched", "no_template"):
        return kind, words
    if tries >= MAX_TRIES:
        return "unknown", f"{words} You can go on: a person will look at it."
    return kind, f"{words} Face the light, look straight ahead, and try again."


def seconds_until(moment: datetime | None, now: datetime) -> float:
    """-1 where there is nothing to wait for."""
    return -1.0 if moment is None else max(0.0, (moment - now).total_seconds())


def _question(found: PaperQuestion, exam_id: str) -> ShownQuestion:
    worth = points(found.points)
    if found.negative_points:
        worth += f", a wrong answer costs {found.negative_points:g}"
    return ShownQuestion(
        id=found.id,
        number=found.number,
        kind=found.kind.value,
        html=render(found.text, exam_id),
        options=tuple(ShownOption(text, render(text, exam_id)) for text in found.options),
        points=worth,
    )


def _camera_check(camera: str) -> ShownCheck:
    kind, words = {
        "live": ("ok", "It runs, and only this page sees it."),
        "starting": ("unknown", "Allow the camera if the browser asks."),
        "denied": ("alert", "Click the camera sign beside the address, allow it, then reload."),
        "missing": ("alert", "Connect a camera; it is tried again by itself."),
        "busy": ("alert", "Close other programs that use it; it is tried again by itself."),
        "lost": ("alert", "It was disconnected. Connect it again; it is tried by itself."),
    }.get(camera, ("unknown", "One moment …"))
    return ShownCheck("camera", kind, "Camera", words)


def _picture_checks(found: Looked | None) -> list[ShownCheck]:
    if found is None:
        return [
            ShownCheck(
                "light", "unknown", "Light and sharpness", "It is looked at once the camera runs."
            ),
            ShownCheck("face", "unknown", "You in the picture", "One moment …"),
        ]
    is_placed = found.faces == 1 and found.centred and found.near
    light = ("ok", "The picture is clear.")
    if not (found.light and found.sharp):
        light = ("notice", found.sentence)
    face = ("ok", "You are in the middle, at a good distance.")
    if not is_placed:
        is_dark = light[0] != "ok"
        face = (
            ("unknown", "It can't be told in this light.")
            if is_dark
            else ("notice", found.sentence)
        )
    return [
        ShownCheck("light", light[0], _LIGHT, light[1]),
        ShownCheck("face", face[0], _FACE, face[1]),
    ]
