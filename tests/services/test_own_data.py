"""What is held about somebody: the same to look at, in the archive, and in the schema."""

import io
import json
import tracemalloc
import zipfile
from typing import Any

import pytest
from sqlmodel import SQLModel

from proctor_app.db.repositories.personal import owned_tables, personal_columns
from proctor_app.db.tables import AuditEntry, BrowserEvent, Evidence, Incident, SignalTrace, User
from proctor_app.domain.access import Actor, Role
from proctor_app.domain.incident import EventType, Phase, Severity, Transition
from proctor_app.errors import NotAllowed, NotFound, Throttled
from proctor_app.services.accounts import SignUp
from proctor_app.services.evidence import Picture
from proctor_app.services.export import IN_MEMORY_BYTES, PICTURES, SECRETS
from proctor_app.services.export_told import AFTER_RELEASE, AFTER_REVIEW, NEVER
from proctor_app.services.trace_pages import Page, encode
from proctor_app.vision.signals import Sample
from tests.fakes import EMBEDDING, face, jpeg, png
from tests.papers import ESSAY, NUMERIC, SetExam, begun, change, put_on_roster, set_exam
from tests.world import HOME, PASSWORD, Person, World, build

EMAIL = "ana@example.test"


@pytest.fixture
def keeping(world: World, database_url: str) -> World:
    """The same installation, which keeps sign-up photos."""
    kept = build(world.settings.data_dir, database_url, PROCTOR_KEEP_SIGNUP_PHOTO="true")
    kept.engine.photo = face()
    return kept


async def _signed_up(world: World, photo: bytes = b"") -> Person:
    form = SignUp(EMAIL, PASSWORD, photo or jpeg(1), "Ana")
    await world.services.accounts.sign_up(form, HOME.address)
    found = world.services.logins.log_in(EMAIL, PASSWORD, HOME)
    return Person(world.services.logins.authenticate(found.token), EMAIL, found.token)


async def _with_incidents(world: World, who: Person, pictures: list[bytes]) -> str:
    """An attempt with one incident for each picture."""
    started = await world.services.sessions.start(who.actor, who.id)
    incidents = world.services.sessions._incidents
    for number, picture in enumerate(pictures):
        change = Transition(
            Phase.OPENED,
            EventType.PHONE,
            Severity.ALERT,
            world.clock().timestamp() + number,
            None,
            0.9,
            "cell phone",
        )
        incidents.record(
            started.attempt.id, change, "a model", Picture(picture, world.clock(), "image/jpeg")
        )
    await world.services.sessions.stop(who.actor, who.id)
    return started.attempt.id


def _opened(world: World, actor: Actor) -> tuple[zipfile.ZipFile, dict[str, Any]]:
    archive = zipfile.ZipFile(io.BytesIO(b"".join(world.services.own_data.export(actor).chunks())))
    assert archive.testzip() is None
    return archive, json.loads(archive.read("data.json"))


# --- the archive ---


def test_every_personal_column_is_exported_or_a_secret_that_is_named() -> None:
    """A table or column that is new is found without being named; a secret is named on purpose."""
    columns = {str(column) for column in personal_columns()}
    reached = {str(c) for c in personal_columns() if c.table.name in owned_tables()}

    assert reached == columns
    assert {"users.email", "users.face_template", "evidence.key", "logins.agent"} <= columns
    known = {f"{name}.{c.name}" for name in owned_tables() for c in _table(name).columns}
    assert known >= SECRETS | PICTURES
    assert SECRETS & columns == {"users.password_hash", "users.totp_secret"}


def _table(name: str) -> Any:
    return SQLModel.metadata.tables[name]


