"""Exams in Safe Exam Browser: who is let in with what, and that nobody comes in another way."""

import plistlib
from dataclasses import replace
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest

from proctor_app.db import tables
from proctor_app.db.partner_tables import SebEntry
from proctor_app.domain import seb as rules
from proctor_app.domain.access import Role
from proctor_app.domain.browser import SignalKind
from proctor_app.domain.exam import Access, Level
from proctor_app.domain.seb import Shown
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotAuthenticated, NotFound, Throttled
from proctor_app.services.claims import Claim
from proctor_app.services.desk import SebSeen
from proctor_app.services.exam_views import ExamView
from proctor_app.services.logins import Origin
from proctor_app.services.practice import CODE as PRACTICE
from proctor_app.services.seb import LINK_LASTS
from proctor_app.services.seb_door import SebRequired
from tests import plans
from tests.exams import CONTENT, publish
from tests.fakes import jpeg
from tests.unit.test_seb import key_of_file
from tests.world import PASSWORD, Person, World, eventually

HERE = "http://localhost:8080"
UNWATCHED = replace(CONTENT, level=Level.NONE)
EXAM_KEY = "c" * 64


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN, "Boss")


@pytest.fixture
def exam(world: World, admin: Person) -> ExamView:
    """One that is sat in Safe Exam Browser alone."""
    found = publish(world, UNWATCHED)
    world.services.seb.require(admin.actor, found.id, True)
    return found


def key(world: World, who: Person, exam: ExamView) -> str:
    """The Config Key as Safe Exam Browser works it out, from the file that it was given."""
    return key_of_file(world.services.seb.config(who.actor, exam.id, HERE).data)


def page(world: World, who: Person, exam: ExamView) -> str:
    """The address of the exam's page as this log-in has it."""
    tag = world.services.seb.exam(who.actor, exam.id).tag
    return f"{HERE}/seb/{exam.id}/?for={tag}"


def shown(world: World, who: Person, exam: ExamView, exam_key: str = "") -> Shown:
    url = page(world, who, exam)
    exam_hash = rules.proof(url, exam_key) if exam_key else ""
    return Shown(url, rules.proof(url, key(world, who, exam)), exam_hash)


def enter(world: World, who: Person, exam: ExamView) -> None:
    world.services.seb.enter(who.actor, exam.id, shown(world, who, exam), "page", HERE)


def elsewhere(world: World, who: Person) -> Person:
    """The same person in another browser."""
    logins = world.services.logins
    found = logins.log_in(who.email, PASSWORD, Origin("127.0.0.1"))
    return Person(logins.authenticate(found.token), who.email, found.token)


async def begun(world: World, who: Person, exam: ExamView) -> str:
    """Through the browser and all steps; the id of the attempt, which runs."""
    enter(world, who, exam)
    sitting = world.services.sitting
    attempt = await sitting.join(who.actor, exam.code)
    await sitting.accept(who.actor, attempt.id)
    return (await sitting.begin(who.actor, attempt.id)).id


async def test_given_no_entry_then_nobody_joins_not_even_staff(
    monitored: World, exam: ExamView, admin: Person
) -> None:
    for who in (monitored.person(), monitored.person(Role.PROCTOR), admin):
        with pytest.raises(SebRequired) as refused:
            await monitored.services.sitting.join(who.actor, exam.code)
        assert (refused.value.code, refused.value.exam_id) == ("seb_required", exam.id)
        with pytest.raises(SebRequired):
            await monitored.services.sessions.start(who.actor, who.id, exam.code)
    assert monitored.count(tables.Attempt) == 0


async def test_given_what_the_browser_shows_then_the_exam_is_sat_to_its_end(
    monitored: World, exam: ExamView
) -> None:
    ana = monitored.person()
    attempt_id = await begun(monitored, ana, exam)

    sitting = monitored.services.sitting
    assert (await sitting.save(ana.actor, attempt_id, "q1", "a")).remaining_s > 0
    assert (await sitting.paper(ana.actor, attempt_id)).questions
    await sitting.submit(ana.actor, attempt_id)
    (entry,) = monitored.rows(SebEntry)
    assert (entry.login_id, entry.exam_id, entry.how) == (ana.actor.session_id, exam.id, "page")


