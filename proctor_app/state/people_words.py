"""What the page about people says: states, roles, and what each action will do."""

from dataclasses import dataclass

from proctor_app.clock import iso
from proctor_app.domain.access import Role
from proctor_app.services.people import COUNTED, PersonView
from proctor_app.state.shown import Chip

ROLES = {Role.STUDENT: "Student", Role.PROCTOR: "Proctor", Role.ADMIN: "Admin"}
STATES = {
    "active": Chip("ok", "Active"),
    "disabled": Chip("none", "Disabled"),
    "locked": Chip("notice", "Face log-in locked"),
    "erasure_requested": Chip("alert", "Erasure asked for"),
    "erased": Chip("none", "Erased"),
}


@dataclass(frozen=True)
class ShownPerson:
    """role: as it is written; platforms: names, separated by commas; the times are ISO 8601 or
    empty."""

    id: str
    name: str
    email: str
    role: str
    role_words: str
    state: Chip
    is_disabled: bool
    is_erased: bool
    is_me: bool
    has_face: bool
    has_second_factor: bool
    platforms: str
    created_at: str
    last_login_at: str


@dataclass(frozen=True)
class Question:
    """A dialog that asks before something is done. type_this: what must be typed to confirm it,
    empty where a press of the button is enough."""

    title: str = ""
    text: str = ""
    label: str = ""
    is_grave: bool = False
    type_this: str = ""


@dataclass(frozen=True, slots=True)
class _Words:
    """text and done may hold {name}; own: said besides where it is one's own account."""

    title: str
    text: str
    label: str
    done: str
    is_grave: bool = False
    own: str = ""


_OWN_ROLE = (
    " This is your own account: you lose these pages at once, and only another admin can give "
    "them back."
)
_OUT = " {name} is logged out everywhere and has to log in again."
_WORDS = {
    "student": _Words(
        "Make {name} a student?",
        "A student sits exams and sees their own sessions only." + _OUT,
        "Make a student",
        "{name} is a student now.",
        own=_OWN_ROLE,
    ),
    "proctor": _Words(
        "Make {name} a proctor?",
        "A proctor watches candidates live, and sees incidents and pictures." + _OUT,
        "Make a proctor",
        "{name} is a proctor now.",
        own=_OWN_ROLE,
    ),
    "admin": _Words(
        "Make {name} an admin?",
        "An admin can do everything: change and erase people, read the log, watch candidates."
        + _OUT,
        "Make an admin",
        "{name} is an admin now.",
    ),
    "disable": _Words(
        "Disable the account of {name}?",
        "{name} is logged out everywhere and can't log in until the account is enabled again. "
        "Nothing is removed.",
        "Disable",
        "The account of {name} is disabled.",
        is_grave=True,
    ),
    "enable": _Words(
        "Enable the account of {name}?",
        "{name} can log in again with the same password.",
        "Enable",
        "The account of {name} is enabled.",
    ),
    "face": _Words(
        "Reset the face of {name}?",
        "The face template and the photo, where one was kept, are removed. {name} logs in with the "
        "password and enrols again.",
        "Reset face",
        "The face of {name} was reset.",
        is_grave=True,
    ),
    "second_factor": _Words(
        "Reset the second factor of {name}?",
        "Make sure that it is really {name} who asks for this. The password alone is enough until "
        "a second factor is set up again. {name} is logged out everywhere.",
        "Reset second factor",
        "The second factor of {name} was reset.",
        is_grave=True,
    ),
    "platforms": _Words(
        "Remove the learning platforms of {name}?",
        "They open this account no more: {name} logs in with a password, or by a face. Where none "
        'was ever set, "Forgot the password?" sends a link, if the address is real.' + _OUT,
        "Remove",
        "Learning platforms no longer open the account of {name}.",
        is_grave=True,
    ),
    "sessions": _Words(
        "Log {name} out everywhere?",
        "Every browser and program of {name} has to log in again, and learning platforms open "
        "the account no more. An exam that runs goes on after the log-in.",
        "Log out everywhere",
        "{name} was logged out everywhere.",
        own=" This is your own account: you are logged out here, too.",
    ),
    "erase": _Words(
        "Erase {name} for good?",
        "Name, e-mail, password, face template, photo and all pictures of {name}'s exams are "
        "removed and can't be brought back. Exams, incidents and the log stay, under no name.",
        "Erase for good",
        "The account was erased.",
        is_grave=True,
    ),
}
ACTIONS = frozenset(_WORDS)


def question(action: str, person: PersonView, *, is_me: bool) -> Question:
    """What to ask before this is done to this person; action: one of ACTIONS."""
    words = _WORDS[action]
    text = (words.text + (words.own if is_me else "")).format(name=person.name)
    return Question(
        title=words.title.format(name=person.name),
        text=text,
        label=words.label,
        is_grave=words.is_grave,
        type_this=person.email if action == "erase" else "",
    )


def done(action: str, name: str) -> str:
    return _WORDS[action].done.format(name=name)


def shown_person(view: PersonView, me: str) -> ShownPerson:
    return ShownPerson(
        id=view.id,
        name=view.name,
        email="" if view.state == "erased" else view.email,
        role=view.role.value,
        role_words=ROLES[view.role],
        state=STATES[view.state],
        is_disabled=view.is_disabled,
        is_erased=view.state == "erased",
        is_me=view.id == me,
        has_face=view.has_face,
        has_second_factor=view.has_second_factor,
        platforms=", ".join(view.platforms),
        created_at=iso(view.created_at),
        last_login_at=iso(view.last_login_at) if view.last_login_at else "",
    )


def total_words(total: int) -> str:
    """ "1 person", "1,204 people", "10,000 people or more"."""
    if total == 1:
        return "1 person"
    return f"{total:,} people" + (" or more" if total >= COUNTED else "")
