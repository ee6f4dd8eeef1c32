"""A new password with the old one: which are taken, and what ends with the old one."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from proctor_app.db.tables import AuditEntry
from proctor_app.errors import Invalid, NotAuthenticated, ProctorError
from tests.world import HOME, PASSWORD, Person, World

NEW = "a quite different phrase"


def _opens(world: World, email: str, password: str) -> bool:
    try:
        world.services.logins.log_in(email, password, HOME)
    except NotAuthenticated:
        return False
    return True


def _is_open(world: World, person: Person) -> bool:
    try:
        world.services.logins.authenticate(person.token)
    except NotAuthenticated:
        return False
    return True


def _last_entry(world: World) -> tuple[str, str, str]:
    """Of all but log-ins."""
    entry = [one for one in world.rows(AuditEntry) if one.action != "user.login"][-1]
    return entry.action, entry.actor_id, entry.subject_id


def test_given_the_old_password_then_the_new_one_counts_and_other_sessions_end(
    world: World,
) -> None:
    ana = world.person()
    other = world.services.logins.log_in(ana.email, PASSWORD, HOME)

    world.services.passwords.change(ana.actor, PASSWORD, NEW)

    assert (_opens(world, ana.email, PASSWORD), _opens(world, ana.email, NEW)) == (False, True)
    assert _is_open(world, ana)
    with pytest.raises(NotAuthenticated):
        world.services.logins.authenticate(other.token)
    assert _last_entry(world) == ("password.changed", ana.id, ana.id)


@pytest.mark.parametrize(
    ("present", "new", "code"),
    [
        ("a wrong phrase", NEW, "password_wrong"),
        ("", NEW, "password_wrong"),
        (PASSWORD, "7 chars", "password_too_short"),
        (PASSWORD, "x" * 73, "password_too_long"),
        (PASSWORD, "iloveyou1", "password_common"),
        (PASSWORD, "Grace Hopper", "password_is_name"),
    ],
)
def test_given_a_wrong_old_or_an_unfit_new_password_then_nothing_changes(
    world: World, present: str, new: str, code: str
) -> None:
    ana = world.person(name="Grace Hopper")

    with pytest.raises(Invalid) as refused:
        world.services.passwords.change(ana.actor, present, new)

    assert refused.value.code == code
    assert _opens(world, ana.email, PASSWORD)


def test_given_guesses_at_the_old_password_then_they_are_throttled(world: World) -> None:
    ana = world.person()
    codes = []
    for _ in range(11):
        with pytest.raises(ProctorError) as refused:
            world.services.passwords.change(ana.actor, "a wrong phrase", NEW)
        codes.append(refused.value.code)

    assert codes == ["password_wrong"] * 10 + ["throttled"]


def test_given_two_changes_at_once_then_the_later_one_finds_its_old_password_gone(
    world: World,
) -> None:
    ana = world.person()
    together = threading.Barrier(2)

    def change(new: str) -> str:
        together.wait(10)
        try:
            world.services.passwords.change(ana.actor, PASSWORD, new)
        except Invalid as refused:
            return refused.code
        return "changed"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(change, (NEW, "yet another phrase")))

    assert sorted(outcomes) == ["changed", "password_wrong"]