async def test_given_another_log_in_of_the_same_person_then_nothing_of_the_attempt_opens_there(
    monitored: World, exam: ExamView
) -> None:
    ana = monitored.person()
    attempt_id = await begun(monitored, ana, exam)
    outside = elsewhere(monitored, ana).actor
    sitting, sessions = monitored.services.sitting, monitored.services.sessions
    for refused in (
        sitting.join(outside, exam.code),
        sitting.accept(outside, attempt_id),
        sitting.paper(outside, attempt_id),
        sitting.hold(outside, attempt_id, "tab", other_is_open=False),
        sitting.save(outside, attempt_id, "q1", "b"),
        sessions.start(outside, ana.id),
        sessions.start(outside, ana.id, exam.code),
    ):
        with pytest.raises(SebRequired):
            await refused
    await sessions.pause(monitored.person(Role.PROCTOR).actor, ana.id)
    with pytest.raises(SebRequired):
        await sessions.start(outside, ana.id)
    assert monitored.rows(tables.Answer) == []


async def test_given_a_pause_of_their_own_then_it_is_lifted_in_the_browser_alone(
    monitored: World, admin: Person
) -> None:
    exam = publish(monitored, replace(UNWATCHED, candidate_may_pause=True))
    monitored.services.seb.require(admin.actor, exam.id, True)
    ana = monitored.person()
    await begun(monitored, ana, exam)
    sessions = monitored.services.sessions
    await sessions.pause(ana.actor, ana.id)

    with pytest.raises(SebRequired):
        await sessions.resume(elsewhere(monitored, ana).actor, ana.id)
    assert (await sessions.resume(ana.actor, ana.id)).status == "running"


async def test_given_a_joined_exam_then_neither_check_nor_begin_open_elsewhere(
    monitored: World, admin: Person
) -> None:
    exam = publish(monitored, replace(CONTENT, level=Level.CAMERA))
    monitored.services.seb.require(admin.actor, exam.id, True)
    ana = monitored.person()
    enter(monitored, ana, exam)
    attempt = await monitored.services.sitting.join(ana.actor, exam.code)
    await monitored.services.sitting.accept(ana.actor, attempt.id)
    outside = elsewhere(monitored, ana).actor

    with pytest.raises(SebRequired):
        await monitored.services.sitting.begin(outside, attempt.id)
    with pytest.raises(SebRequired):
        await monitored.services.sitting.confirm_identity(outside, attempt.id, "matched")
    with pytest.raises(SebRequired):
        await monitored.services.check_in.look(outside, attempt.id, b"")


async def test_given_another_log_in_then_neither_frames_nor_signs_of_life_are_taken_from_it(
    monitored: World, admin: Person
) -> None:
    """An interrupted attempt goes on where it is sat, and nowhere else."""
    for level in (Level.CAMERA, Level.BROWSER):
        exam = publish(monitored, replace(CONTENT, level=level))
        monitored.services.seb.require(admin.actor, exam.id, True)
        ana = monitored.person()
        enter(monitored, ana, exam)
        attempt = (await monitored.services.sessions.start(ana.actor, ana.id, exam.code)).attempt
        await _signs_of(monitored, ana, attempt.id, level)
        monitored.clock.advance(61)
        await eventually(partial(_is_interrupted, monitored, attempt.id))

        await _refused(monitored, elsewhere(monitored, ana), attempt.id)
        assert _is_interrupted(monitored, attempt.id)
        await _signs_of(monitored, ana, attempt.id, level)
        assert _status(monitored, attempt.id) == "running"
        await _refused(monitored, elsewhere(monitored, ana), attempt.id)

        proctor = monitored.person(Role.PROCTOR)
        await monitored.services.sessions.pause(proctor.actor, ana.id)
        await _refused(monitored, elsewhere(monitored, ana), attempt.id)
        await monitored.services.browser_signals.beat(ana.actor, attempt.id)
    assert monitored.rows(tables.BrowserEvent) == []


