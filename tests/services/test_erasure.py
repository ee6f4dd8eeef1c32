"""Erasure: nothing of the person is left anywhere, whatever happens on the way."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, select

from proctor_app.db import tables
from proctor_app.db.partner_tables import (
    LtiChoice,
    LtiGrade,
    LtiLink,
    LtiPlatform,
    LtiUser,
)
from proctor_app.db.tables import AuditEntry, User
from proctor_app.domain.access import Role
from proctor_app.domain.incident import EventType, Phase, Severity, Transition
from proctor_app.errors import Conflict, NotAllowed, NotAuthenticated, NotFound
from proctor_app.services.erasure import ERASED_NAME, ErasureUnfinished
from proctor_app.services.evidence import NotKept, Picture
from proctor_app.services.logins import Origin
from proctor_app.services.people import PeopleQuery
from proctor_app.services.picture_store import FolderStore
from tests.authoring import published
from tests.fakes import face, jpeg
from tests.world import PASSWORD, Person, World, eventually

MARK = "a-trace-of-ana"
STAYS = {"users.email", "users.name"}
"""Personal columns that may not be empty: they say nothing afterwards."""
PERSONAL = [
    column
    for table in SQLModel.metadata.sorted_tables
    for column in table.columns
    if column.info.get("personal")
]


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN, "Boss")


@pytest.fixture
async def ana(monitored: World) -> Person:
    """Somebody who has left traces in every table, with three pictures in the store."""
    ana = monitored.person(name=f"Ana {MARK}")
    origin = Origin("203.0.113.7", MARK)
    monitored.services.logins.log_in(ana.email, PASSWORD, origin)
    attempt = (await monitored.services.sessions.start(ana.actor, ana.id)).attempt
    monitored.engine.faces = 0
    for number in range(4):
        monitored.clock.advance(1.0)
        await monitored.services.monitoring.ingest(ana.actor, attempt.id, jpeg(number))
    monitored.engine.faces = 2
    for number in range(4):
        monitored.clock.advance(1.0)
        await monitored.services.monitoring.ingest(ana.actor, attempt.id, jpeg(10 + number))
    await monitored.services.sessions.stop(ana.actor, ana.id)
    _leave_traces(monitored, ana, attempt.id)
    return ana


def _leave_traces(world: World, ana: Person, attempt_id: str) -> None:
    now = world.clock.now
    with world.database.write() as session:
        user = session.get_one(User, ana.id)
        user.face_template, user.face_model = MARK.encode(), "m 1"
        user.face_photo_key = _store(world).put(ana.id, jpeg(99))
        user.totp_secret, user.totp_enabled_at, user.totp_last_step = MARK.encode(), now, 7
        attempt = session.get_one(tables.Attempt, attempt_id)
        attempt.status_reason, attempt.neutral = MARK, MARK
        session.add(
            tables.Answer(
                attempt_id=attempt_id, question_id="q", value=f'"{MARK}"', saved_at=now,
                comment=MARK,
            )
        )  # fmt: skip
        session.add(
            tables.BrowserEvent(
                attempt_id=attempt_id, source="page", kind="blur", text=MARK, detail=MARK,
                received_at=now,
            )
        )  # fmt: skip
        session.add(tables.Message(attempt_id=attempt_id, author_id=ana.id, text=MARK, sent_at=now))
        _put_on_rosters(session, ana)
        for event in session.exec(select(tables.AttemptEvent)):
            event.detail = MARK
        for incident in session.exec(select(tables.Incident)):
            incident.detail = incident.reason = MARK
        session.add(
            tables.Review(
                attempt_id=attempt_id, reviewer_id="p", kind="attempt", verdict="passed",
                reason=MARK, at=now,
            )
        )  # fmt: skip
        session.add(tables.Appeal(attempt_id=attempt_id, text=MARK, made_at=now, answer=MARK))
        session.add(tables.SignalTrace(attempt_id=attempt_id, slot=1, data=MARK.encode()))
        session.add(
            tables.PasswordReset(digest="0" * 64, user_id=ana.id, created_at=now, expires_at=now)
        )
        _come_from_a_platform(session, ana, now)
        session.add(
            tables.FaceChallenge(
                id="c", user_id=ana.id, action="blink", created_at=now, expires_at=now
            )
        )


def _come_from_a_platform(session: Session, ana: Person, now: datetime) -> None:
    platform = LtiPlatform(
        id="campus", name="Campus", issuer="i", client_id="c", auth_url="", token_url="",
        keys_url="", created_at=now,
    )  # fmt: skip
    exam = tables.Exam(
        id="course", code="C", title="C", status="published", created_at=now, updated_at=now
    )
    session.add_all([platform, exam])
    session.flush()
    link = LtiLink(
        id="link", platform_id="campus", deployment="1", resource_link="1", exam_id="course",
        created_at=now,
    )  # fmt: skip
    session.add(link)
    session.flush()
    session.add(LtiUser(platform_id="campus", subject=MARK, user_id=ana.id, created_at=now))
    session.add(LtiGrade(link_id="link", user_id=ana.id, updated_at=now))
    session.add(
        LtiChoice(
            digest="1" * 64, platform_id="campus", user_id=ana.id, deployment="1", return_url="",
            created_at=now, expires_at=now,
        )
    )  # fmt: skip


def _put_on_rosters(session: Session, ana: Person) -> None:
    """Once with the account, and once as somebody whose account nobody has looked for yet."""
    now = datetime(2026, 3, 2, tzinfo=UTC)
    for number, user_id in enumerate((ana.id, None)):
        exam_id = f"exam-{number}"
        session.add(
            tables.Exam(
                id=exam_id, code=f"E{number}", title="E", status="draft",
                created_at=now, updated_at=now,
            )
        )  # fmt: skip
        session.flush()
        session.add(
            tables.RosterEntry(
                exam_id=exam_id, user_id=user_id, email=ana.email,
                detectors_off=MARK, preset="lenient", added_at=now,
            )
        )  # fmt: skip


def _store(world: World) -> FolderStore:
    store = world.services.people._pictures
    assert isinstance(store, FolderStore)
    return store


def _pictures(world: World) -> list[Path]:
    return [path for path in (world.settings.data_dir / "pictures").rglob("*") if path.is_file()]


def _named(world: World) -> set[str]:
    """The keys of all pictures that some row names."""
    keys = {row.key for row in world.rows(tables.Evidence)}
    return (keys | {row.face_photo_key for row in world.rows(User)}) - {""}


def _cells(world: World) -> Iterator[tuple[str, Any]]:
    """Everything the database holds."""
    with world.database.read() as session:
        for table in SQLModel.metadata.sorted_tables:
            for row in session.connection().execute(table.select()):
                for column, value in row._mapping.items():
                    yield f"{table.name}.{column}", value


def _row(world: World, person: Person) -> User:
    return next(row for row in world.rows(User) if row.id == person.id)


def _personal_of(world: World, admin: Person) -> dict[str, set[object]]:
    """The values of every personal column, those of the admin's own rows left out."""
    found: dict[str, set[object]] = {str(column): set() for column in PERSONAL}
    with world.database.read() as session:
        for column in PERSONAL:
            table = column.table
            query = table.select()
            if owner := {"users": "id", "logins": "user_id"}.get(table.name):
                query = query.where(table.c[owner] != admin.id)
            for row in session.connection().execute(query):
                found[str(column)].add(row._mapping[column.name])
    return found


