"""From what a browser claims to incidents: some last until another claim ends them, some do not.

Pure. Claims are judged in the order they came, at the time at which the server received them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from proctor_app.domain.browser import ENDS, EVENT_OF, Policy, SignalKind, policy_of
from proctor_app.domain.incident import EventType, Phase, Severity, Transition

MERGE_S = 5.0
"""Moments of one type within this time of an incident's are told by that incident."""
BLUR_HOLD_S = 1.0
"""A page that is left tells blur and hidden, in either order: one incident, the tab switch. So a
blur is held back for as long as the other may still be on its way."""
WARN_EVERY_S = 10.0
MOST_A_MINUTE = 30
"""Of one kind: what tells more of it, is kept without an incident each, for nobody could look at
them. What the exam does about it is done all the same, and other kinds have room of their own."""
_MINUTE_S = 60.0
_UNMATCHED = 2
_CONFIDENCE = 1.0
_RANK = {one: number for number, one in enumerate(Policy)}
_LASTING = frozenset(ENDS.values())


@dataclass(frozen=True, slots=True)
class Told:
    """One claim. claimed_s: by the browser's clock, for words alone; text: of a note."""

    kind: SignalKind
    claimed_s: float | None = None
    is_late: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Episode:
    """is_open: its incident was opened; a blur's only after a while, and that of one too many in a
    minute (has_room: not) only once there is room again, if it goes on until then."""

    kind: SignalKind
    policy: Policy
    since_s: float
    claimed_s: float | None
    is_late: bool
    is_open: bool = True
    has_room: bool = True


@dataclass(frozen=True, slots=True)
class Moment:
    event_type: EventType
    detail: str
    policy: Policy
    at_s: float


@dataclass(frozen=True, slots=True)
class Reaction:
    """What the exam asks for beside the incident: a warning or a pause."""

    kind: SignalKind
    policy: Policy


@dataclass(frozen=True, slots=True)
class BrowserState:
    """last_s: the newest time judged; opened_s: what opened in the last minute, and when;
    unmatched: faces in a row that a client did not recognise."""

    last_s: float = float("-inf")
    episodes: tuple[Episode, ...] = ()
    moments: tuple[Moment, ...] = ()
    opened_s: tuple[tuple[SignalKind, float], ...] = ()
    warned_s: float = float("-inf")
    unmatched: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    state: BrowserState
    transitions: tuple[Transition, ...] = ()
    reactions: tuple[Reaction, ...] = ()


def step(
    state: BrowserState, told: Told, policies: Mapping[SignalKind, Policy], received_s: float
) -> Step:
    """Judge one claim that came at ``received_s``."""
    ripe = tick(state, received_s)
    state = ripe.state
    policy = policy_of(told.kind, policies)
    found = Step(state)
    if told.kind in ENDS:
        found = _end(state, ENDS[told.kind], told)
    elif told.kind is SignalKind.FACE_UNMATCHED and state.unmatched + 1 < _UNMATCHED:
        found = Step(replace(state, unmatched=state.unmatched + 1))
    elif policy is not Policy.IGNORE and told.kind in _LASTING:
        found = _begin(state, told, policy)
    elif policy is not Policy.IGNORE and told.kind in EVENT_OF:
        found = _moment(state, told, policy)
    return replace(found, transitions=ripe.transitions + found.transitions)


def tick(state: BrowserState, now_s: float) -> Step:
    """Let time pass: what was held back becomes an incident, if it still goes on."""
    state = replace(state, last_s=max(now_s, state.last_s))
    opened: list[Transition] = []
    for episode in state.episodes:
        if _is_due(state, episode):
            state = state if episode.has_room else _counted(state, episode.kind)
            after = replace(episode, is_open=True, has_room=True)
            episodes = tuple(after if one is episode else one for one in state.episodes)
            state = replace(state, episodes=episodes)
            opened.append(_opened(after))
    return Step(state, tuple(opened))


def _is_due(state: BrowserState, episode: Episode) -> bool:
    if episode.is_open or _may_be_hidden(state, episode):
        return False
    return episode.has_room or _has_room(state, episode.kind)


def _may_be_hidden(state: BrowserState, episode: Episode) -> bool:
    is_blur = episode.kind is SignalKind.BLUR
    return is_blur and state.last_s - episode.since_s < BLUR_HOLD_S


def finish(state: BrowserState, now_s: float) -> Step:
    """Close whatever is open because the watch ends here."""
    now_s = max(now_s, state.last_s)
    closed = tuple(one for episode in state.episodes for one in _over(episode, None, now_s))
    return Step(replace(state, last_s=now_s, episodes=(), unmatched=0), closed)


def open_types(state: BrowserState) -> tuple[EventType, ...]:
    return tuple(EVENT_OF[one.kind] for one in state.episodes if one.is_open)


