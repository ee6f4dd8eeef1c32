"""Who somebody of a learning platform is here: one account for each of its people.

An account that somebody had here before is only taken where the platform is trusted to know whose
e-mail addresses are whose, and never one of staff: a platform's admin can enter any address.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from proctor_app.clock import Clock
from proctor_app.db.partner_tables import LtiPlatform, LtiUser
from proctor_app.db.repositories.lti import MADE, TAKEN_BACK, LtiRows
from proctor_app.db.repositories.roster import Roster
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Transaction
from proctor_app.db.tables import User
from proctor_app.domain.access import STAFF, Role
from proctor_app.errors import Conflict, Invalid, NotAllowed
from proctor_app.services.emails import NOWHERE, normal_email
from proctor_app.services.logins import Logins
from proctor_app.services.lti_claims import Launch
from proctor_app.services.passwords import nobodys_password, was_never_set


@dataclass(frozen=True, slots=True)
class Found:
    """A person's account, locked. done, details: what the log is to say of it, empty for
    nothing."""

    user: User
    done: str
    details: Mapping[str, str]


class PlatformPeople:
    def __init__(self, logins: Logins, clock: Clock) -> None:
        self._logins = logins
        self._clock = clock

    def account(self, session: Transaction, platform: LtiPlatform, launch: Launch) -> Found:
        """The person's account; made or taken over the first time they come.

        Raises NotAllowed ("account_disabled", "instructors_not_let_in", "second_factor_required",
        "staff_not_let_in", "staff_sit_no_exams"), Conflict ("account_exists").
        """
        rows = LtiRows(session)
        link, user = self._linked(session, platform, launch)
        if link is None or user is None:
            found = self._first_time(session, platform, launch)
            link = LtiUser(
                platform_id=platform.id,
                subject=launch.subject,
                user_id=found.user.id,
                made_proctor=MADE if launch.teaches else 0,
                created_at=self._clock(),
            )
            rows.add(link)
        elif launch.teaches and Role(user.role) not in STAFF:
            found = self._promoted(session, platform, link, user)
        else:
            found = Found(user, "", {})
        _let_in(found.user, platform, link, launch)
        return found

    def _linked(
        self, session: Transaction, platform: LtiPlatform, launch: Launch
    ) -> tuple[LtiUser | None, User | None]:
        """Whose account it is; the link is read anew once the account is held, as somebody may have
        cut it meanwhile."""
        rows = LtiRows(session)
        link = rows.user(platform.id, launch.subject)
        if link is None:
            return None, None
        user = Users(session).locked(link.user_id)
        return rows.locked_user(platform.id, launch.subject), user

    def _first_time(self, session: Transaction, platform: LtiPlatform, launch: Launch) -> Found:
        if launch.teaches and not platform.makes_proctors:
            raise instructors_not_let_in()
        email = _email(launch.email)
        found = Users(session).by_email(email) if email else None
        if found is not None:
            return self._adopted(session, platform, launch, found.id)
        role = Role.PROCTOR if launch.teaches else Role.STUDENT
        user_id = str(uuid.uuid4())
        user = User(
            id=user_id,
            email=email or f"{user_id}@{NOWHERE}",
            name=launch.name or (email.split("@")[0] if email else "Somebody"),
            password_hash=nobodys_password(),
            role=role.value,
            created_at=self._clock(),
        )
        Users(session).add(user)
        Roster(session).bind(user.email, user.id)
        return Found(user, "user.created", {"role": user.role, "by": "lti"})

    def _adopted(
        self, session: Transaction, platform: LtiPlatform, launch: Launch, user_id: str
    ) -> Found:
        user = Users(session).locked(user_id)
        is_fit = (
            user is not None
            and platform.adopts_accounts
            and user.role == Role.STUDENT
            and not launch.teaches
            and not LtiRows(session).is_linked(platform.id, user_id)
        )
        if user is None or not is_fit:
            raise Conflict(
                "account_exists",
                "There is an account here with your e-mail address already, and the learning "
                "platform may not open it. Log in here with your password instead.",
            )
        return Found(user, "user.linked", {"by": "lti"})

    def _promoted(
        self, session: Transaction, platform: LtiPlatform, link: LtiUser, user: User
    ) -> Found:
        """Of the accounts that platforms made alone: one's own account here stays what it is, and
        so does one that an admin made a student again."""
        is_theirs = was_never_set(user.password_hash) and link.made_proctor != TAKEN_BACK
        if not platform.makes_proctors or not is_theirs:
            raise instructors_not_let_in()
        before, user.role = user.role, Role.PROCTOR.value
        link.made_proctor = MADE
        self._logins.revoke_all(session, user.id)
        return Found(user, "user.role_set", {"role": user.role, "before": before, "by": "lti"})


def instructors_not_let_in() -> NotAllowed:
    return NotAllowed(
        "instructors_not_let_in",
        "Teachers of your learning platform get no account here by themselves. Ask the admins of "
        "this installation to let them in, or for an account of your own.",
    )


def _let_in(user: User, platform: LtiPlatform, link: LtiUser, launch: Launch) -> None:
    """Of staff, those alone whom this platform made proctors, while it may; and they teach."""
    if user.disabled_at is not None:
        raise NotAllowed("account_disabled", "Your account here was disabled. Ask who runs it.")
    is_made = user.role == Role.PROCTOR and link.made_proctor == MADE and platform.makes_proctors
    if Role(user.role) in STAFF and not is_made:
        raise NotAllowed(
            "staff_not_let_in",
            "Your account is one of this installation's staff, which the learning platform may not "
            "open. Log in here with your password instead.",
        )
    if Role(user.role) in STAFF and not launch.teaches:
        raise NotAllowed(
            "staff_sit_no_exams",
            "Your account here is one of staff, and staff sit no exams by a learning platform. If "
            "you are to sit this one, ask the admins of this installation.",
        )
    if user.totp_enabled_at is not None:
        raise NotAllowed(
            "second_factor_required",
            "Your account has a second factor: log in here with your password and its code.",
        )


def _email(given: str) -> str:
    """In its normal form; empty where it is none."""
    try:
        return normal_email(given) if given else ""
    except Invalid:
        return ""
