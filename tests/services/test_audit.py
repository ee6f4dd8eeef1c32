"""The audit log: entries without gaps whoever writes, and no change that is not found."""

import ast
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

import proctor_app
from proctor_app.db.tables import AuditEntry, AuditHead, User
from proctor_app.domain.access import Role
from proctor_app.errors import Invalid, NotAllowed
from proctor_app.services.audit import START, Verified, digest
from proctor_app.services.audit_log import PAGE, LogQuery
from tests.fakes import jpeg
from tests.world import World

pytestmark = pytest.mark.every_database

THREADS = 20


def _note(world: World, subject: str, **detail: str | int) -> None:
    with world.database.write() as session:
        world.services.audit.note(session, None, "test.done", "user", subject, **detail)


def _noted(world: World, count: int) -> None:
    for number in range(1, count + 1):
        _note(world, f"subject {number}", number=number)


def _run(world: World, statement: str) -> None:
    with world.database.write() as session:
        session.connection().execute(text(statement))


def _set(table: str, change: str) -> str:
    return f"UPDATE {table} SET {change}"  # noqa: S608 - our own words


def _verify(world: World) -> tuple[int, str]:
    found = world.services.audit.verify()
    return found.entries, found.problem


# --- writing ---


def test_given_an_entry_then_it_says_who_did_what_to_whom_and_when(world: World) -> None:
    admin = world.person(Role.ADMIN)
    before = world.count(AuditEntry)

    with world.database.write() as session:
        world.services.audit.note(
            session, admin.actor, "user.disabled", "user", "somebody", why="left", n=1
        )

    entry = world.rows(AuditEntry)[before]
    assert (entry.number, entry.at) == (before + 1, world.clock.now)
    assert (entry.actor_id, entry.actor_role) == (admin.id, "admin")
    assert (entry.action, entry.subject_type) == ("user.disabled", "user")
    assert (entry.subject_id, json.loads(entry.detail)) == ("somebody", {"n": 1, "why": "left"})
    assert entry.digest == digest(entry)


def test_given_a_transaction_that_fails_then_neither_its_change_nor_its_entry_is_there(
    world: World,
) -> None:
    _noted(world, 1)

    def half_way(session: Session) -> None:
        world.services.audit.note(session, None, "test.done", "user", "somebody")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), world.database.write() as session:
        half_way(session)

    assert world.count(AuditEntry) == 1
    assert _verify(world) == (1, "")


def test_given_several_entries_in_one_transaction_then_they_follow_one_another(
    world: World,
) -> None:
    with world.database.write() as session:
        for subject in ("one", "two", "three"):
            world.services.audit.note(session, None, "test.done", "user", subject)

    assert [entry.subject_id for entry in world.rows(AuditEntry)] == ["one", "two", "three"]
    assert _verify(world) == (3, "")


def test_given_twenty_writers_at_once_into_an_empty_log_then_all_entries_follow_without_a_gap(
    world: World,
) -> None:
    assert world.count(AuditHead) == 0

    def five(writer: int) -> None:
        for number in range(5):
            _note(world, f"{writer}-{number}")

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(five, range(THREADS)))

    entries = world.rows(AuditEntry)
    assert [entry.number for entry in entries] == list(range(1, 5 * THREADS + 1))
    assert len({entry.subject_id for entry in entries}) == 5 * THREADS
    assert _verify(world) == (5 * THREADS, "")


def test_given_writers_that_change_rows_first_then_none_waits_for_another_in_a_circle(
    world: World,
) -> None:
    people = [world.person() for _ in range(4)]

    def touch(number: int) -> None:
        for person in (people[number % 4], people[(number + 1) % 4]):
            with world.database.write() as session:
                session.get_one(User, person.id, with_for_update=True).name = f"N {number}"
                world.services.audit.note(session, None, "test.done", "user", person.id)

    before = world.count(AuditEntry)
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(touch, range(THREADS)))

    assert _verify(world) == (before + 2 * THREADS, "")


def test_given_the_log_grows_while_it_is_checked_then_it_is_still_whole(world: World) -> None:
    _noted(world, 1)
    with ThreadPoolExecutor(2) as threads:
        writing = threads.submit(lambda: _noted(world, 60))
        seen = []
        while not writing.done():
            seen.append(_verify(world))
        writing.result()

    assert {problem for _, problem in seen} <= {""}
    assert _verify(world) == (61, "")


# --- tampering ---


def _reseal(world: World, first: int) -> None:
    """As somebody does who knows how digests are made: every entry fits the one before."""
    with world.database.write() as session:
        last = session.get_one(AuditEntry, first - 1).digest if first > 1 else START
        query = select(AuditEntry).where(col(AuditEntry.number) >= first)
        for entry in session.exec(query.order_by(col(AuditEntry.number))):
            entry.previous = last
            entry.digest = last = digest(entry)


def _changed_and_resealed(world: World) -> None:
    _run(world, "UPDATE audit_log SET subject_id = 'nobody' WHERE number = 2")
    _reseal(world, 2)