async def test_given_a_whole_life_then_the_archive_has_every_column_of_every_own_row(
    keeping: World,
) -> None:
    ana, picture = await _signed_up(keeping), jpeg(7)
    attempt_id = await _with_incidents(keeping, ana, [picture])

    exam = set_exam(keeping)
    put_on_roster(keeping, exam, ana, detectors_off="phone")
    sat_id = await begun(keeping, ana, exam)
    await keeping.services.sitting.save(ana.actor, sat_id, "q-essay", "What I wrote.")
    await keeping.services.sitting.send_message(ana.actor, sat_id, "What I said.")
    with keeping.database.write() as session:
        now = keeping.clock()
        session.add(
            BrowserEvent(attempt_id=attempt_id, source="page", kind="blur", received_at=now)
        )
        page = Page()
        page.see(1, {EventType.PHONE: Sample(0.5)})
        session.add(SignalTrace(attempt_id=attempt_id, slot=5, data=encode(page)))

    archive, data = _opened(keeping, ana.actor)

    for name in (
        "users", "logins", "attempts", "attempt_events", "incidents", "evidence",
        "roster_entries", "answers", "browser_events", "messages", "signal_traces",
    ):  # fmt: skip
        expected = {c.name for c in _table(name).columns if f"{name}.{c.name}" not in SECRETS}
        later = AFTER_RELEASE | AFTER_REVIEW | NEVER
        expected -= {column.split(".")[1] for column in later if column.startswith(f"{name}.")}
        if replaced := {c for c in expected if f"{name}.{c}" in PICTURES}:
            expected = expected - replaced | {"picture"}
        assert data[name], name
        assert all(set(row) == expected for row in data[name]), name
    (user,) = data["users"]
    assert (user["email"], user["name"], user["id"]) == (EMAIL, "Ana", ana.id)
    assert user["face_template"] == [list(EMBEDDING)]
    assert data["incidents"][0]["detail"] == "cell phone"
    assert data["evidence"][0]["picture"] == f"pictures/incident-{data['incidents'][0]['id']}-0.jpg"
    assert {row["id"] for row in data["attempts"]} == {attempt_id, sat_id}
    assert [row["value"] for row in data["answers"]] == ['"What I wrote."']
    (trace,) = data["signal_traces"]
    assert (trace["slot"], trace["data"]["seconds"]) == (5, 300)
    assert trace["data"]["frames"][:3] == [None, 1, None]
    assert trace["data"]["scores"]["phone"][:3] == [None, 0.5, None]
    assert [row["text"] for row in data["messages"]] == ["What I said."]
    assert [row["detectors_off"] for row in data["roster_entries"]] == ["phone"]
    assert archive.read(data["evidence"][0]["picture"]) == picture
    assert archive.read(user["picture"]) == jpeg(1)
    assert "2 in all" in archive.read("README.txt").decode()
    keeping.database.close()


async def _marked(world: World, ana: Person, marker: Person, exam: SetExam) -> str:
    """An attempt that is handed in, one answer marked by rule and one by a person."""
    services, attempt_id = world.services, await begun(world, ana, exam)
    await services.sitting.save(ana.actor, attempt_id, NUMERIC.id, "3.14")
    await services.sitting.save(ana.actor, attempt_id, ESSAY.id, "What I wrote.")
    await services.sitting.submit(ana.actor, attempt_id)
    services.marking.give(marker.actor, attempt_id, ESSAY.id, 3.0, "Well done.")
    return attempt_id


async def test_given_results_are_not_released_then_the_archive_tells_no_marks(
    monitored: World,
) -> None:
    ana, marker = monitored.person(), monitored.person(Role.PROCTOR)
    held_back = set_exam(monitored, results="by_hand")
    shown = set_exam(monitored, results="when_marked")
    hidden_id = await _marked(monitored, ana, marker, held_back)
    shown_id = await _marked(monitored, ana, marker, shown)
    running_id = await begun(monitored, ana, set_exam(monitored, results="when_marked"))
    await monitored.services.sitting.send_message(marker.actor, running_id, "Hello.")

    archive, data = _opened(monitored, ana.actor)

    attempts = {row["id"]: row for row in data["attempts"]}
    answers = {(row["attempt_id"], row["question_id"]): row for row in data["answers"]}
    told = {column.split(".")[1] for column in AFTER_RELEASE}
    for one in (hidden_id, running_id):
        assert not told & set(attempts[one])
    assert attempts[hidden_id]["max_points"] == 10.0
    for question in (NUMERIC, ESSAY):
        row = answers[hidden_id, question.id]
        assert not told & set(row)
        assert row["value"]
    assert attempts[shown_id]["points"] == 5.0
    essay, numeric = answers[shown_id, ESSAY.id], answers[shown_id, NUMERIC.id]
    assert (essay["points"], essay["comment"], essay["marked_by"]) == (3.0, "Well done.", "staff")
    assert (numeric["points"], numeric["marked_by"]) == (2.0, "the installation")
    assert [row["author_id"] for row in data["messages"]] == ["staff"]
    raw = archive.read("data.json").decode()
    assert raw.count("Well done.") == 1
    assert marker.id not in raw
    assert "results are released" in archive.read("README.txt").decode()

    change(monitored, held_back, results_at=monitored.clock())
    _, data = _opened(monitored, ana.actor)
    assert {row["points"] for row in data["attempts"] if row["id"] == hidden_id} == {5.0}


