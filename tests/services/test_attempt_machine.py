"""An attempt under anything that can happen to it, in any order, on a real database.

Whatever is done, by whom and when: no illegal move, one start, time that never grows by itself,
nothing saved after the end, one open attempt a candidate.
"""

import itertools
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from proctor_app.db import tables
from proctor_app.db.migrations import upgrade
from proctor_app.domain.access import Role
from proctor_app.domain.attempt import OPEN, TRANSITIONS, AttemptStatus
from proctor_app.errors import Conflict, NotAllowed
from proctor_app.services.answers import Answers, Save, Saved
from proctor_app.services.attempts import Attempts
from proctor_app.services.joining import Joining
from proctor_app.services.moves import Moves
from proctor_app.services.versions import Versions
from tests.papers import at, change, set_exam
from tests.world import World, build, recover

MINUTES = 60
_EMPTY: list[bytes] = []
"""A database with its tables, made once."""
_SECONDS = st.sampled_from([1.0, 59.0, 600.0, 1800.0, 3540.0, 3600.0])
_Refused = (Conflict, NotAllowed)


class _Sitter(RuleBasedStateMachine):
    """One candidate of one exam, with a proctor beside them."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.world = _world(Path(self._folder.name))
        world = self.world
        versions = Versions(world.database)
        moves = Moves(versions, world.clock, b"key")
        audit = world.services.audit
        self.attempts = Attempts(world.database, moves, audit, world.clock, MINUTES)
        self.joining = Joining(world.database, versions, moves, audit, world.clock)
        self.answers = Answers(world.database, versions, moves, world.clock)
        self.ana, self.boss = world.person(), world.person(Role.PROCTOR)
        self.exam = set_exam(
            world, attempts_allowed=0, opens_at=at(world, seconds=30), closes_at=at(world, hours=6)
        )
        self.attempt_id = ""
        self.seen: dict[str, tables.Attempt] = {}
        self.seen_at = world.clock()
        self.saves = itertools.count(1)

    def teardown(self) -> None:
        self.world.database.close()
        self._folder.cleanup()

    @initialize(is_begun=st.booleans())
    def come(self, is_begun: bool) -> None:
        """Left to chance alone it would seldom come as far as a running attempt."""
        self.join()
        if is_begun:
            self.world.clock.advance(30)
            self.start()

    # --- what can happen ---

    @rule(step=st.sampled_from(["join", "accept", "begin", "start"]))
    def go_in(self, step: str) -> None:
        match step:
            case "join":
                self.join()
            case "accept":
                self._try(lambda one: self.joining.accept(self.ana.actor, one))
            case "begin":
                self._try(lambda one: self.attempts.begin(self.ana.actor, one))
            case "start":
                self.join()
                self.start()

    @rule(by=st.sampled_from(["staff", "installation"]))
    def pause(self, by: str) -> None:
        actor = self.boss.actor if by == "staff" else None
        self._try(lambda one: self.attempts.pause(one, by, "Why.", actor))  # type: ignore[arg-type]

    @rule()
    def go_on(self) -> None:
        self._try(lambda one: self.attempts.go_on(one, "Why.", self.boss.actor))

    @rule(arrives=st.booleans())
    def stream(self, arrives: bool) -> None:
        if arrives:
            self._try(lambda one: self.attempts.resume(one, "Frames arrive again."))
        else:
            self._try(lambda one: self.attempts.interrupt(one, "Silence."))

    @rule(to=st.sampled_from(["submit", "terminate", "time out"]))
    def end(self, to: str) -> None:
        match to:
            case "submit":
                self._try(lambda one: self.attempts.submit(self.ana.actor, one))
            case "terminate":
                self._try(lambda one: self.attempts.end(one, AttemptStatus.TERMINATED, "Why."))
            case "time out":
                self._try(self.attempts.time_out)

    @rule(restarts=st.booleans())
    def tick(self, restarts: bool) -> None:
        if restarts:
            recover(self.world)
        self.attempts.expire_overdue()

    @precondition(lambda self: self.attempt_id)
    @rule(kept=st.booleans(), after_s=st.sampled_from([0.0, 60.0, 3570.0, 3630.0]))
    def save(self, kept: bool, after_s: float) -> None:
        self.world.clock.advance(after_s)
        number = next(self.saves)
        before = self._row()
        wanted = Save(
            self.ana.actor, self.attempt_id, "q-essay", f"answer {number}", seq=number, kept=kept
        )
        (outcome,) = self.answers.save([wanted])
        is_saved = isinstance(outcome.saved, Saved)
        now = self.world.clock()
        if is_saved:
            status = AttemptStatus(self._row().status)
            assert status in (AttemptStatus.RUNNING, AttemptStatus.INTERRUPTED) or kept
            ends_at = _ends_at(before)
            assert ends_at is not None
            grace = timedelta(seconds=60 if kept else 0)
            assert now < ends_at or (kept and now <= ends_at + grace), "saved after the end"

    @rule(seconds=_SECONDS)
    def wait(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    @rule(hours=st.sampled_from([-1, 1]))
    def close_otherwise(self, hours: int) -> None:
        """The exam's window is changed; what has begun keeps its own end."""
        change(self.world, self.exam, closes_at=at(self.world, hours=6 + hours))

    def join(self) -> None:
        with suppress(*_Refused):
            joined = self.joining.join(self.ana.actor, self.ana.id, self.exam.code)
            self.attempt_id = joined.id

    def start(self) -> None:
        with suppress(*_Refused):
            self.attempt_id = self.attempts.start(self.ana.actor, self.ana.id).id

    # --- what must hold ---

    @invariant()
    def all_went_well(self) -> None:
        """In this order: the last one notes what is seen now."""
        self.moves_are_legal_and_the_start_is_one()
        self.the_end_is_final_and_tells_when()
        self.one_attempt_is_open()
        self.the_time_left_never_grows()

    def moves_are_legal_and_the_start_is_one(self) -> None:
        for row in self.world.rows(tables.Attempt):
            before = self.seen.get(row.id)
            if before is None:
                continue
            assert _reachable(AttemptStatus(before.status), AttemptStatus(row.status))
            if before.started_at is not None:
                assert row.started_at == before.started_at
                assert (row.seed, row.version_id) == (before.seed, before.version_id)

    def the_end_is_final_and_tells_when(self) -> None:
        for row in self.world.rows(tables.Attempt):
            is_open = AttemptStatus(row.status) in OPEN
            assert (row.ended_at is None) == is_open
            assert (row.open_for is None) == (not is_open)
            assert (row.paused_at is not None) == (row.status == AttemptStatus.PAUSED)
            if not is_open and row.started_at and row.exam_id:
                assert row.receipt

    def one_attempt_is_open(self) -> None:
        rows = self.world.rows(tables.Attempt)
        assert sum(AttemptStatus(row.status) in OPEN for row in rows) <= 1

    def the_time_left_never_grows(self) -> None:
        now = self.world.clock()
        passed_s = (now - self.seen_at).total_seconds()
        for row in self.world.rows(tables.Attempt):
            before = self.seen.get(row.id)
            left_s = _left_s(row, now)
            if before is None or before.started_at is None or left_s is None:
                continue
            earlier_s = _left_s(before, self.seen_at)
            assert earlier_s is not None
            assert left_s <= earlier_s + 1e-6
            if AttemptStatus(row.status) in OPEN and before.status != AttemptStatus.PAUSED:
                assert left_s >= earlier_s - passed_s - 1e-6
        self.seen = {row.id: row for row in self.world.rows(tables.Attempt)}
        self.seen_at = now

    def _try(self, what: Callable[[str], object]) -> None:
        if self.attempt_id:
            with suppress(*_Refused):
                what(self.attempt_id)

    def _row(self) -> tables.Attempt:
        rows = self.world.rows(tables.Attempt)
        return next(row for row in rows if row.id == self.attempt_id)


