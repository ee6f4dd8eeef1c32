"""Keys of machines: made, used, counted, and ended with the standing of whoever made them."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from proctor_app.db.partner_tables import ApiKey, ApiKeyUse
from proctor_app.db.tables import AuditEntry, User
from proctor_app.domain.access import Role
from proctor_app.domain.scopes import Scope
from proctor_app.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    ProctorError,
    Throttled,
)
from proctor_app.services import api_keys
from proctor_app.services.api_keys import MadeKey, NewKey
from proctor_app.services.key_door import KeyInUse, QuotaUsedUp, RateExceeded
from tests.api_keys import api_key
from tests.world import Person, World

HERE = "192.0.2.1"


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN)


def used(world: World, made: MadeKey) -> KeyInUse:
    """One request with the key, as far as the door goes."""
    door = world.services.key_door
    key = door.authenticate(made.key, HERE)
    door.admit(key, door.rate(key))
    return key


def refusal(work: Callable[[], Any]) -> str:
    with pytest.raises(ProctorError) as refused:
        work()
    return refused.value.code


def entries(world: World, action: str) -> list[AuditEntry]:
    return [row for row in world.rows(AuditEntry) if row.action == action]


# --- making ---


def test_given_a_key_then_it_is_shown_once_and_only_its_digest_is_kept(
    world: World, admin: Person
) -> None:
    made = api_key(world, admin, (Scope.EXAMS_READ, Scope.ATTEMPTS_READ))

    assert re.fullmatch(r"prk_[A-Za-z0-9_-]{43}", made.key)
    (row,) = world.rows(ApiKey)
    assert made.key not in repr(row)
    assert (row.prefix, row.scopes) == (made.key[:10], "exams:read attempts:read")
    assert made.key not in repr(world.services.api_keys.all(admin.actor))
    (entry,) = entries(world, "key.created")
    assert (entry.actor_id, entry.subject_id) == (admin.id, made.view.id)
    assert made.key not in entry.detail
    assert api_key(world, admin).key != made.key


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": "  "}, "name_invalid"),
        ({"name": "x" * 81}, "name_invalid"),
        ({"name": "a\x07b"}, "name_invalid"),
        ({"scopes": ()}, "scopes_missing"),
        ({"expires_in_days": 0}, "expiry_invalid"),
        ({"expires_in_days": 3651}, "expiry_invalid"),
        ({"per_minute": 0}, "limit_invalid"),
        ({"per_minute": 1201}, "limit_invalid"),
        ({"per_day": -1}, "limit_invalid"),
    ],
)
def test_given_what_no_key_can_have_then_none_is_made(
    world: World, admin: Person, changed: dict[str, Any], code: str
) -> None:
    wanted = replace(NewKey("A machine", (Scope.EXAMS_READ,)), **changed)
    with pytest.raises(Invalid) as refused:
        world.services.api_keys.create(admin.actor, wanted)
    assert refused.value.code == code
    assert world.rows(ApiKey) == []


@pytest.mark.parametrize("role", [Role.STUDENT, Role.PROCTOR])
def test_given_somebody_else_than_an_admin_then_keys_are_none_of_their_business(
    world: World, admin: Person, role: Role
) -> None:
    made, other = api_key(world, admin), world.person(role)
    keys = world.services.api_keys
    for work in (
        lambda: api_key(world, other),
        lambda: keys.all(other.actor),
        lambda: keys.one(other.actor, made.view.id),
        lambda: keys.revoke(other.actor, made.view.id),
    ):
        with pytest.raises(NotAllowed):
            work()


def test_given_a_key_then_it_makes_reads_and_revokes_no_keys(world: World, admin: Person) -> None:
    made = api_key(world, admin)
    machine, keys = replace(admin, actor=used(world, made).actor), world.services.api_keys
    for work in (
        lambda: api_key(world, machine),
        lambda: keys.all(machine.actor),
        lambda: keys.revoke(machine.actor, made.view.id),
    ):
        with pytest.raises(NotAllowed):
            work()
    assert keys.own(machine.actor).id == made.view.id
    with pytest.raises(NotFound):
        keys.own(admin.actor)


def test_given_as_many_keys_as_there_may_be_then_no_more_until_one_is_revoked(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_keys, "MAX_KEYS", 2)
    made = [api_key(world, admin) for _ in range(2)]
    with pytest.raises(Conflict):
        api_key(world, admin)
    world.services.api_keys.revoke(admin.actor, made[0].view.id)
    api_key(world, admin)


# --- using ---


def test_given_a_good_key_then_it_acts_for_its_owner_with_its_scopes(
    world: World, admin: Person
) -> None:
    made = api_key(world, admin, (Scope.ROSTERS_READ,))

    key = used(world, made)

    assert (key.actor.user_id, key.actor.role) == (admin.id, Role.ADMIN)
    assert (key.actor.key_id, key.actor.session_id) == (made.view.id, "")
    assert key.scopes == {Scope.ROSTERS_READ}


@pytest.mark.parametrize(
    "key", ["", "prk_", "prk_" + "A" * 43, "prk_" + "A" * 42 + "é", "x" * 5000, "prk_\x00"]
)
def test_given_a_made_up_key_then_it_is_not_known(world: World, admin: Person, key: str) -> None:
    api_key(world, admin)
    door = world.services.key_door
    assert refusal(lambda: door.authenticate(key, HERE)) == "key_unknown"


def test_given_a_key_in_other_letters_then_it_is_another_one(world: World, admin: Person) -> None:
    made, door = api_key(world, admin), world.services.key_door
    wrong = "prk_" + made.key[4:].swapcase()
    assert refusal(lambda: door.authenticate(wrong, HERE)) == "key_unknown"


def test_given_an_end_then_the_key_opens_nothing_from_that_moment_on(
    world: World, admin: Person
) -> None:
    made, endless = api_key(world, admin, days=1), api_key(world, admin, days=None)
    world.clock.advance(86_399)
    used(world, made)
    world.clock.advance(1)
    assert refusal(lambda: used(world, made)) == "key_expired"
    used(world, endless)
    states = {view.id: view.state for view in world.services.api_keys.all(admin.actor)}
    assert states == {endless.view.id: "active", made.view.id: "expired"}


def test_given_a_key_is_revoked_by_another_admin_then_it_opens_nothing_and_the_log_tells_once(
    world: World, admin: Person
) -> None:
    made, other = api_key(world, admin), world.person(Role.ADMIN)
    for _ in range(2):
        assert world.services.api_keys.revoke(other.actor, made.view.id).state == "revoked"
    assert refusal(lambda: used(world, made)) == "key_revoked"
    (entry,) = entries(world, "key.revoked")
    assert (entry.actor_id, entry.subject_id) == (other.id, made.view.id)
    with pytest.raises(NotFound):
        world.services.api_keys.revoke(other.actor, made.view.id.upper() + "x")


def test_given_wrong_keys_again_and_again_then_their_address_waits_and_good_ones_pass(
    world: World, admin: Person
) -> None:
    made, door = api_key(world, admin), world.services.key_door
    wrong = "prk_" + "A" * 43
    for _ in range(30):
        with pytest.raises(NotAuthenticated):
            door.authenticate(wrong, HERE)
    with pytest.raises(Throttled) as refused:
        door.authenticate(wrong, HERE)
    assert 1 <= refused.value.retry_after_s <= 180
    used(world, made)
    with pytest.raises(NotAuthenticated):
        door.authenticate(wrong, "192.0.2.2")


def test_given_a_key_is_used_then_the_log_names_it(world: World, admin: Person) -> None:
    made = api_key(world, admin)
    machine = used(world, made).actor
    with world.database.write() as session:
        world.services.audit.note(session, machine, "exam.closed", "exam", "e", number=7)
    (entry,) = entries(world, "exam.closed")
    assert entry.detail == f'{{"key": "{made.view.id}", "number": 7}}'
    assert world.services.audit.verify().problem == ""


# --- what the owner's standing does ---


def _demote(world: World, boss: Person, admin: Person) -> None:
    world.services.people.change(boss.actor, admin.id, role=Role.PROCTOR)


def _disable(world: World, boss: Person, admin: Person) -> None:
    world.services.people.change(boss.actor, admin.id, disabled=True)


def _erase(world: World, boss: Person, admin: Person) -> None:
    world.services.erasure.erase(boss.actor, admin.id)


@pytest.mark.parametrize("change", [_demote, _disable, _erase])
def test_given_the_owner_loses_their_standing_then_their_keys_are_revoked_for_good(
    world: World, admin: Person, change: Callable[[World, Person, Person], None]
) -> None:
    boss = world.person(Role.ADMIN)
    made, other = api_key(world, admin), api_key(world, boss)

    change(world, boss, admin)

    assert refusal(lambda: used(world, made)) == "key_revoked"
    used(world, other)
    (entry,) = entries(world, "key.revoked")
    assert (entry.actor_id, entry.subject_id) == (boss.id, made.view.id)
    if change is not _erase:
        world.services.people.change(boss.actor, admin.id, role=Role.ADMIN, disabled=False)
        assert refusal(lambda: used(world, made)) == "key_revoked"


@pytest.mark.parametrize("column", ["role", "disabled_at"])
def test_given_an_owner_who_is_out_whatever_the_key_says_then_it_is_refused(
    world: World, admin: Person, column: str
) -> None:
    made = api_key(world, admin)
    with world.database.write() as session:
        value = "proctor" if column == "role" else world.clock.now
        setattr(session.get_one(User, admin.id), column, value)
    assert refusal(lambda: used(world, made)) == "key_owner_refused"


def test_given_a_second_factor_is_asked_that_the_owner_lacks_then_the_key_is_refused(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, logins = api_key(world, admin), world.services.logins
    monkeypatch.setattr(logins, "_policy", replace(logins._policy, second_factor_for_staff=True))
    assert refusal(lambda: used(world, made)) == "key_owner_refused"
    with pytest.raises(NotAllowed):
        api_key(world, admin)
    with world.database.write() as session:
        session.get_one(User, admin.id).totp_enabled_at = world.clock.now
    used(world, made)


# --- how much ---


def test_given_a_rate_then_the_request_beyond_it_waits_and_costs_no_quota(
    world: World, admin: Person
) -> None:
    made = api_key(world, admin, per_minute=2)
    for _ in range(2):
        used(world, made)
    with pytest.raises(RateExceeded) as refused:
        used(world, made)
    assert (refused.value.code, 1 <= refused.value.retry_after_s <= 60) == ("rate_limited", True)
    assert [row.uses for row in world.rows(ApiKeyUse)] == [2]


def test_given_a_quota_then_it_is_a_day_s_by_utc_and_a_restart_does_not_give_it_back(
    world: World, admin: Person
) -> None:
    made, other = api_key(world, admin, per_day=2), api_key(world, admin, per_day=2)
    since_midnight_s = int(world.clock.now.timestamp()) % 86_400
    for _ in range(2):
        used(world, made)
    for _ in range(2):
        with pytest.raises(QuotaUsedUp) as refused:
            used(world, made)
        assert refused.value.retry_after_s == 86_400 - since_midnight_s
    used(world, other)
    view = world.services.api_keys.one(admin.actor, made.view.id)
    assert (view.used_today, view.state) == (2, "active")

    world.clock.advance(86_400 - since_midnight_s)
    used(world, made)
    assert world.services.api_keys.one(admin.actor, made.view.id).used_today == 1


def test_given_many_requests_at_the_same_time_then_no_more_pass_than_the_quota_has(
    world: World, admin: Person
) -> None:
    made = api_key(world, admin, per_day=10)

    def passes(_: int) -> bool:
        try:
            used(world, made)
        except QuotaUsedUp:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        passed = list(pool.map(passes, range(24)))

    assert (passed.count(True), [row.uses for row in world.rows(ApiKeyUse)]) == (10, [10])


def test_given_uses_then_the_last_one_is_noted_once_a_minute(world: World, admin: Person) -> None:
    made = api_key(world, admin)

    def last_used() -> timedelta:
        (row,) = world.rows(ApiKey)
        assert row.last_used_at is not None
        return row.last_used_at - row.created_at

    used(world, made)
    world.clock.advance(60)
    used(world, made)
    assert last_used() == timedelta(0)
    world.clock.advance(1)
    used(world, made)
    assert last_used() == timedelta(seconds=61)


def test_given_counts_of_long_ago_then_they_go_with_the_first_use_of_a_day(
    world: World, admin: Person
) -> None:
    made, unused = api_key(world, admin, days=None), api_key(world, admin, days=None)
    used(world, made)
    used(world, unused)
    world.clock.advance(90 * 86_400)
    used(world, made)
    assert len(world.rows(ApiKeyUse)) == 3, "90 days are kept"
    world.clock.advance(86_400)
    used(world, made)
    assert len(world.rows(ApiKeyUse)) == 2
    world.clock.advance(91 * 86_400)
    world.services.key_door.remove_old_uses()
    assert world.rows(ApiKeyUse) == []
