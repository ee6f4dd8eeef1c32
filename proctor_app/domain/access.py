"""Who may do what: one pure function, so that every route and handler decides alike."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    STUDENT = "student"
    PROCTOR = "proctor"
    ADMIN = "admin"


class Action(StrEnum):
    """What a request wants to do."""

    SIT = "sit"  # the exam page, frames: the candidate alone, never a key
    STEER = "steer"  # start and stop a session: the candidate, or staff
    READ_ATTEMPT = "read_attempt"  # the candidate, or staff
    READ_EVIDENCE = "read_evidence"  # staff
    WATCH = "watch"  # the wall: staff
    ADMINISTER = "administer"  # admins


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody whose token was verified. session_id: the login it came with. limited: to their
    own account, until they have set up the second factor that the installation asks of them.
    key_id: of the API key that a machine acts with for them, empty for the person themself."""

    user_id: str
    name: str
    role: Role
    session_id: str
    limited: bool = False
    key_id: str = ""


STAFF = frozenset({Role.PROCTOR, Role.ADMIN})


def may(actor: Actor, action: Action, owner_id: str | None = None) -> bool:
    """Tell whether the actor may do this to what ``owner_id`` owns (None: owned by nobody)."""
    if actor.limited:
        return False
    own = owner_id is not None and owner_id == actor.user_id
    match action:
        case Action.SIT:
            return own and not actor.key_id
        case Action.READ_ATTEMPT | Action.STEER:
            return own or actor.role in STAFF
        case Action.WATCH | Action.READ_EVIDENCE:
            return actor.role in STAFF
        case Action.ADMINISTER:
            return actor.role is Role.ADMIN
