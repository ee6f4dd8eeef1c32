"""What the page of API keys says: states, scopes by their subject, use beside the quota."""

from dataclasses import dataclass

from proctor_app.clock import iso
from proctor_app.domain.scopes import MEANING, Scope
from proctor_app.services.api_keys import KeyView
from proctor_app.services.key_door import KeyState
from proctor_app.state.people_words import Question
from proctor_app.state.shown import Chip

_STATES: dict[KeyState, Chip] = {
    "active": Chip("ok", "Active"),
    "expired": Chip("none", "Expired"),
    "revoked": Chip("none", "Revoked"),
    "owner_out": Chip("notice", "Owner may use none"),
}
_SUBJECTS = {
    "exams": "Exams",
    "rosters": "Rosters",
    "people": "People",
    "attempts": "Attempts",
    "incidents": "Incidents",
    "reports": "Reports",
}
SCOPES = [
    (words, [(scope, MEANING[scope]) for scope in Scope if scope.startswith(f"{subject}:")])
    for subject, words in _SUBJECTS.items()
]
"""By subject: each scope with what it means."""
EXPIRIES = {"30": "In 30 days", "90": "In 90 days", "365": "In a year", "never": "Never"}


@dataclass(frozen=True)
class ShownKey:
    """The times are ISO 8601 or empty. used: requests of today in words; share: of the quota, a
    CSS length, empty without a quota. may_end: whether there is something to revoke."""

    id: str
    name: str
    prefix: str
    owner: str
    scopes: list[str]
    state: Chip
    used: str
    share: str
    is_nearly_full: bool
    rate: str
    created_at: str
    last_used_at: str
    expires_at: str
    may_end: bool


def shown_key(view: KeyView) -> ShownKey:
    share = min(1.0, view.used_today / view.per_day) if view.per_day else 0.0
    return ShownKey(
        id=view.id,
        name=view.name,
        prefix=view.prefix,
        owner=view.owner,
        scopes=[scope.value for scope in view.scopes],
        state=_STATES[view.state],
        used=f"{view.used_today:,} of {view.per_day:,}" if view.per_day else f"{view.used_today:,}",
        share=f"{share:.0%}" if view.per_day else "",
        is_nearly_full=share >= 0.9,
        rate=f"{view.per_minute:,} a minute",
        created_at=iso(view.created_at),
        last_used_at=iso(view.last_used_at) if view.last_used_at else "",
        expires_at=iso(view.expires_at) if view.expires_at else "",
        may_end=view.state != "revoked",
    )


def question(view: KeyView) -> Question:
    """What to ask before the key is revoked."""
    return Question(
        title=f"Revoke “{view.name}”?",
        text="Whatever uses this key is refused from now on. It can't be given back; a new key can "
        "be made in its place.",
        label="Revoke",
        is_grave=True,
    )