def test_before_erasure_every_personal_column_tells_of_the_person(
    monitored: World, admin: Person, ana: Person
) -> None:
    """Otherwise the test below could not fail: a new column must be filled above."""
    for column, values in _personal_of(monitored, admin).items():
        assert values - {"", None}, f"{column} holds nothing before"
    assert len(_pictures(monitored)) == len(_named(monitored)) == 6


def test_given_an_erasure_then_no_personal_column_and_no_picture_tells_of_the_person(
    monitored: World, admin: Person, ana: Person
) -> None:
    view = monitored.services.erasure.erase(admin.actor, ana.id)

    left = _personal_of(monitored, admin)
    for column in left.keys() - STAYS:
        assert left[column] <= {"", None}, column
    assert left["users.name"] == {ERASED_NAME}
    assert left["users.email"] == {f"erased-{ana.id}@invalid.example"}
    assert (_pictures(monitored), _named(monitored)) == ([], set())
    for column, value in _cells(monitored):
        assert MARK not in str(value), column
        assert ana.email not in str(value), column
    assert (view.state, view.name) == ("erased", ERASED_NAME)


def test_given_an_erasure_then_ids_counts_and_the_log_stay(
    monitored: World, admin: Person, ana: Person
) -> None:
    tables_that_stay = (User, tables.Attempt, tables.AttemptEvent, tables.Incident, tables.Evidence)
    before = [monitored.count(table) for table in tables_that_stay]
    digests = [row.sha256 for row in monitored.rows(tables.Evidence)]
    log = monitored.count(AuditEntry)

    monitored.services.erasure.erase(admin.actor, ana.id)

    assert [monitored.count(table) for table in tables_that_stay] == before
    assert [row.sha256 for row in monitored.rows(tables.Evidence)] == digests
    new = monitored.rows(AuditEntry)[log:]
    assert [entry.action for entry in new] == ["user.erasure_begun", "user.erased"]
    assert {(entry.actor_id, entry.subject_id) for entry in new} == {(admin.id, ana.id)}
    assert monitored.services.audit.verify().problem == ""
    row = _row(monitored, ana)
    assert row.erasure_requested_at == row.erased_at == monitored.clock.now