async def test_given_secrets_then_none_of_them_is_in_the_archive(keeping: World) -> None:
    ana = await _signed_up(keeping)
    with keeping.database.write() as session:
        row = session.get_one(User, ana.id)
        row.totp_secret = b"a sealed secret"
        digest = row.password_hash

    archive, data = _opened(keeping, ana.actor)

    raw = archive.read("data.json").decode()
    assert digest not in raw
    assert "a sealed secret" not in raw
    assert not {"password_hash", "totp_secret"} & set(data["users"][0])
    keeping.database.close()


async def test_given_others_then_nothing_of_theirs_is_in_the_archive(world: World) -> None:
    world.engine.photo = face()
    ana, ben = await _signed_up(world), world.person(name="Ben the other")
    await _with_incidents(world, ben, [jpeg(1)])
    admin = world.person(Role.ADMIN)
    with world.database.write() as session:
        world.services.audit.note(session, admin.actor, "user.enabled", "user", ana.id)
        world.services.audit.note(session, ana.actor, "user.looked", "user", ben.id, x=ben.id)

    archive, data = _opened(world, ana.actor)

    raw = archive.read("data.json").decode()
    assert "Ben the other" not in raw
    assert ben.id not in raw
    assert admin.id not in raw
    assert [name for name in archive.namelist() if name.startswith("pictures/")] == []
    by = {(entry["action"], entry["by"]) for entry in data["log"]}
    assert {("user.enabled", "admin"), ("user.created", "the installation")} <= by
    assert ("user.data_exported", "you") in by


async def test_given_a_picture_or_template_that_is_gone_then_the_archive_says_so(
    world: World,
) -> None:
    world.engine.photo = face()
    ana = await _signed_up(world)
    await _with_incidents(world, ana, [jpeg(1), jpeg(2)])
    gone = world.rows(Evidence)[0]
    (world.settings.data_dir / "pictures" / gone.key).unlink()
    with world.database.write() as session:
        session.get_one(User, ana.id).face_template = b"damaged"

    archive, data = _opened(world, ana.actor)

    assert len(data["evidence"]) == 2
    assert data["users"][0]["face_template"] is None
    assert sum(name.startswith("pictures/") for name in archive.namelist()) == 1
    assert (
        "2 pictures, templates or traces could not be read" in archive.read("README.txt").decode()
    )


async def test_given_a_png_was_signed_up_with_then_its_name_says_so(keeping: World) -> None:
    ana = await _signed_up(keeping, png())

    archive, data = _opened(keeping, ana.actor)

    assert data["users"][0]["picture"] == "pictures/sign-up-photo.png"
    assert archive.read("pictures/sign-up-photo.png") == png()
    keeping.database.close()


async def test_given_five_hundred_pictures_then_memory_stays_bounded(world: World) -> None:
    ana = world.person()
    pictures = [jpeg(number, 320, 240) for number in range(8)]
    weight = sum(map(len, pictures)) / len(pictures)
    await _with_incidents(world, ana, [pictures[n % 8] for n in range(500)])
    assert world.count(Incident) == 500

    tracemalloc.start()
    made = world.services.own_data.export(ana.actor)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert made.size_bytes > 500 * weight > 3 * IN_MEMORY_BYTES
    assert peak < IN_MEMORY_BYTES * 2.5
    names = zipfile.ZipFile(made.file).namelist()
    assert len([name for name in names if name.startswith("pictures/")]) == 500
    made.close()