async def _signs_of(world: World, who: Person, attempt_id: str, level: Level) -> None:
    if level is Level.CAMERA:
        await world.services.monitoring.ingest(who.actor, attempt_id, jpeg(1))
    await world.services.browser_signals.beat(who.actor, attempt_id)


async def _refused(world: World, outside: Person, attempt_id: str) -> None:
    services, actor = world.services, outside.actor
    claims = [Claim(SignalKind.HIDDEN)]
    for refused in (
        services.sessions.ticket(actor, attempt_id),
        services.monitoring.ingest(actor, attempt_id, jpeg(2)),
        services.monitoring.beat(actor, attempt_id),
        services.browser_signals.beat(actor, attempt_id),
        services.browser_signals.keep(actor, attempt_id, claims, "page"),
        services.browser_signals.keep_open(actor, claims, "events"),
    ):
        with pytest.raises(SebRequired):
            await refused


def _is_interrupted(world: World, attempt_id: str) -> bool:
    live = world.services.monitoring.live(attempt_id)
    return live is not None and live.interrupted and _status(world, attempt_id) == "interrupted"


def _status(world: World, attempt_id: str) -> str:
    return next(row.status for row in world.rows(tables.Attempt) if row.id == attempt_id)


async def test_given_a_log_in_that_is_inside_then_its_frames_ask_the_database_nothing_more(
    monitored: World, admin: Person
) -> None:
    exam = publish(monitored, replace(CONTENT, level=Level.CAMERA))
    monitored.services.seb.require(admin.actor, exam.id, True)
    ana = monitored.person()
    enter(monitored, ana, exam)
    attempt = (await monitored.services.sessions.start(ana.actor, ana.id, exam.code)).attempt
    ingest = monitored.services.monitoring.ingest
    asked: list[list[str]] = []
    for number in range(3):
        with plans.asked(monitored.database) as statements:
            await ingest(ana.actor, attempt.id, jpeg(number))
        asked.append([one.statement for one in statements if "seb_entries" in one.statement])
    assert [len(one) for one in asked] == [1, 0, 0]


async def test_given_the_switch_while_an_attempt_runs_then_it_goes_on_in_the_browser(
    monitored: World, admin: Person
) -> None:
    exam, ana = publish(monitored, UNWATCHED), monitored.person()
    sitting, seb = monitored.services.sitting, monitored.services.seb
    attempt_id = (await monitored.services.sessions.start(ana.actor, ana.id, exam.code)).attempt.id
    seb.require(admin.actor, exam.id, True)

    with pytest.raises(SebRequired):
        await sitting.save(ana.actor, attempt_id, "q1", "a")
    enter(monitored, ana, exam)
    await sitting.save(ana.actor, attempt_id, "q1", "a")
    seb.require(admin.actor, exam.id, False)
    await sitting.save(elsewhere(monitored, ana).actor, attempt_id, "q1", "b")
    assert [row.value for row in monitored.rows(tables.Answer)] == ['"b"']


async def test_given_staff_who_steer_somebody_elses_attempt_then_nothing_is_asked_of_them(
    monitored: World, exam: ExamView
) -> None:
    ana, proctor = monitored.person(), monitored.person(Role.PROCTOR)
    started = await monitored.services.sessions.start(proctor.actor, ana.id, exam.code)
    assert (await monitored.services.sitting.paper(proctor.actor, started.attempt.id)).questions
    with pytest.raises(SebRequired):
        await monitored.services.sitting.paper(ana.actor, started.attempt.id)


async def test_given_the_end_then_neither_hand_in_nor_receipt_ask_for_the_browser(
    monitored: World, exam: ExamView
) -> None:
    ana = monitored.person()
    attempt_id = await begun(monitored, ana, exam)
    outside = elsewhere(monitored, ana).actor
    await monitored.services.sitting.submit(outside, attempt_id)
    assert (await monitored.services.sitting.paper(outside, attempt_id)).attempt.receipt


