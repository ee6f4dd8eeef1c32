"""What the page about one candidate is made of, as small frozen records."""

from dataclasses import dataclass

from proctor_app.state.shown import Chip

_NOTHING = Chip("unknown", "")


@dataclass(frozen=True)
class TimeLeft:
    """remaining_s: below 0 where there is none; mark: changes whenever it does not just pass."""

    remaining_s: float = -1.0
    mark: str = ""
    runs: bool = False


@dataclass(frozen=True)
class Head:
    """What stands still, or nearly so."""

    candidate: str = ""
    title: str = ""
    number: str = ""
    state: Chip = _NOTHING
    reason: str = ""
    started_at: str = ""
    ended_at: str = ""
    is_open: bool = False
    can_pause: bool = False
    can_resume: bool = False
    can_terminate: bool = False
    has_camera: bool = True
    is_free: bool = False


@dataclass(frozen=True)
class Signs:
    """seen: by the camera; link: how the pictures arrive. Neither says anything about a person.
    seb: how Safe Exam Browser was shown, without words where it is not asked for."""

    seen: Chip = _NOTHING
    link: Chip = _NOTHING
    face_rate: str = ""
    left_out: str = ""
    seb: Chip = _NOTHING
    seb_at: str = ""


@dataclass(frozen=True)
class Picture:
    """frame: 0 while there is none; age_s: when it was told."""

    frame: int = 0
    age_s: float = -1.0


@dataclass(frozen=True)
class ShownTerm:
    name: str
    times: str
    points: str
    is_capped: bool


@dataclass(frozen=True)
class ShownDot:
    number: int
    kind: str
    words: str


@dataclass(frozen=True)
class Progress:
    words: str = ""
    now: str = ""


@dataclass(frozen=True)
class DeskIncident:
    """into: how far into the attempt it opened. at: the time by the clock. picture: the address of
    the one at its opening, else of its first; "" where it has none."""

    id: int
    kind: str
    event: str
    at: str
    into: str
    lasted: str
    is_open: bool
    verdict: Chip
    is_judged: bool
    is_acknowledged: bool
    pictures: int
    picture: str = ""


@dataclass(frozen=True)
class ShownShot:
    url: str
    words: str
    at: str


@dataclass(frozen=True)
class Chosen:
    """The incident that is looked at; id 0: none."""

    id: int = 0
    title: str = ""
    kind: str = "none"
    facts: str = ""
    why_none: str = ""


@dataclass(frozen=True)
class Said:
    id: int
    by: str
    text: str
    at: str
    is_warning: bool
    is_candidates: bool


@dataclass(frozen=True)
class ShownLine:
    at: str
    words: str
    detail: str


@dataclass(frozen=True)
class ShownOther:
    id: str
    title: str
    state: Chip
    compliance: str
    at: str


@dataclass(frozen=True)
class Asked:
    """What a dialog asks before something is done. kind: warn, pause, resume or terminate. field:
    the label of what is to be written, empty for nothing."""

    kind: str = ""
    title: str = ""
    text: str = ""
    label: str = ""
    field: str = ""
    is_needed: bool = False
    is_grave: bool = False
    longest: int = 200