def _begin(state: BrowserState, told: Told, policy: Policy) -> Step:
    kinds = {episode.kind for episode in state.episodes}
    away = told.kind is SignalKind.BLUR and SignalKind.HIDDEN in kinds
    if told.kind in kinds or away:
        return Step(state)
    has_room = _has_room(state, told.kind)
    episode = Episode(
        told.kind,
        policy,
        state.last_s,
        told.claimed_s,
        told.is_late,
        is_open=has_room and told.kind is not SignalKind.BLUR,
        has_room=has_room,
    )
    transitions: tuple[Transition, ...] = ()
    if told.kind is SignalKind.HIDDEN:
        state, transitions = _without_blur(state)
    if episode.is_open:
        transitions += (_opened(episode),)
    state = replace(state, episodes=(*state.episodes, episode))
    state = _counted(state, told.kind) if has_room else state
    return _reacted(state, told, policy, transitions)


def _without_blur(state: BrowserState) -> tuple[BrowserState, tuple[Transition, ...]]:
    """The page is hidden now, which says more than that it has no focus."""
    kept = tuple(one for one in state.episodes if one.kind is not SignalKind.BLUR)
    closed = tuple(
        _closed(one, None, state.last_s)
        for one in state.episodes
        if one.kind is SignalKind.BLUR and one.is_open
    )
    return replace(state, episodes=kept), closed


def _end(state: BrowserState, kind: SignalKind, told: Told) -> Step:
    if kind is SignalKind.FACE_UNMATCHED:
        state = replace(state, unmatched=0)
    ended = [one for one in state.episodes if one.kind is kind]
    kept = tuple(one for one in state.episodes if one.kind is not kind)
    closed = tuple(one for episode in ended for one in _over(episode, told, state.last_s))
    return Step(replace(state, episodes=kept), closed)


def _over(episode: Episode, told: Told | None, now_s: float) -> tuple[Transition, ...]:
    if not episode.has_room:
        return ()
    closed = _closed(episode, told, now_s)
    return (closed,) if episode.is_open else (_opened(episode), closed)


def _moment(state: BrowserState, told: Told, policy: Policy) -> Step:
    event_type, now_s = EVENT_OF[told.kind], state.last_s
    detail = _detail(told)
    lasting = {EVENT_OF[one.kind] for one in state.episodes}
    merged = event_type in lasting or any(
        one.event_type is event_type
        and (one.detail == detail or told.kind is not SignalKind.NOTE)
        and _RANK[policy] <= _RANK[one.policy]
        for one in state.moments
        if now_s - one.at_s < MERGE_S
    )
    if merged or not _has_room(state, told.kind):
        return _reacted(state, told, policy, ())
    recent = tuple(one for one in state.moments if now_s - one.at_s < MERGE_S)
    moments = (*recent, Moment(event_type, detail, policy, now_s))
    opened = Transition(
        Phase.OPENED, event_type, _severity(policy), now_s, None, _CONFIDENCE, detail
    )
    closed = replace(opened, phase=Phase.CLOSED, end_s=now_s)
    state = _counted(replace(state, moments=moments), told.kind)
    return _reacted(state, told, policy, (opened, closed))


def _detail(told: Told) -> str:
    if told.kind is SignalKind.NOTE:
        return told.text
    word = told.kind.value if EVENT_OF[told.kind] is EventType.CLIPBOARD else ""
    return ", ".join(part for part in (word, "sent late" if told.is_late else "") if part)


def _reacted(
    state: BrowserState, told: Told, policy: Policy, transitions: tuple[Transition, ...]
) -> Step:
    """Words about what is long over would only startle; a pause is for a person to lift."""
    if policy is Policy.PAUSE:
        return Step(state, transitions, (Reaction(told.kind, policy),))
    soon = state.last_s - state.warned_s < WARN_EVERY_S
    if policy is not Policy.WARN or told.is_late or soon:
        return Step(state, transitions)
    state = replace(state, warned_s=state.last_s)
    return Step(state, transitions, (Reaction(told.kind, policy),))


def _has_room(state: BrowserState, kind: SignalKind) -> bool:
    return sum(one is kind for one, _ in _recent(state)) < MOST_A_MINUTE


def _counted(state: BrowserState, kind: SignalKind) -> BrowserState:
    return replace(state, opened_s=(*_recent(state), (kind, state.last_s)))


def _recent(state: BrowserState) -> tuple[tuple[SignalKind, float], ...]:
    return tuple(one for one in state.opened_s if state.last_s - one[1] < _MINUTE_S)


def _opened(episode: Episode) -> Transition:
    return Transition(
        Phase.OPENED,
        EVENT_OF[episode.kind],
        _severity(episode.policy),
        episode.since_s,
        None,
        _CONFIDENCE,
        "sent late" if episode.is_late else "",
    )


def _closed(episode: Episode, told: Told | None, now_s: float) -> Transition:
    opened = _opened(episode)
    detail = opened.detail
    if told is not None and (episode.is_late or told.is_late):
        detail = _late(episode.claimed_s, told.claimed_s)
    return replace(opened, phase=Phase.CLOSED, end_s=now_s, detail=detail)


def _late(from_s: float | None, to_s: float | None) -> str:
    if from_s is None or to_s is None or to_s < from_s:
        return "sent late"
    return f"sent late, {to_s - from_s:.0f} s by the browser's clock"


def _severity(policy: Policy) -> Severity:
    return Severity.ALERT if policy in (Policy.ALERT, Policy.PAUSE) else Severity.NOTICE