def test_given_wrong_keys_and_addresses_then_the_entry_is_refused(
    world: World, exam: ExamView, admin: Person
) -> None:
    ana, ben = world.person(), world.person()
    other = publish(world, UNWATCHED)
    world.services.seb.require(admin.actor, other.id, True)
    own, config = page(world, ana, exam), key(world, ana, exam)
    at_home = own.replace(HERE, "http://localhost:8081")
    untagged = own.partition("?")[0]
    wrong = [
        Shown(own),
        Shown(own, rules.proof(own, "0" * 64)),
        Shown(own, rules.proof(own, key(world, ana, other))),
        Shown(own, rules.proof(own + "&more", config)),
        Shown(at_home, rules.proof(at_home, config)),
        Shown(untagged, rules.proof(untagged, config)),
        shown(world, ana, other),
        shown(world, ben, exam),
        shown(world, elsewhere(world, ana), exam),
        Shown("http://[", rules.proof("x", config)),
        Shown("", rules.proof("", config)),
    ]
    for one in wrong:
        with pytest.raises(NotAllowed) as refused:
            world.services.seb.enter(ana.actor, exam.id, one, "page", HERE)
        assert refused.value.code == "seb_not_proved", one
    with pytest.raises(NotAllowed):  # a page's proof is none of a request
        world.services.seb.enter(ana.actor, exam.id, shown(world, ana, exam), "header", HERE)
    assert world.count(SebEntry) == 0
    enter(world, ana, exam)
    enter(world, ana, exam)
    assert world.count(SebEntry) == 1


def test_given_browser_exam_keys_then_the_config_key_alone_is_not_enough(
    world: World, exam: ExamView, admin: Person
) -> None:
    seb, ana = world.services.seb, world.person()
    seb.set_exam_keys(admin.actor, exam.id, f"{'d' * 64}\n{EXAM_KEY.upper()}")
    for wrong in ("", "e" * 64):
        with pytest.raises(NotAllowed):
            seb.enter(ana.actor, exam.id, shown(world, ana, exam, wrong), "page", HERE)
    seb.enter(ana.actor, exam.id, shown(world, ana, exam, EXAM_KEY), "page", HERE)
    assert seb.settings(admin.actor, exam.id, HERE).exam_keys == ("d" * 64, EXAM_KEY)


def test_given_changed_settings_then_the_key_is_another_and_the_old_one_is_refused(
    world: World, exam: ExamView, admin: Person
) -> None:
    seb, ana = world.services.seb, world.person()
    before, old = key(world, ana, exam), shown(world, ana, exam)
    seb.set_quit_password(admin.actor, exam.id, "a way out")
    assert key(world, ana, exam) != before
    with pytest.raises(NotAllowed):
        seb.enter(ana.actor, exam.id, old, "page", HERE)
    found = plistlib.loads(seb.config(ana.actor, exam.id, HERE).data)
    assert found["hashedQuitPassword"] == rules.digest("a way out")
    settings = seb.settings(admin.actor, exam.id, HERE)
    assert (settings.has_quit_password, settings.config_key) == (True, key(world, ana, exam))
    seb.set_quit_password(admin.actor, exam.id, "")
    assert key(world, ana, exam) == before


def test_settings_are_an_admins_and_are_noted_and_never_for_the_practice_exam(
    world: World, exam: ExamView, admin: Person
) -> None:
    seb = world.services.seb
    seb.set_exam_keys(admin.actor, exam.id, EXAM_KEY)
    seb.set_quit_password(admin.actor, exam.id, "a way out")
    notes = [row for row in world.rows(tables.AuditEntry) if row.action == "exam.seb_set"]
    assert len(notes) == 3
    assert "a way out" not in str(notes)
    assert world.services.exams.one(admin.actor, exam.id).revision == exam.revision + 3

    for who in (world.person(), world.person(Role.PROCTOR)):
        for change in (
            lambda actor: seb.settings(actor, exam.id, HERE),
            lambda actor: seb.require(actor, exam.id, False),
            lambda actor: seb.set_exam_keys(actor, exam.id, ""),
            lambda actor: seb.set_quit_password(actor, exam.id, ""),
        ):
            with pytest.raises(NotAllowed):
                change(who.actor)
    with pytest.raises(Invalid):
        seb.set_exam_keys(admin.actor, exam.id, "no key")
    with pytest.raises(Invalid):
        seb.set_quit_password(admin.actor, exam.id, "x" * 101)
    with pytest.raises(NotFound):
        seb.require(admin.actor, "nothing", True)
    world.services.practice.ensure()
    practice = next(row for row in world.rows(tables.Exam) if row.code == PRACTICE)
    with pytest.raises(Conflict):
        seb.require(admin.actor, practice.id, True)