def _ends_at(row: tables.Attempt) -> datetime | None:
    """Worked out anew here, from the columns alone."""
    if row.started_at is None:
        return None
    ends_at = row.started_at + timedelta(minutes=row.duration_minutes)
    return min(ends_at, row.ends_by or ends_at) + timedelta(seconds=row.paused_s)


def _left_s(row: tables.Attempt, now: datetime) -> float | None:
    ends_at = _ends_at(row)
    if ends_at is None:
        return None
    return (ends_at - (row.paused_at or now)).total_seconds()


def _reachable(before: AttemptStatus, after: AttemptStatus) -> bool:
    """Whether some legal moves lead there; a step of the machine may make two or three."""
    found, ahead = {before}, [before]
    while ahead:
        for status in TRANSITIONS[ahead.pop()] - found:
            found.add(status)
            ahead.append(status)
    return after in found


def _world(folder: Path) -> World:
    world = build(folder, f"sqlite:///{folder / 'proctor.db'}")
    if _EMPTY:
        (folder / "proctor.db").write_bytes(_EMPTY[0])
        return world
    upgrade(world.database.engine)
    with world.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    _EMPTY.append((folder / "proctor.db").read_bytes())
    return world


_Sitter.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.usefixtures("cheap_passwords")
class TestAnAttempt(_Sitter.TestCase):  # type: ignore[misc, valid-type]
    """Runs the machine."""
