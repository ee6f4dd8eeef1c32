"""Claims of a browser become incidents: episodes, moments, and what the exam does beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_app.domain.browser import (
    DEFAULT_POLICIES,
    ENDS,
    EVENT_OF,
    Policy,
    SignalKind,
    policy_of,
)
from proctor_app.domain.browser_episodes import (
    MOST_A_MINUTE,
    BrowserState,
    Reaction,
    Told,
    finish,
    open_types,
    step,
    tick,
)
from proctor_app.domain.incident import EventType, Phase, Severity, Transition

K = SignalKind
NOTICES = dict.fromkeys(EVENT_OF, Policy.NOTICE)


class Page:
    """A browser that tells, and what came of it: (phase, type, second)."""

    def __init__(self, policies: Mapping[SignalKind, Policy] = NOTICES) -> None:
        self.policies = policies
        self.state = BrowserState()
        self.transitions: list[Transition] = []
        self.reactions: list[Reaction] = []

    def tell(self, at_s: float, kind: SignalKind, **more: object) -> "Page":
        told = Told(kind, **more)  # type: ignore[arg-type]
        judged = step(self.state, told, self.policies, at_s)
        self.state = judged.state
        self.transitions.extend(judged.transitions)
        self.reactions.extend(judged.reactions)
        return self

    def wait(self, until_s: float) -> "Page":
        judged = tick(self.state, until_s)
        self.state = judged.state
        self.transitions.extend(judged.transitions)
        return self

    def end(self, at_s: float) -> "Page":
        judged = finish(self.state, at_s)
        self.state = judged.state
        self.transitions.extend(judged.transitions)
        return self

    @property
    def incidents(self) -> list[tuple[str, float, float | None]]:
        """Type, beginning and end; each closing is paired with the opening before it."""
        found: list[tuple[str, float, float | None]] = []
        for one in self.transitions:
            if one.phase is Phase.OPENED:
                found.append((one.event_type.value, one.start_s, None))
            else:
                place = found.index((one.event_type.value, one.start_s, None))
                found[place] = (one.event_type.value, one.start_s, one.end_s)
        return found


EPISODES = [
    (K.HIDDEN, K.VISIBLE, "tab_switch"),
    (K.BLUR, K.FOCUS, "window_blur"),
    (K.FULLSCREEN_EXIT, K.FULLSCREEN_ENTER, "fullscreen_exit"),
    (K.SECOND_SCREEN, K.SECOND_SCREEN_GONE, "second_screen"),
    (K.OFFLINE, K.ONLINE, "monitoring_gap"),
]


@pytest.mark.parametrize(("begin", "end", "event"), EPISODES)
def test_given_a_begin_and_its_end_then_it_is_one_incident_as_long_as_it_lasted(
    begin: SignalKind, end: SignalKind, event: str
) -> None:
    page = Page().tell(10.0, begin).wait(12.0)
    assert page.incidents == [(event, 10.0, None)]
    assert open_types(page.state) == (EventType(event),)
    assert page.tell(12.5, begin).tell(17.0, end).tell(18.0, end).incidents == [(event, 10.0, 17.0)]


@pytest.mark.parametrize(
    "kind",
    [K.COPY, K.CUT, K.PASTE, K.PRINT, K.DEVTOOLS, K.CONTEXT_MENU, K.CAMERA_CHANGED,
     K.VIRTUAL_CAMERA, K.SECOND_DEVICE, K.TAB_SWITCH, K.FACE_MISSING, K.FACE_UNVERIFIED, K.NOTE],
)  # fmt: skip
def test_given_a_moment_then_it_is_opened_and_closed_at_once(kind: SignalKind) -> None:
    event = EVENT_OF[kind].value
    assert Page().tell(3.0, kind, text="a note").incidents == [(event, 3.0, 3.0)]


def test_given_moments_of_one_type_within_5_s_then_they_are_one_incident() -> None:
    page = Page().tell(0.0, K.COPY).tell(2.0, K.PASTE).tell(4.9, K.COPY)
    assert page.incidents == [("clipboard", 0.0, 0.0)]
    assert page.tell(5.0, K.COPY).incidents[1:] == [("clipboard", 5.0, 5.0)]


def test_given_a_graver_moment_within_5_s_then_it_is_not_swallowed() -> None:
    page = Page({**NOTICES, K.PASTE: Policy.ALERT}).tell(0.0, K.COPY).tell(1.0, K.PASTE)
    assert [one.severity for one in page.transitions[::2]] == [Severity.NOTICE, Severity.ALERT]
    assert page.tell(2.0, K.COPY).tell(3.0, K.PASTE).incidents[2:] == []


def test_given_notes_of_other_words_then_each_is_kept_under_its_own() -> None:
    page = Page().tell(0.0, K.NOTE, text="one").tell(1.0, K.NOTE, text="two")
    page.tell(2.0, K.NOTE, text="one")
    assert [one.event for one in page.transitions[::2]] == ["one", "two"]


# --- blur and hidden together ---


@pytest.mark.parametrize("order", [(K.BLUR, K.HIDDEN), (K.HIDDEN, K.BLUR)])
@pytest.mark.parametrize("apart_s", [0.0, 0.3])
def test_given_a_blur_with_a_hidden_page_then_it_is_one_incident(
    order: tuple[SignalKind, SignalKind], apart_s: float
) -> None:
    page = Page().tell(1.0, order[0]).tell(1.0 + apart_s, order[1]).wait(5.0)
    page.tell(6.0, K.VISIBLE).tell(6.1, K.FOCUS)
    (incident,) = page.incidents
    assert incident[0] == "tab_switch"
    assert incident[2] == 6.0


def test_given_a_blur_alone_then_it_opens_after_a_second_from_when_it_began() -> None:
    page = Page().tell(1.0, K.BLUR).wait(1.9)
    assert page.incidents == []
    assert page.wait(2.1).incidents == [("window_blur", 1.0, None)]


def test_given_a_short_blur_then_it_is_an_incident_all_the_same() -> None:
    assert Page().tell(1.0, K.BLUR).tell(1.4, K.FOCUS).incidents == [("window_blur", 1.0, 1.4)]
    assert Page().tell(1.0, K.BLUR).end(1.2).incidents == [("window_blur", 1.0, 1.2)]


def test_given_a_page_that_is_hidden_after_a_long_blur_then_the_blur_ends_there() -> None:
    page = Page().tell(1.0, K.BLUR).wait(3.0).tell(5.0, K.HIDDEN).end(9.0)
    assert page.incidents == [("window_blur", 1.0, 5.0), ("tab_switch", 5.0, 9.0)]


def test_given_an_exam_that_ignores_hidden_pages_then_a_blur_still_counts() -> None:
    page = Page({**NOTICES, K.HIDDEN: Policy.IGNORE})
    page.tell(1.0, K.BLUR).tell(1.1, K.HIDDEN).wait(3.0)
    assert page.incidents == [("window_blur", 1.0, None)]


# --- what the exam asks for ---


@pytest.mark.parametrize(
    ("policy", "severity", "reactions"),
    [
        (Policy.IGNORE, None, []),
        (Policy.NOTICE, Severity.NOTICE, []),
        (Policy.ALERT, Severity.ALERT, []),
        (Policy.WARN, Severity.NOTICE, [Reaction(K.HIDDEN, Policy.WARN)]),
        (Policy.PAUSE, Severity.ALERT, [Reaction(K.HIDDEN, Policy.PAUSE)]),
    ],
)
def test_given_a_policy_then_it_decides_severity_and_reaction(
    policy: Policy, severity: Severity | None, reactions: list[Reaction]
) -> None:
    page = Page({K.HIDDEN: policy}).tell(1.0, K.HIDDEN)
    assert [one.severity for one in page.transitions] == ([severity] if severity else [])
    assert page.reactions == reactions


def test_given_warnings_in_a_row_then_only_one_in_ten_seconds_is_said() -> None:
    page = Page({K.HIDDEN: Policy.WARN})
    for second in range(0, 24, 2):
        page.tell(second, K.HIDDEN).tell(second + 1, K.VISIBLE)
    assert len(page.reactions) == 3
    assert len(page.incidents) == 12


def test_given_a_tab_switch_in_one_word_then_the_policy_of_hidden_pages_holds() -> None:
    assert policy_of(K.TAB_SWITCH, {K.HIDDEN: Policy.PAUSE}) is Policy.PAUSE
    assert policy_of(K.TAB_SWITCH, {K.TAB_SWITCH: Policy.IGNORE}) is Policy.IGNORE
    assert policy_of(K.NOTE, {}) is Policy.NOTICE
    assert policy_of(K.CAMERA, DEFAULT_POLICIES) is Policy.IGNORE


# --- faces another client compared ---


def test_given_two_faces_in_a_row_that_were_not_matched_then_it_is_a_notice_until_one_is() -> None:
    page = Page().tell(0.0, K.FACE_UNMATCHED)
    assert page.incidents == []
    page.tell(5.0, K.FACE_UNMATCHED).tell(9.0, K.FACE_UNMATCHED)
    assert page.incidents == [("identity_mismatch", 5.0, None)]
    assert page.tell(12.0, K.FACE_MATCHED).incidents == [("identity_mismatch", 5.0, 12.0)]
    assert page.tell(13.0, K.FACE_UNMATCHED).incidents[1:] == []


def test_given_a_match_in_between_then_two_failures_are_none_in_a_row() -> None:
    page = Page().tell(0.0, K.FACE_UNMATCHED).tell(1.0, K.FACE_MATCHED)
    assert page.tell(2.0, K.FACE_UNMATCHED).incidents == []


# --- what was kept while offline ---


def test_given_an_episode_told_late_then_it_is_when_it_came_and_says_how_long_it_was() -> None:
    page = Page({**NOTICES, K.HIDDEN: Policy.WARN})
    page.tell(100.0, K.HIDDEN, claimed_s=40.0, is_late=True)
    page.tell(100.0, K.VISIBLE, claimed_s=50.0, is_late=True)
    assert page.incidents == [("tab_switch", 100.0, 100.0)]
    assert page.transitions[-1].detail == "sent late, 10 s by the browser's clock"
    assert page.reactions == []


def test_given_a_late_moment_then_its_detail_says_so() -> None:
    page = Page().tell(100.0, K.PASTE, claimed_s=40.0, is_late=True)
    assert page.transitions[0].detail == "paste, sent late"


def test_given_late_claims_whose_times_make_no_sense_then_no_length_is_said() -> None:
    page = Page().tell(9.0, K.HIDDEN, claimed_s=50.0, is_late=True)
    assert page.tell(9.0, K.VISIBLE, claimed_s=40.0).transitions[-1].detail == "sent late"


# --- floods ---


def test_given_a_flood_then_no_more_than_30_incidents_a_minute_come_of_it() -> None:
    page = Page()
    for number in range(500):
        page.tell(number / 100, K.HIDDEN).tell(number / 100, K.VISIBLE)
    assert len(page.incidents) == MOST_A_MINUTE
    assert page.tell(70.0, K.HIDDEN).incidents[-1] == ("tab_switch", 70.0, None)
    assert len(page.state.opened_s) <= MOST_A_MINUTE
    assert len(page.state.moments) <= MOST_A_MINUTE


@pytest.mark.parametrize("flood", [K.NOTE, K.COPY, K.FACE_MISSING])
@pytest.mark.parametrize("policy", [Policy.ALERT, Policy.WARN, Policy.PAUSE])
def test_given_a_flood_of_one_kind_then_another_one_is_judged_as_ever(
    flood: SignalKind, policy: Policy
) -> None:
    page = Page({**NOTICES, K.HIDDEN: policy, K.PASTE: policy})
    for number in range(200):
        page.tell(number / 1000, flood, text=f"note {number}")
    for number in range(40):
        page.tell(6.0 + number / 5, flood, text=f"later {number}")

    page.tell(20.0, K.HIDDEN)
    assert page.incidents[-1:] == [("tab_switch", 20.0, None)]
    page.tell(31.0, K.PASTE)
    assert page.incidents[-1:] == [("clipboard", 31.0, 31.0)]
    reacts = policy in (Policy.WARN, Policy.PAUSE)
    assert [one.kind for one in page.reactions] == ([K.HIDDEN, K.PASTE] if reacts else [])


@pytest.mark.parametrize(
    ("kind", "end"), [(K.HIDDEN, K.VISIBLE), (K.BLUR, K.FOCUS), (K.PRINT, K.VISIBLE)]
)
def test_given_a_flood_then_what_the_exam_asks_for_is_done_without_an_incident(
    kind: SignalKind, end: SignalKind
) -> None:
    page = Page({kind: Policy.NOTICE})
    for number in range(MOST_A_MINUTE):
        page.tell(number * 0.5, kind).tell(number * 0.5, end)
        page.state = replace(page.state, moments=())  # as if they were further apart
    assert len(page.incidents) == MOST_A_MINUTE

    page.policies = {kind: Policy.PAUSE}
    page.tell(20.0, kind).tell(21.0, end)

    assert page.reactions == [Reaction(kind, Policy.PAUSE)]
    assert len(page.incidents) == MOST_A_MINUTE


@pytest.mark.parametrize(("begin", "end", "event"), EPISODES)
def test_given_a_flood_then_what_goes_on_is_an_incident_as_soon_as_there_is_room(
    begin: SignalKind, end: SignalKind, event: str
) -> None:
    page = Page()
    for number in range(MOST_A_MINUTE):
        page.tell(number, begin).tell(number + 0.5, end)
    page.tell(40.0, begin).wait(59.0)
    assert len(page.incidents) == MOST_A_MINUTE
    assert open_types(page.state) == ()

    assert page.wait(61.0).incidents[MOST_A_MINUTE:] == [(event, 40.0, None)]
    assert open_types(page.state) == (EventType(event),)
    assert page.tell(70.0, end).incidents[MOST_A_MINUTE:] == [(event, 40.0, 70.0)]


def test_given_a_flood_then_what_begins_and_ends_in_it_is_no_incident_afterwards() -> None:
    page = Page()
    for number in range(MOST_A_MINUTE):
        page.tell(number, K.HIDDEN).tell(number + 0.5, K.VISIBLE)
    page.tell(40.0, K.HIDDEN).tell(41.0, K.VISIBLE).tell(42.0, K.HIDDEN).end(43.0)

    assert len(page.incidents) == MOST_A_MINUTE
    assert page.wait(70.0).tell(71.0, K.VISIBLE).incidents[MOST_A_MINUTE:] == []


# --- whatever is told ---

told = st.builds(
    Told,
    st.sampled_from(SignalKind),
    st.one_of(st.none(), st.floats(-1e9, 1e9)),
    st.booleans(),
    st.sampled_from(["", "a", "b"]),
)
scripts = st.lists(st.tuples(st.floats(-5, 40), st.one_of(st.none(), told)), max_size=60)
policies = st.dictionaries(st.sampled_from(SignalKind), st.sampled_from(Policy))


@given(scripts, policies)
def test_whatever_is_told_incidents_are_apart_in_order_and_end(
    script: Sequence[tuple[float, Told | None]], asked: Mapping[SignalKind, Policy]
) -> None:
    state, found, now_s = BrowserState(), list[Transition](), 0.0
    for after_s, one in script:
        now_s += after_s  # a clock that is set back is borne
        judged = tick(state, now_s) if one is None else step(state, one, asked, now_s)
        assert judged.state.last_s >= state.last_s
        state = judged.state
        found.extend(judged.transitions)
        kinds = [episode.kind for episode in state.episodes]
        assert len(kinds) == len(set(kinds))
        for reaction in judged.reactions:
            assert policy_of(reaction.kind, asked) is reaction.policy
    found.extend(finish(state, now_s).transitions)

    open_since: dict[EventType, float] = {}
    for change in found:
        if change.phase is Phase.OPENED:
            assert change.event_type not in open_since
            open_since[change.event_type] = change.start_s
        else:
            assert change.end_s is not None
            assert change.start_s == open_since.pop(change.event_type)
            assert change.end_s >= change.start_s
    assert open_since == {}
    for event_type in EventType:
        spans = [
            (change.start_s, change.end_s)
            for change in found
            if change.event_type is event_type and change.end_s is not None
        ]
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_every_end_names_a_begin_that_opens_something() -> None:
    assert set(ENDS.values()) <= set(EVENT_OF)