async def test_given_an_erasure_then_incidents_are_shown_without_pictures(
    monitored: World, admin: Person, ana: Person
) -> None:
    (attempt,) = monitored.rows(tables.Attempt)
    before = await monitored.services.sessions.incidents(admin.actor, attempt.id)
    assert [view.evidence_count for view in before] == [2, 3]

    monitored.services.erasure.erase(admin.actor, ana.id)

    after = await monitored.services.sessions.incidents(admin.actor, attempt.id)
    assert [view.event_type for view in after] == [view.event_type for view in before]
    assert [view.evidence_count for view in after] == [0, 0]
    for view in after:
        assert view.event
        with pytest.raises(NotFound):
            await monitored.services.sessions.evidence(admin.actor, view.id, 0)


@pytest.mark.parametrize("password", [PASSWORD, "nobody's password", ""])
def test_given_an_erasure_then_nobody_gets_in_any_more(
    world: World, admin: Person, password: str
) -> None:
    ana = world.person()
    world.services.erasure.erase(admin.actor, ana.id)

    with pytest.raises(NotAuthenticated):
        world.services.logins.authenticate(ana.token)
    for email in (ana.email, _row(world, ana).email, ERASED_NAME):
        with pytest.raises(NotAuthenticated):
            world.services.logins.log_in(email, password, Origin("127.0.0.1"))
    world.services.accounts.create(ana.email, PASSWORD, Role.STUDENT)  # a new person altogether


def test_given_a_proctor_is_erased_then_the_exams_they_watched_are_not_locked_to_others(
    world: World, admin: Person
) -> None:
    gone, ben, cleo = (world.person(Role.PROCTOR) for _ in range(3))
    alone, both = published(world, admin), published(world, admin)
    exams = world.services.exams
    exams.set_proctors(admin.actor, alone.id, [gone.id])
    exams.set_proctors(admin.actor, both.id, [gone.id, ben.id])
    with pytest.raises(NotAllowed):
        exams.one(cleo.actor, alone.id)

    world.services.erasure.erase(admin.actor, gone.id)

    assert [(row.exam_id, row.user_id) for row in world.rows(tables.ExamProctor)] == [
        (both.id, ben.id)
    ]
    assert exams.one(cleo.actor, alone.id).proctors == ()
    with pytest.raises(NotAllowed):
        exams.one(cleo.actor, both.id)


def test_given_it_is_asked_for_again_then_nothing_happens(
    monitored: World, admin: Person, ana: Person
) -> None:
    first = monitored.services.erasure.erase(admin.actor, ana.id)
    log, row = monitored.count(AuditEntry), _row(monitored, ana)
    monitored.clock.advance(60)

    assert monitored.services.erasure.erase(admin.actor, ana.id) == first
    assert (monitored.count(AuditEntry), _row(monitored, ana)) == (log, row)