def test_the_configuration_is_for_whoever_may_sit_the_exam(
    world: World, exam: ExamView, admin: Person
) -> None:
    seb, ana = world.services.seb, world.person()
    found = seb.config(ana.actor, exam.id, HERE)
    assert (found.name, found.tag) == (f"{exam.code}.seb", seb.exam(ana.actor, exam.id).tag)
    assert plistlib.loads(found.data)["startURL"] == f"{HERE}/seb/{exam.id}"

    listed = publish(world, UNWATCHED, access=Access.ROSTER)
    seb.require(admin.actor, listed.id, True)
    with pytest.raises(NotFound):
        seb.config(ana.actor, listed.id, HERE)
    with pytest.raises(NotFound):
        seb.exam(ana.actor, listed.id)
    with pytest.raises(NotFound):
        seb.enter(ana.actor, listed.id, Shown(""), "page", HERE)
    assert seb.config(admin.actor, listed.id, HERE).name == f"{listed.code}.seb"
    with pytest.raises(NotFound) as refused:
        seb.config(ana.actor, publish(world, UNWATCHED).id, HERE)
    assert refused.value.code == "no_seb"


def test_the_link_gives_that_file_without_a_log_in_for_an_hour(
    world: World, exam: ExamView, admin: Person
) -> None:
    seb, ana = world.services.seb, world.person()
    other = publish(world, UNWATCHED)
    seb.require(admin.actor, other.id, True)
    link = parse_qs(urlsplit(seb.exam(ana.actor, exam.id).file).query)["link"][0]
    found, own = seb.config_by_link(exam.id, link, HERE), seb.config(ana.actor, exam.id, HERE)
    assert (found.name, found.data, found.tag) == (own.name, own.data, "")

    until, _, mark = link.partition("-")
    for exam_id, wrong in (
        (other.id, link),
        (exam.id, f"{int(until) + 3600}-{mark}"),
        (exam.id, f"{until}-{'0' * len(mark)}"),
        (exam.id, "x"),
        (exam.id, "-"),
        (exam.id, "\udcff-\udcff"),
    ):
        with pytest.raises(NotAuthenticated):
            seb.config_by_link(exam_id, wrong, HERE)
    world.clock.advance(LINK_LASTS.total_seconds() + 1)
    with pytest.raises(NotAuthenticated):
        seb.config_by_link(exam.id, link, HERE)


def test_given_headers_of_a_start_then_they_are_of_this_log_in_alone(
    world: World, exam: ExamView
) -> None:
    seb, ana = world.services.seb, world.person()
    file = seb.config(ana.actor, exam.id, HERE)
    address = f"/api/v1/exam/start/{ana.id}"
    for url in (address, f"{address}?for=", f"{address}?for={'0' * 32}", f"{address}?for=\udcff"):
        proof = rules.proof(HERE + url.replace("\udcff", "?"), key_of_file(file.data))
        seb.arrive(ana.actor, ana.id, exam.code, Shown(url, proof), HERE)
    assert world.count(SebEntry) == 0

    url = f"{address}?for={file.tag}"
    captured = Shown(url, rules.proof(HERE + url, key_of_file(file.data)))
    seb.arrive(ana.actor, ana.id, exam.code, captured, HERE)
    seb.arrive(elsewhere(world, ana).actor, ana.id, exam.code, captured, HERE)
    assert [row.login_id for row in world.rows(SebEntry)] == [ana.actor.session_id]


