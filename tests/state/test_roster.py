"""The people of an exam: its roster with accommodations, and who watches it."""

import pytest

from proctor_app.domain.access import Role
from proctor_app.domain.exam import ExamContent, ExamTerms
from proctor_app.domain.incident import EventType
from proctor_app.errors import Invalid, NotFound
from proctor_app.services.exam_views import RosterView
from proctor_app.services.roster_files import RosterRow
from proctor_app.state.exam_proctors import ExamProctorsState
from proctor_app.state.roster import RosterState
from tests.state.tabs import call, open_page
from tests.world import Person, World


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN, "Boss")


@pytest.fixture
def exam_id(world: World, admin: Person) -> str:
    return world.services.exams.create(admin.actor, ExamContent("Statistics"), ExamTerms()).id


async def opened(admin: Person, exam_id: str) -> RosterState:
    page = open_page(RosterState, admin.token, f"/admin/exams/{exam_id}/people/")
    await call(page, "load")
    return page


def roster(world: World, admin: Person, exam_id: str) -> tuple[RosterView, ...]:
    return world.services.rosters.entries(admin.actor, exam_id)


def emails(page: RosterState) -> list[str]:
    return [entry.email for entry in page.entries]


async def test_given_an_e_mail_then_it_is_on_the_roster_with_or_without_an_account(
    world: World, admin: Person, exam_id: str
) -> None:
    ana = world.person(name="Ana")
    page = await opened(admin, exam_id)
    assert (page.loaded, page.entries, page.total) == (True, [], "0 people")
    await call(page, "add", {"email": f" {ana.email.upper()} "})
    await call(page, "add", {"email": "new@example.test"})

    assert sorted(one.email for one in page.entries) == sorted([ana.email, "new@example.test"])
    found = {entry.email: entry for entry in page.entries}
    assert (found[ana.email].name, found[ana.email].has_account) == ("Ana", True)
    assert (found["new@example.test"].name, found["new@example.test"].has_account) == ("", False)
    assert (page.added, page.add_problem) == ("new@example.test is on the roster.", "")


@pytest.mark.parametrize("form", [{}, {"email": "nobody"}, {"email": "x" * 400 + "@example.test"}])
async def test_given_no_e_mail_then_the_page_says_so(
    world: World, admin: Person, exam_id: str, form: dict[str, str]
) -> None:
    page = await opened(admin, exam_id)
    await call(page, "add", form)
    assert (page.add_problem != "", page.added, page.entries) == (True, "", [])


async def test_given_somebody_twice_then_the_page_says_so(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id)
    await call(page, "add", {"email": "ana@example.test"})
    await call(page, "add", {"email": "ana@example.test"})
    assert "already" in page.add_problem
    assert emails(page) == ["ana@example.test"]


async def test_given_an_accommodation_then_it_is_kept_and_said_in_words(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id)
    await call(page, "add", {"email": "ana@example.test"})
    await call(page, "edit", page.entries[0].id)
    assert (page.editing, page.edited.email) == (True, "ana@example.test")
    form = {
        "extra_minutes": "15",
        "may_pause": "on",
        "preset": "lenient",
        "off.gaze_off_screen": "on",
    }
    await call(page, "grant", form)

    (entry,) = roster(world, admin, exam_id)
    assert (entry.extra_minutes, entry.may_pause, entry.preset) == (15, True, "lenient")
    assert entry.detectors_off == (EventType.GAZE_OFF_SCREEN,)
    assert page.entries[0].granted == [
        "+15 min",
        "may pause",
        "lenient",
        "without: eyes off the screen",
    ]
    assert page.editing is False

    await call(page, "edit", entry.id)
    await call(page, "grant", {})
    assert page.entries[0].granted == [], "what is not in the form is taken back"


