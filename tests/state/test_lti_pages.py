"""The pages about learning platforms: admins enter them, teachers choose an exam for a course."""

from typing import Any

import pytest

from proctor_app.db.partner_tables import LtiGrade, LtiPlatform, LtiUser
from proctor_app.domain.access import Role
from proctor_app.errors import NotFound
from proctor_app.services.lti_claims import Asked, Launch
from proctor_app.services.lti_platforms import PlatformForm
from proctor_app.state.account import AccountState
from proctor_app.state.lti import LtiState
from proctor_app.state.lti_choose import LtiChooseState
from proctor_app.state.people import PeopleState
from proctor_app.state.wall import WallState, _asked_exam
from tests.papers import assign, set_exam
from tests.state.tabs import call, open_page
from tests.world import Person, World

FORM = {
    "name": "Campus", "issuer": "https://campus.example", "client_id": "c1",
    "auth_url": "https://campus.example/auth", "token_url": "https://campus.example/token",
    "keys_url": "https://campus.example/keys", "deployments": "1\n2\n",
}  # fmt: skip


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN)


async def _page(who: Person) -> LtiState:
    state = open_page(LtiState, who.token)
    await call(state, "load")
    return state


async def test_an_admin_adds_a_platform_changes_it_and_lets_it_in_no_more(
    world: World, admin: Person
) -> None:
    state = await _page(admin)
    assert (state.loaded, state.platforms) == (True, [])
    await call(state, "edit", "")
    await call(state, "save", {**FORM, "makes_proctors": "on"})
    (shown,) = state.platforms
    assert (shown.name, shown.deployments, shown.links) == ("Campus", "1\n2", "0 links")
    assert (shown.makes_proctors, shown.adopts_accounts, state.editing) == (True, False, False)

    await call(state, "edit", shown.id)
    assert state.edited == shown
    await call(state, "save", {**FORM, "name": "Moodle"})
    await call(state, "disable", shown.id, True)
    (shown,) = state.platforms
    assert (shown.name, shown.makes_proctors, shown.is_disabled) == ("Moodle", False, True)
    (row,) = world.rows(LtiPlatform)
    assert row.disabled_at is not None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "A name has 1 to 120 characters."),
        ({"keys_url": "http://campus.example/k"}, "Use an address that begins with https://."),
        ({"issuer": "x" * 1001}, "A field takes 1000 characters at most."),
        ({"client_id": ["c1"]}, "The client id has 1 to 255 characters."),
    ],
)
async def test_what_is_wrong_is_said_in_the_dialog_and_nothing_is_kept(
    world: World, admin: Person, changes: dict[str, Any], words: str
) -> None:
    state = await _page(admin)
    await call(state, "edit", "")
    await call(state, "save", {**FORM, **changes})
    assert (state.editing, state.edit_problem) == (True, words)
    assert world.rows(LtiPlatform) == []


async def test_only_a_score_that_there_is_can_be_sent_again(world: World, admin: Person) -> None:
    state = await _page(admin)
    with pytest.raises(NotFound):
        await call(state, "send_again", 7)
    assert world.rows(LtiGrade) == []


def _asked(world: World, admin: Person, teacher: Person) -> str:
    """What a platform asks this teacher; the page's address."""
    lti = world.services.lti
    form = PlatformForm(**{**FORM, "deployments": ()})  # type: ignore[arg-type]
    platform = lti.platforms.add(admin.actor, form)
    launch = Launch(
        "s", "", "", True, "1", "", None, Asked("https://campus.example/return", "null")
    )
    with world.database.write() as session:
        return lti.choices.ask(session, platform.id, teacher.id, launch)


async def test_a_teacher_sees_the_published_exams_that_are_theirs_to_watch(
    world: World, admin: Person
) -> None:
    teacher, other = world.person(Role.PROCTOR), world.person(Role.PROCTOR)
    mine = set_exam(world)
    assign(world, set_exam(world), other)
    set_exam(world, status="draft")
    state = open_page(LtiChooseState, teacher.token, _asked(world, admin, teacher))
    await call(state, "load")
    assert (state.platform, state.returns, len(state.choice)) == ("Campus", True, 64)
    assert [exam.id for exam in state.exams] == [mine.id]
    assert state.exams[0].facts == "60 min · 5 questions"
    await call(state, "search", "nothing like it")
    assert state.exams == []


async def test_nobody_else_can_answer_and_the_page_says_so(world: World, admin: Person) -> None:
    teacher, other = world.person(Role.PROCTOR), world.person(Role.PROCTOR)
    set_exam(world)
    path = _asked(world, admin, teacher)
    for who, address in ((other, path), (teacher, "/lti/choose-exam"), (teacher, f"{path}0")):
        state = open_page(LtiChooseState, who.token, address)
        await call(state, "load")
        assert (state.choice, state.exams) == ("", [])
        assert state.problem.startswith("There is nothing to choose.")


async def test_the_wall_opens_at_the_exam_of_its_address_if_it_is_ones_own(
    world: World, admin: Person
) -> None:
    proctor, exam, others = world.person(Role.PROCTOR), set_exam(world), set_exam(world)
    assign(world, others, world.person(Role.PROCTOR))
    for exam_id, found in ((exam.id, exam.id), (others.id, ""), ("none", ""), ("", "")):
        state = open_page(WallState, proctor.token, f"/proctor?exam={exam_id}")
        assert await _asked_exam(state, proctor.actor) == found


async def test_people_remove_a_platform_from_their_account_and_admins_do_for_them(
    world: World, admin: Person
) -> None:
    form: dict[str, Any] = {**FORM, "deployments": ()}
    known = world.services.lti.platforms.add(admin.actor, PlatformForm(**form))
    ana, ben = world.person(name="Ana"), world.person(name="Ben")
    for who in (ana, ben):
        row = LtiUser(
            platform_id=known.id, subject=who.id, user_id=who.id, created_at=world.clock()
        )
        with world.database.write() as session:
            session.add(row)
    account = open_page(AccountState, ana.token)
    await call(account, "load")
    assert [one.name for one in account.platforms] == ["Campus"]
    await call(account, "remove_platform", known.id)
    assert account.platforms == []
    assert [row.user_id for row in world.rows(LtiUser)] == [ben.id]

    people = open_page(PeopleState, admin.token)
    await call(people, "load")
    assert {one.name: one.platforms for one in people.people if one.platforms} == {"Ben": "Campus"}
    await call(people, "ask", "platforms", ben.id)
    await call(people, "confirm")
    assert world.rows(LtiUser) == []
    assert not any(one.platforms for one in people.people)