async def test_given_a_fifth_export_within_an_hour_then_it_is_throttled(world: World) -> None:
    ana, ben = world.person(), world.person()
    for _ in range(4):
        world.services.own_data.export(ana.actor).close()

    with pytest.raises(Throttled):
        world.services.own_data.export(ana.actor)
    world.services.own_data.export(ben.actor).close()


# --- to look at ---


async def test_given_a_whole_life_then_the_overview_tells_of_all_of_it(keeping: World) -> None:
    ana = await _signed_up(keeping)
    began = keeping.clock()
    attempt_id = await _with_incidents(keeping, ana, [jpeg(1), jpeg(2)])

    held = keeping.services.own_data.held(ana.actor)

    assert (held.account.email, held.photo_kept, held.second_factor) == (EMAIL, True, False)
    assert held.face is not None
    assert (held.face.serves, held.face.since) == (True, began)
    (attempt,) = held.attempts
    assert (attempt.id, attempt.incidents, attempt.pictures) == (attempt_id, 2, 2)
    assert attempt.notice_version
    assert attempt.consented_at == began
    assert [login.current for login in held.logins] == [True]
    assert held.entries[-1].action == "user.created"
    keeping.database.close()


async def test_given_a_face_enrolled_again_then_the_overview_tells_when(world: World) -> None:
    ana = world.person()
    assert world.services.own_data.held(ana.actor).face is None
    world.clock.advance(3600)
    world.engine.photo = face()
    await world.services.enrolment.enrol(ana.actor, PASSWORD, [jpeg()])
    again = world.clock()
    world.clock.advance(60)

    held = world.services.own_data.held(ana.actor)

    assert held.face is not None
    assert held.face.since == again
    assert held.entries[0].by == "you"


def test_given_an_account_of_before_with_another_network_then_the_face_does_not_serve(
    world: World,
) -> None:
    ana = world.person()
    with world.database.write() as session:
        row = session.get_one(User, ana.id)
        row.face_template, row.face_model = b"sealed", "a network of before"

    held = world.services.own_data.held(ana.actor)

    assert held.face is not None
    assert not held.face.serves


def test_given_no_account_any_more_then_nothing_is_told(world: World) -> None:
    ghost = Actor("00000000-0000-0000-0000-000000000000", "", Role.STUDENT, "none")
    for ask in (world.services.own_data.held, world.services.own_data.export):
        with pytest.raises(NotFound):
            ask(ghost)


def test_given_somebody_without_the_second_factor_asked_of_them_then_nothing_is_told(
    world: World,
) -> None:
    eve = world.person(Role.ADMIN).actor
    limited = Actor(eve.user_id, eve.name, eve.role, eve.session_id, limited=True)
    own = world.services.own_data
    for ask in (own.held, own.export, own.request_erasure, own.withdraw_erasure):
        with pytest.raises(NotAllowed):
            ask(limited)


# --- erasure ---


def test_given_a_request_for_erasure_then_it_stands_until_it_is_taken_back(world: World) -> None:
    ana, own = world.person(), world.services.own_data
    first = own.request_erasure(ana.actor)
    world.clock.advance(60)

    assert own.request_erasure(ana.actor) == first
    assert own.held(ana.actor).erasure_requested_at == first
    own.withdraw_erasure(ana.actor)
    own.withdraw_erasure(ana.actor)

    assert own.held(ana.actor).erasure_requested_at is None
    noted = [row.action for row in world.rows(AuditEntry) if "erasure" in row.action]
    assert noted == ["user.erasure_requested", "user.erasure_withdrawn"]
    assert world.services.audit.verify().problem == ""


def test_given_the_erasure_was_begun_then_the_request_can_not_be_taken_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, admin, own = world.person(), world.person(Role.ADMIN), world.services.own_data
    own.request_erasure(ana.actor)
    with monkeypatch.context() as patch:
        patch.setattr(type(world.services.erasure), "_finish", lambda *_: None)
        world.services.erasure.erase(admin.actor, ana.id)

    for ask in (own.withdraw_erasure, own.request_erasure, own.held, own.export):
        with pytest.raises(NotFound):
            ask(ana.actor)

    assert world.services.people.one(admin.actor, ana.id).state == "erasure_requested"
    assert world.services.erasure.erase(admin.actor, ana.id).state == "erased"