@pytest.mark.parametrize("minutes", ["-1", "1.5", "a lot", "1e9", "1e400"])
async def test_given_minutes_that_are_none_then_the_dialog_stays_and_says_so(
    world: World, admin: Person, exam_id: str, minutes: str
) -> None:
    page = await opened(admin, exam_id)
    await call(page, "add", {"email": "ana@example.test"})
    await call(page, "edit", page.entries[0].id)
    await call(page, "grant", {"extra_minutes": minutes, "may_pause": "on"})
    assert (page.editing, page.edit_problem != "") == (True, True)
    assert roster(world, admin, exam_id)[0].may_pause is False


async def test_given_somebody_is_taken_off_then_they_are_gone(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id)
    await call(page, "add", {"email": "ana@example.test"})
    entry_id = page.entries[0].id
    await call(page, "ask_remove", entry_id)
    await call(page, "leave", False)
    assert (page.removing, len(roster(world, admin, exam_id))) == (False, 1)
    await call(page, "ask_remove", entry_id)
    answer = await call(page, "remove")
    assert "taken off" in str(answer)
    assert (page.entries, roster(world, admin, exam_id)) == ([], ())
    assert "no such entry" in str(await call(page, "remove"))
    with pytest.raises(Invalid):
        await call(page, "edit", entry_id)


async def test_given_many_people_then_they_come_in_pages_and_can_be_searched(
    world: World, admin: Person, exam_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctor_app.state.roster._PAGE", 2)
    for name in ("ana", "ben", "cat"):
        world.services.rosters.add(admin.actor, exam_id, RosterRow(f"{name}@example.test"))
    page = await opened(admin, exam_id)
    assert (emails(page), page.has_next) == (["ana@example.test", "ben@example.test"], True)
    await call(page, "next_page")
    assert (emails(page), page.has_next, page.has_previous) == (["cat@example.test"], False, True)
    await call(page, "next_page")
    assert emails(page) == ["cat@example.test"], "there is nothing behind the last page"
    await call(page, "previous_page")
    await call(page, "search", "BEN")
    assert (emails(page), page.total) == (["ben@example.test"], "1 person")


async def test_given_a_file_was_taken_over_then_the_roster_is_shown_afresh(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id)
    data = b"email,extra_minutes\nana@example.test,10\n"
    world.services.rosters.import_csv(admin.actor, exam_id, data)
    await call(page, "imported")
    assert page.entries[0].granted == ["+10 min"]


async def test_given_no_such_exam_then_the_page_says_so(admin: Person) -> None:
    page = await opened(admin, "nobody")
    assert (page.loaded, page.problem) == (True, "There is no such exam.")
    with pytest.raises(NotFound):
        await call(open_page(RosterState, admin.token, "/admin/exams"), "load")


# --- proctors ---


async def watched(admin: Person, exam_id: str) -> ExamProctorsState:
    page = open_page(ExamProctorsState, admin.token, f"/admin/exams/{exam_id}/people/")
    await call(page, "load")
    return page


async def test_given_proctors_then_they_can_be_named_and_taken_off_again(
    world: World, admin: Person, exam_id: str
) -> None:
    pia, paul = world.person(Role.PROCTOR, "Pia"), world.person(Role.PROCTOR, "Paul")
    world.person(name="Pit the student")
    page = await watched(admin, exam_id)
    assert (page.assigned, [one.name for one in page.found]) == ([], ["Paul", "Pia"])
    await call(page, "search", "pi")
    assert [one.name for one in page.found] == ["Pia"]
    await call(page, "assign", pia.id)
    assert ([one.name for one in page.assigned], page.found) == (["Pia"], [])
    view = world.services.exams.one(admin.actor, exam_id)
    assert [one.id for one in view.proctors] == [pia.id]
    await call(page, "assign", paul.id)
    await call(page, "unassign", pia.id)
    assert [one.name for one in page.assigned] == ["Paul"]


async def test_given_a_student_then_they_cant_be_named(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await watched(admin, exam_id)
    await call(page, "assign", world.person().id)
    assert (page.assigned, page.problem != "") == ([], True)
