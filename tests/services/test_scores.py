"""An attempt's standing is at all times what its incidents add up to, whatever happens to them."""

import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.incidents import Incidents as IncidentRows
from proctor_app.db.session import Contended
from proctor_app.domain.access import Role
from proctor_app.domain.incident import EventType, Phase, Severity, Transition, Verdict
from proctor_app.domain.score import WEIGHTS
from proctor_app.services import scores, views
from proctor_app.services.views import IncidentView
from tests.world import Person, World, build

_KINDS = (EventType.PHONE, EventType.FACE_ABSENT, EventType.TAB_SWITCH, EventType.HEAD_TURNED)
_TRIES = 10


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens ``after_s``; which: of the incidents so far, for a verdict."""

    what: str
    kind: EventType
    after_s: float
    confidence: float
    which: int
    verdict: Verdict


_HAPPENINGS = st.lists(
    st.builds(
        Happening,
        what=st.sampled_from(["turn", "turn", "turn", "judge", "judge", "clear", "restore"]),
        kind=st.sampled_from(_KINDS),
        after_s=st.sampled_from([0.0, 0.7, 4.0, 20.0, 299.0, 900.0]),
        confidence=st.floats(0.01, 1.0),
        which=st.integers(0, 9),
        verdict=st.sampled_from(list(Verdict)),
    ),
    min_size=1,
    max_size=12,
)


class Sat:
    """A running attempt, and what is found about it."""

    def __init__(self, world: World, who: Person, proctor: Person) -> None:
        self.world, self.who, self.proctor = world, who, proctor
        self.attempt_id = str(uuid.uuid4())
        self.open: dict[EventType, IncidentView] = {}
        now = world.clock()
        with world.database.write() as session:
            session.add(
                tables.Attempt(
                    id=self.attempt_id,
                    user_id=who.id,
                    status="running",
                    created_at=now,
                    started_at=now,
                    duration_minutes=600,
                )
            )

    def happens(self, one: Happening) -> None:
        self.world.clock.advance(one.after_s)
        clearing = self.world.services.clearing
        match one.what:
            case "turn":
                self.turn(one.kind, one.confidence)
            case "judge":
                self.judge(one.which, one.verdict)
            case "clear":
                clearing.clear(self.proctor.actor, self.who.id, self.attempt_id)
            case "restore":
                clearing.restore(self.proctor.actor, self.who.id, self.attempt_id)

    def turn(self, kind: EventType, confidence: float) -> None:
        """Open an incident of this kind, or close the one that is open."""
        known, now_s = self.open.get(kind), self.world.clock().timestamp()
        phase = Phase.CLOSED if known else Phase.OPENED
        start_s = known.opened_at.timestamp() if known else now_s
        change = Transition(
            phase, kind, Severity.NOTICE, start_s, now_s if known else None, confidence
        )
        found = self.world.services.sessions._incidents.record(
            self.attempt_id, change, "", None, known_id=known.id if known else None
        )
        if known is None:
            self.open[kind] = found
        else:
            del self.open[kind]

    def judge(self, which: int, verdict: Verdict) -> None:
        with self.world.database.write() as session:
            attempt = AttemptRows(session).locked(self.attempt_id)
            rows = IncidentRows(session).of_attempts([self.attempt_id])
            if attempt is None or not rows:
                return
            row = rows[which % len(rows)]
            row.verdict = verdict.value
            scores.changed(session, attempt, [row], WEIGHTS)

    def is_right(self) -> None:
        """Compare what is written beside the incidents with the incidents themselves."""
        with self.world.database.read() as session:
            seen = IncidentRows(session).of_attempts([self.attempt_id])
            attempt = AttemptRows(session).by_id(self.attempt_id)
        assert attempt is not None
        over = [views.incident(row, 0) for row in seen if row.closed_at is not None]
        assert attempt.compliance == pytest.approx(
            views.score(over, self.world.clock()).value, abs=0.051
        )
        waiting = [row for row in seen if row.verdict == Verdict.NOT_REVIEWED]
        assert (attempt.incidents, attempt.to_review) == (len(seen), len(waiting))
        assert attempt.review_risk == (attempt.compliance if waiting else None)
        self._tallies_are_right(seen)

    def _tallies_are_right(self, seen: list[tables.Incident]) -> None:
        tallies = [
            row for row in self.world.rows(tables.IncidentTally)
            if row.attempt_id == self.attempt_id
        ]  # fmt: skip
        slot = {row.id: int(row.opened_at.timestamp()) // 300 for row in seen}
        counted = {(row.event_type, row.slot): row.incidents for row in tallies if row.incidents}
        assert counted == Counter((row.event_type, slot[row.id]) for row in seen)
        for verdict in (Verdict.PASSED, Verdict.SUSPICIOUS, Verdict.VIOLATION):
            of_it = Counter((r.event_type, slot[r.id]) for r in seen if r.verdict == verdict)
            written = {(r.event_type, r.slot): getattr(r, verdict.value) for r in tallies}
            assert {key: count for key, count in written.items() if count} == of_it
        costs = sum(row.cost for row in seen if row.verdict != Verdict.PASSED)
        assert sum(row.cost for row in tallies) == pytest.approx(costs)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(happenings=_HAPPENINGS)
def test_given_whatever_happens_to_its_incidents_then_an_attempts_standing_is_their_sum(
    happenings: list[Happening], sat_world: tuple[World, Person, Person]
) -> None:
    sat = Sat(*sat_world)
    for one in happenings:
        sat.happens(one)
        sat.is_right()


@pytest.fixture
def sat_world(
    sqlite_url: str, tmp_path: Path, cheap_passwords: None
) -> tuple[World, Person, Person]:
    world = build(tmp_path, sqlite_url)
    return world, world.person(), world.person(Role.PROCTOR)


@pytest.mark.every_database
def test_given_many_at_once_open_close_and_judge_then_nothing_is_lost(world: World) -> None:
    sat = Sat(world, world.person(), world.person(Role.PROCTOR))

    def work(kind: EventType) -> None:
        for number in range(6):
            _once_more(partial(sat.turn, kind, 0.5))
            if number % 2:
                _once_more(partial(sat.judge, number, Verdict.SUSPICIOUS))

    with ThreadPoolExecutor(len(_KINDS)) as pool:
        list(pool.map(work, _KINDS))

    assert world.count(tables.Incident) == 3 * len(_KINDS)
    sat.is_right()


def _once_more(what: Callable[[], None]) -> None:
    """As its callers do: what the database gives up for another's sake is done again."""
    for _ in range(_TRIES):
        try:
            what()
        except Contended:
            continue
        return
    raise AssertionError("given up again and again")