def test_given_many_starts_with_headers_then_they_wait_before_anything_is_written(
    world: World, exam: ExamView
) -> None:
    seb, ana = world.services.seb, world.person()
    file = seb.config(ana.actor, exam.id, HERE)
    url = f"/api/v1/exam/start/{ana.id}?for={file.tag}"
    for _ in range(65):
        seb.arrive(ana.actor, ana.id, exam.code, Shown(url, "0" * 64), HERE)
    proof = rules.proof(HERE + url, key_of_file(file.data))
    with pytest.raises(Throttled):
        seb.arrive(ana.actor, ana.id, exam.code, Shown(url, proof), HERE)
    assert world.count(SebEntry) == 0


def test_given_many_tries_then_they_wait(world: World, exam: ExamView) -> None:
    seb, ana = world.services.seb, world.person()
    for _ in range(65):
        with pytest.raises(NotAllowed):
            seb.enter(ana.actor, exam.id, Shown(""), "page", HERE)
    with pytest.raises(Throttled):
        seb.enter(ana.actor, exam.id, shown(world, ana, exam), "page", HERE)


async def test_the_proctor_sees_whether_it_was_shown_and_how(
    monitored: World, exam: ExamView
) -> None:
    ana, proctor = monitored.person(), monitored.person(Role.PROCTOR)
    desk = monitored.services.desk
    started = await monitored.services.sessions.start(proctor.actor, ana.id, exam.code)
    before = (await desk.candidate(proctor.actor, started.attempt.id)).seb
    enter(monitored, ana, exam)
    after = (await desk.candidate(proctor.actor, started.attempt.id)).seb
    assert before is not None
    assert after is not None
    assert ((before.how, before.at), after.how) == (("", None), "page")
    assert after.at == monitored.clock.now

    await monitored.services.sessions.stop(ana.actor, ana.id)
    monitored.clock.advance(86400)
    enter(monitored, elsewhere(monitored, ana), exam)
    ended = (await desk.candidate(proctor.actor, started.attempt.id)).seb
    assert ended == after  # what is shown later tells nothing of this attempt

    plain, ben = publish(monitored, UNWATCHED), monitored.person()
    other = await monitored.services.sessions.start(ben.actor, ben.id, plain.code)
    assert (await desk.candidate(proctor.actor, other.attempt.id)).seb is None


async def test_given_an_entry_of_a_log_in_of_yesterday_then_the_attempt_of_today_does_not_show_it(
    monitored: World, exam: ExamView
) -> None:
    ana, proctor = monitored.person(), monitored.person(Role.PROCTOR)
    enter(monitored, ana, exam)
    monitored.clock.advance(86400)
    today, desk = elsewhere(monitored, ana), monitored.services.desk
    started = await monitored.services.sessions.start(proctor.actor, ana.id, exam.code)
    seen = (await desk.candidate(proctor.actor, started.attempt.id)).seb
    assert seen == SebSeen()
    enter(monitored, today, exam)
    seen = (await desk.candidate(proctor.actor, started.attempt.id)).seb
    assert seen == SebSeen("page", monitored.clock.now)


def test_given_an_exam_that_is_copied_or_goes_then_keys_are_not_copied_and_entries_go(
    world: World, admin: Person, exam: ExamView
) -> None:
    seb = world.services.seb
    seb.set_exam_keys(admin.actor, exam.id, EXAM_KEY)
    seb.set_quit_password(admin.actor, exam.id, "a way out")
    copy = world.services.exams.duplicate(admin.actor, exam.id)
    found = seb.settings(admin.actor, copy.id, HERE)
    assert (found.is_required, found.exam_keys, found.has_quit_password) == (True, (), True)

    now = world.clock.now
    with world.database.write() as session:
        session.add(SebEntry(login_id="l", exam_id=copy.id, how="page", checked_at=now))
    world.services.exams.delete(admin.actor, copy.id)
    assert world.count(SebEntry) == 0


async def test_given_an_erasure_then_the_entries_of_the_log_ins_go(
    monitored: World, admin: Person, exam: ExamView
) -> None:
    ana, ben = monitored.person(), monitored.person()
    enter(monitored, ana, exam)
    enter(monitored, ben, exam)
    monitored.services.erasure.erase(admin.actor, ana.id)
    assert [row.login_id for row in monitored.rows(SebEntry)] == [ben.actor.session_id]