@pytest.mark.parametrize("failing_at", [1, 3, 6])
def test_given_a_picture_that_cannot_be_removed_then_the_erasure_goes_on_where_it_was(
    monitored: World,
    admin: Person,
    ana: Person,
    failing_at: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls, kept = 0, len(_pictures(monitored))
    real = FolderStore.delete

    def delete(store: FolderStore, key: str) -> None:
        nonlocal calls
        calls += 1
        if calls == failing_at:
            raise PermissionError
        real(store, key)

    monkeypatch.setattr(FolderStore, "delete", delete)
    with pytest.raises(ErasureUnfinished):
        monitored.services.erasure.erase(admin.actor, ana.id)

    folder = monitored.settings.data_dir / "pictures"
    row = _row(monitored, ana)
    assert (row.face_template, row.totp_secret, row.erased_at) == (None, None, None)
    assert row.erasure_requested_at is not None
    assert {str(path.relative_to(folder)) for path in _pictures(monitored)} <= _named(monitored)
    assert len(_pictures(monitored)) == kept + 1 - failing_at
    found = monitored.services.people.page(admin.actor, PeopleQuery(state="erasure_requested"))
    assert [item.id for item in found.items] == [ana.id]
    with pytest.raises(NotAuthenticated):
        monitored.services.logins.authenticate(ana.token)

    monitored.services.erasure.erase(admin.actor, ana.id)

    assert (_pictures(monitored), _named(monitored)) == ([], set())
    assert _row(monitored, ana).erased_at is not None
    actions = [e.action for e in monitored.rows(AuditEntry) if e.subject_id == ana.id]
    assert actions[-2:] == ["user.erasure_begun", "user.erased"]
    assert actions.count("user.erasure_begun") == 1


def test_given_the_process_dies_between_file_and_row_then_the_erasure_is_finished_later(
    monitored: World, admin: Person, ana: Person
) -> None:
    for path in _pictures(monitored):  # the files are gone, the rows still name them
        path.unlink()

    monitored.services.erasure.erase(admin.actor, ana.id)

    assert _named(monitored) == set()
    assert _row(monitored, ana).erased_at is not None


def test_given_a_picture_comes_while_the_others_go_then_the_erasure_is_not_done_yet(
    monitored: World, admin: Person, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(type(monitored.services.erasure), "_remove_pictures", lambda *_: None)
        with pytest.raises(ErasureUnfinished):
            monitored.services.erasure.erase(admin.actor, ana.id)
    row = _row(monitored, ana)
    assert (row.erased_at, row.name) == (None, f"Ana {MARK}")

    assert monitored.services.erasure.erase(admin.actor, ana.id).state == "erased"
    assert (_pictures(monitored), _named(monitored)) == ([], set())


async def test_given_a_running_attempt_then_it_must_be_stopped_first(
    monitored: World, admin: Person
) -> None:
    ana = monitored.person(name="Ana")
    await monitored.services.sessions.start(ana.actor, ana.id)

    with pytest.raises(Conflict) as refused:
        monitored.services.erasure.erase(admin.actor, ana.id)
    assert refused.value.code == "attempt_running"
    row = _row(monitored, ana)
    assert (row.name, row.erasure_requested_at, row.disabled_at) == ("Ana", None, None)
    monitored.services.logins.authenticate(ana.token)

    await monitored.services.sessions.stop(admin.actor, ana.id)
    assert monitored.services.erasure.erase(admin.actor, ana.id).state == "erased"


def test_given_others_then_nothing_of_theirs_is_touched(
    monitored: World, admin: Person, ana: Person
) -> None:
    ben = monitored.person(name="Ben")
    store = _store(monitored)
    with monitored.database.write() as session:
        row = session.get_one(User, ben.id)
        row.face_template, row.face_photo_key = b"ben", store.put(ben.id, jpeg(5))

    monitored.services.erasure.erase(admin.actor, ana.id)

    row = _row(monitored, ben)
    assert (row.name, row.email, row.face_template) == ("Ben", ben.email, b"ben")
    assert store.get(row.face_photo_key) == jpeg(5)
    monitored.services.logins.authenticate(ben.token)


def test_given_an_erasure_was_begun_then_the_account_cannot_be_opened_again(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = world.person()
    with world.database.write() as session:
        session.get_one(User, ana.id).face_photo_key = f"{ana.id}/x"

    def fail(_store: FolderStore, _key: str) -> None:
        raise PermissionError

    monkeypatch.setattr(FolderStore, "delete", fail)
    with pytest.raises(ErasureUnfinished):
        world.services.erasure.erase(admin.actor, ana.id)

    with pytest.raises(Conflict) as refused:
        world.services.people.change(admin.actor, ana.id, disabled=False)
    assert refused.value.code == "erasure_begun"


# --- what comes meanwhile, or afterwards ---


def test_given_a_face_is_enrolled_while_the_pictures_go_then_it_is_refused(
    monitored: World, admin: Person, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def enrol() -> None:
        with pytest.raises(NotFound):
            monitored.services.enrolment._store(ana.actor, face())

    _meanwhile(monkeypatch, enrol)
    monitored.services.erasure.erase(admin.actor, ana.id)

    row = _row(monitored, ana)
    assert (row.face_template, row.face_model) == (None, "")
    assert "user.face_enrolled" not in [entry.action for entry in monitored.rows(AuditEntry)]


def test_given_something_is_written_while_the_pictures_go_then_it_is_gone_in_the_end(
    monitored: World, admin: Person, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write() -> None:
        now = monitored.clock.now
        with monitored.database.write() as session:
            user = session.get_one(User, ana.id)
            user.face_template, user.face_model, user.totp_secret = b"late", "m 1", b"late"
            login = tables.Login(
                id="late", user_id=ana.id, created_at=now, last_used_at=now, expires_at=now
            )
            session.add(login)

    _meanwhile(monkeypatch, write)
    monitored.services.erasure.erase(admin.actor, ana.id)

    row = _row(monitored, ana)
    assert (row.face_template, row.face_model, row.totp_secret) == (None, "", None)
    assert [login.id for login in monitored.rows(tables.Login) if login.user_id == ana.id] == []


def _meanwhile(monkeypatch: pytest.MonkeyPatch, step: Callable[[], None]) -> None:
    """Do this as the first picture is being removed."""
    real, todo = FolderStore.delete, [step]

    def delete(store: FolderStore, key: str) -> None:
        if todo:
            todo.pop()()
        real(store, key)

    monkeypatch.setattr(FolderStore, "delete", delete)


@pytest.mark.parametrize("phase", [Phase.OPENED, Phase.CLOSED])
@pytest.mark.parametrize("until", ["begun", "done"])
def test_given_an_erasure_while_an_incident_is_recorded_then_nothing_of_it_is_kept(
    monitored: World,
    admin: Person,
    ana: Person,
    phase: Phase,
    until: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (attempt,) = monitored.rows(tables.Attempt)
    incidents, erasure = monitored.services.sessions._incidents, monitored.services.erasure
    began_s = monitored.clock().timestamp()
    ends_s = began_s if phase is Phase.CLOSED else None
    change = Transition(phase, EventType.PHONE, Severity.ALERT, began_s, ends_s, 0.9, MARK)
    real = FolderStore.put
    before = monitored.count(tables.Incident)

    def erase() -> None:
        if until == "done":
            erasure.erase(admin.actor, ana.id)
        else:
            erasure._close(admin.actor, ana.id)

    def put(store: FolderStore, owner: str, picture: bytes) -> str:
        key = real(store, owner, picture)
        erase()
        return key

    monkeypatch.setattr(FolderStore, "put", put)
    if phase is Phase.CLOSED:  # it has no picture
        erase()
    with pytest.raises(NotKept):
        incidents.record(
            attempt.id, change, "m 1", Picture(jpeg(50), monitored.clock(), "image/jpeg")
        )

    erasure.erase(admin.actor, ana.id)
    assert monitored.count(tables.Incident) == before
    assert (_pictures(monitored), _named(monitored)) == ([], set())


async def test_given_an_incident_waits_for_a_full_disk_then_an_erasure_lets_go_of_it(
    monitored: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_store: FolderStore, _owner: str, _picture: bytes) -> str:
        raise OSError(28, "No space left on device")

    ana, monitoring = monitored.person(), monitored.services.monitoring
    attempt = (await monitored.services.sessions.start(ana.actor, ana.id)).attempt
    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "put", full)
        monitored.engine.faces = 0
        for number in range(4):
            monitored.clock.advance(1.0)
            await monitoring.ingest(ana.actor, attempt.id, jpeg(number))
        await monitored.services.sessions.stop(ana.actor, ana.id)
        assert len(monitoring._leaving) == 1
        await asyncio.to_thread(monitored.services.erasure.erase, admin.actor, ana.id)

    await eventually(lambda: monitoring._leaving == [])
    assert monitored.rows(tables.Incident) == []
    assert _pictures(monitored) == []
