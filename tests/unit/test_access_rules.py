"""Who may do what, as one table over every role and action."""

from dataclasses import replace
from itertools import product

import pytest

from proctor_app.domain.access import Action, Actor, Role, may
from proctor_app.errors import NotAllowed
from proctor_app.services.access import allow

_OWN, _ANOTHERS, _NOBODYS = "me", "somebody", None

# For each action: who may do it to their own data, and who to another's or nobody's.
TABLE: dict[Action, tuple[set[Role], set[Role]]] = {
    Action.SIT: ({Role.STUDENT, Role.PROCTOR, Role.ADMIN}, set()),
    Action.STEER: ({Role.STUDENT, Role.PROCTOR, Role.ADMIN}, {Role.PROCTOR, Role.ADMIN}),
    Action.READ_ATTEMPT: ({Role.STUDENT, Role.PROCTOR, Role.ADMIN}, {Role.PROCTOR, Role.ADMIN}),
    Action.READ_EVIDENCE: ({Role.PROCTOR, Role.ADMIN}, {Role.PROCTOR, Role.ADMIN}),
    Action.WATCH: ({Role.PROCTOR, Role.ADMIN}, {Role.PROCTOR, Role.ADMIN}),
    Action.ADMINISTER: ({Role.ADMIN}, {Role.ADMIN}),
}


@pytest.mark.parametrize(
    ("action", "role", "owner"), sorted(product(Action, Role, (_OWN, _ANOTHERS, "")))
)
def test_given_an_action_a_role_and_an_owner_then_the_table_decides(
    action: Action, role: Role, owner: str
) -> None:
    actor = Actor("me", "Me", role, "login")
    expected = role in TABLE[action][0 if owner == _OWN else 1]

    assert may(actor, action, owner or _NOBODYS) is expected
    if expected:
        allow(actor, action, owner or _NOBODYS)
    else:
        with pytest.raises(NotAllowed):
            allow(actor, action, owner or _NOBODYS)


def test_every_action_is_in_the_table() -> None:
    assert set(TABLE) == set(Action)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("owner", [_OWN, _ANOTHERS, _NOBODYS])
def test_given_a_key_then_it_may_what_its_owner_may_except_sit(
    action: Action, owner: str | None
) -> None:
    person = Actor("me", "Me", Role.ADMIN, "login")
    machine = replace(person, session_id="", key_id="key")
    assert may(machine, action, owner) is (may(person, action, owner) and action is not Action.SIT)