def _inserted(world: World) -> None:
    """One between the second and the third, those after it moved on."""
    for number in (5, 4, 3):
        _run(world, f"UPDATE audit_log SET number = {number + 1} WHERE number = {number}")  # noqa: S608
    _copied_to(world, 3)


def _copied_to(world: World, number: int) -> None:
    with world.database.write() as session:
        fields = session.get_one(AuditEntry, 2).model_dump() | {"number": number}
        session.add(AuditEntry(**fields))


def _appended(world: World) -> None:
    """One more at the end that fits the one before, as the head does not know."""
    _copied_to(world, 6)
    _reseal(world, 6)


@pytest.mark.parametrize(
    ("tamper", "entries", "problem"),
    [
        pytest.param(_set("audit_log", change) + " WHERE number = 3", 2, "entry 3 was changed")
        for change in (
            "actor_id = 'another'",
            "actor_role = 'admin'",
            "action = 'user.enabled'",
            "subject_type = 'attempt'",
            "subject_id = 'another'",
            "detail = '{}'",
            "at = '2026-03-02 09:00:00.000001'",
            f"previous = '{START}'",
            f"digest = '{START}'",
        )
    ]
    + [
        pytest.param("DELETE FROM audit_log WHERE number = 1", 0, "entry 1 is missing"),
        pytest.param("DELETE FROM audit_log WHERE number = 3", 2, "entry 3 is missing"),
        pytest.param(
            "DELETE FROM audit_log WHERE number >= 4", 3, "the log ends at entry 3, not at 5"
        ),
        pytest.param("DELETE FROM audit_log", 0, "the log ends at entry 0, not at 5"),
        pytest.param("UPDATE audit_head SET number = 6", 5, "the log ends at entry 5, not at 6"),
        pytest.param(
            _set("audit_head", f"digest = '{START}'"),
            5,
            "the log ends at entry 5, but not with this one",
        ),
        pytest.param("DELETE FROM audit_head", 5, "the log ends at entry 5, not at 0"),
    ],
)
def test_given_a_change_by_hand_then_the_first_wrong_entry_is_named(
    world: World, tamper: str, entries: int, problem: str
) -> None:
    _noted(world, 5)
    assert _verify(world) == (5, "")

    _run(world, tamper)

    assert _verify(world) == (entries, problem)


@pytest.mark.parametrize(
    ("tamper", "entries", "problem"),
    [
        (_inserted, 2, "entry 3 was changed"),
        (_appended, 6, "the log ends at entry 6, not at 5"),
        (_changed_and_resealed, 5, "the log ends at entry 5, but not with this one"),
    ],
)
def test_given_a_forgery_that_fits_in_part_then_it_is_found(
    world: World, tamper: Callable[[World], None], entries: int, problem: str
) -> None:
    _noted(world, 5)

    tamper(world)

    assert _verify(world) == (entries, problem)


def test_given_a_time_that_is_none_any_more_then_the_entry_is_named(world: World) -> None:
    if not world.database.is_sqlite:
        pytest.skip("other databases hold nothing but times in a column of times")
    _noted(world, 5)

    _run(world, "UPDATE audit_log SET at = 'yesterday' WHERE number = 3")

    assert _verify(world) == (2, "entry 3 can't be read")


def test_given_the_whole_log_is_replaced_then_number_and_digest_kept_elsewhere_tell(
    world: World,
) -> None:
    _noted(world, 5)
    kept = world.services.audit.verify()

    _run(world, "DELETE FROM audit_log")
    _run(world, "DELETE FROM audit_head")
    world.clock.advance(1)
    _noted(world, 5)

    found = world.services.audit.verify()
    assert (found.problem, found.entries) == ("", kept.entries)
    assert found.digest != kept.digest


def test_given_an_empty_log_then_it_is_whole(world: World) -> None:
    assert world.services.audit.verify() == Verified(0)


def _named_calls(tree: ast.AST) -> Iterator[tuple[str, set[str]]]:
    """Every call in the code: what is called, and the names among its arguments."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            yield called, {getattr(argument, "id", "") for argument in node.args}


def test_no_code_of_ours_changes_or_removes_an_entry() -> None:
    package = Path(proctor_app.__file__).parent
    changing = {"delete", "update", "merge", "text", "exec_driver_sql"}
    log = {"AuditEntry", "AuditHead"}
    calls = {
        path.relative_to(package).as_posix(): list(_named_calls(ast.parse(path.read_text())))
        for path in package.rglob("*.py")
        if any(table in path.read_text() for table in log)
    }

    assert "db/repositories/audit.py" in calls
    for called, _ in calls["db/repositories/audit.py"]:
        assert called not in changing
    for name, found in calls.items():
        assert not [1 for called, named in found if called in changing and named & log], name


# --- what must stand in it ---


def _actions(world: World, subject_id: str) -> list[tuple[str, str]]:
    return [
        (entry.action, entry.actor_id)
        for entry in world.rows(AuditEntry)
        if entry.subject_id == subject_id
    ]


async def test_given_an_attempt_then_consent_start_and_stop_are_in_the_log(
    monitored: World,
) -> None:
    ana = monitored.person()
    sessions = monitored.services.sessions

    attempt = (await sessions.start(ana.actor, ana.id)).attempt
    await sessions.start(ana.actor, ana.id)  # the same one again
    await sessions.stop(ana.actor, ana.id)

    assert _actions(monitored, attempt.id) == [
        ("consent.recorded", ana.id),
        ("attempt.started", ana.id),
        ("attempt.ended", ana.id),
    ]


async def test_given_staff_start_and_stop_an_attempt_then_the_log_names_them(
    monitored: World,
) -> None:
    ana, proctor = monitored.person(), monitored.person(Role.PROCTOR)
    sessions = monitored.services.sessions

    attempt = (await sessions.start(proctor.actor, ana.id)).attempt
    await sessions.stop(proctor.actor, ana.id)

    assert [who for _, who in _actions(monitored, attempt.id)] == [proctor.id] * 3


async def test_given_evidence_is_looked_at_then_every_look_is_in_the_log_once(
    monitored: World,
) -> None:
    ana = monitored.person()
    attempt = (await monitored.services.sessions.start(ana.actor, ana.id)).attempt
    monitored.engine.faces = 0
    for number in range(4):
        monitored.clock.advance(1.0)
        await monitored.services.monitoring.ingest(ana.actor, attempt.id, jpeg(number))
    (incident,) = await monitored.services.sessions.incidents(ana.actor, attempt.id)
    one, two = monitored.person(Role.PROCTOR), monitored.person(Role.PROCTOR)

    with pytest.raises(NotAllowed):
        await monitored.services.sessions.evidence(ana.actor, incident.id, 0)
    for who, wait_s in ((one, 0), (one, 30), (two, 0), (one, 3600)):
        monitored.clock.advance(wait_s)
        await monitored.services.sessions.evidence(who.actor, incident.id, 0)

    looks = [("evidence.read", one.id), ("evidence.read", two.id), ("evidence.read", one.id)]
    assert _actions(monitored, str(incident.id)) == looks


# --- reading ---


def test_given_many_entries_then_pages_show_each_once_the_newest_first(world: World) -> None:
    admin = world.person(Role.ADMIN)
    for number in range(PAGE * 2):
        _note(world, f"subject {number}")
    last = world.count(AuditEntry)
    read = world.services.audit_log.page

    first = read(admin.actor, LogQuery())
    second = read(admin.actor, LogQuery(older_than=first.items[-1].number))
    third = read(admin.actor, LogQuery(older_than=second.items[-1].number))
    again = read(admin.actor, LogQuery(newer_than=second.items[0].number))

    numbers = [item.number for page in (first, second, third) for item in page.items]
    assert numbers == list(range(last, 0, -1))
    assert (first.has_newer, first.has_older) == (False, True)
    assert (second.has_newer, second.has_older) == (True, True)
    assert (third.has_newer, third.has_older) == (True, False)
    assert again == first


def test_given_filters_then_only_such_entries_are_shown(world: World) -> None:
    admin, ana = world.person(Role.ADMIN, "Boss"), world.person(name="Ana")
    world.services.people.change(admin.actor, ana.id, disabled=True)
    world.services.people.change(admin.actor, ana.id, disabled=False)
    read = world.services.audit_log.page

    by_admin = read(admin.actor, LogQuery(person=admin.id))
    upon_ana = read(admin.actor, LogQuery(person=ana.id, action="user.dis"))

    assert [item.action for item in by_admin.items] == [
        "user.enabled",
        "user.disabled",
        "user.login",
        "user.created",
    ]
    (entry,) = upon_ana.items
    assert (entry.actor, entry.subject, entry.action) == ("Boss", "Ana", "user.disabled")
    assert read(admin.actor, LogQuery(action="user_")).items == ()


def test_given_an_erased_person_then_entries_say_so_and_no_name(world: World) -> None:
    admin, ana = world.person(Role.ADMIN), world.person(name="Ana")
    world.services.erasure.erase(admin.actor, ana.id)

    found = world.services.audit_log.page(admin.actor, LogQuery(person=ana.id))

    assert {item.subject for item in found.items} == {"erased"}
    assert "Ana" not in str(found)


def test_given_no_admin_then_the_log_is_closed(world: World) -> None:
    for role in (Role.STUDENT, Role.PROCTOR):
        with pytest.raises(NotAllowed):
            world.services.audit_log.page(world.person(role).actor, LogQuery())


def test_given_a_filter_without_end_then_it_is_refused(world: World) -> None:
    with pytest.raises(Invalid):
        world.services.audit_log.page(world.person(Role.ADMIN).actor, LogQuery(person="x" * 61))


def test_noting_once_within_a_span_needs_the_same_person_and_subject(world: World) -> None:
    one, two = world.person(Role.PROCTOR), world.person(Role.PROCTOR)
    span = timedelta(minutes=10)
    for who, subject in ((one, "a"), (one, "a"), (one, "b"), (two, "a")):
        world.services.audit.note_once(who.actor, "evidence.read", "incident", subject, span)

    seen = [e.subject_id for e in world.rows(AuditEntry) if e.action == "evidence.read"]
    assert seen == ["a", "b", "a"]
