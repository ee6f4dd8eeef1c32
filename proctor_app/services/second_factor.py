"""The second factor: six digits from an authenticator app (TOTP, RFC 6238), each good once."""

from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno
from pyotp.utils import strings_equal

from proctor_app.clock import Clock
from proctor_app.db.repositories.logins import LoginRows
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Database
from proctor_app.db.tables import User
from proctor_app.domain.access import Actor
from proctor_app.errors import Conflict, Invalid, NotAuthenticated
from proctor_app.services.audit import Audit
from proctor_app.services.emails import reaches_nobody
from proctor_app.services.passwords import verify, was_never_set
from proctor_app.services.standing import in_use
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.vault import Vault

ISSUER = "Proctor"
_DIGITS = 6
_STEP_S = 30
_WINDOW = 1
"""Steps accepted before and after the present one, for clocks that differ (RFC 6238, 5.2)."""
_GROUP = 4
_MAX_CODE = 16


@dataclass(frozen=True, slots=True)
class Setup:
    """What an authenticator app needs: a picture to scan, or the secret to type, in groups of
    four; uri: all of it in the form that apps open; picture: a data URL."""

    secret: str
    uri: str
    picture: str


class SecondFactor:
    def __init__(
        self, database: Database, vault: Vault, throttle: Throttle, audit: Audit, clock: Clock
    ) -> None:
        self._database = database
        self._vault = vault
        self._throttle = throttle
        self._audit = audit
        self._clock = clock

    def enabled_since(self, actor: Actor) -> datetime | None:
        with self._database.read() as session:
            user = Users(session).by_id(actor.user_id)
        return user.totp_enabled_at if user else None

    def begin(self, actor: Actor) -> Setup:
        """Make a new secret, which counts once a code of it was confirmed.

        Raises Conflict where a second factor is set up already, and where the account has no
        password ("password_not_set"): with a second factor, platforms don't open it any more.
        """
        secret = pyotp.random_base32()
        sealed = self._vault.seal(secret.encode())
        with self._database.write() as session:
            user = in_use(Users(session).locked(actor.user_id))
            if user.totp_enabled_at is not None:
                raise _already_on()
            if was_never_set(user.password_hash):
                raise _no_password(user)
            user.totp_secret, user.totp_last_step = sealed, None
            email = user.email
        uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)
        return Setup(_grouped(secret), uri, _picture(uri))

    def confirm(self, actor: Actor, code: str) -> None:
        """Switch the second factor on with a first code; the actor's other log-ins end.

        Raises Invalid for a wrong code, Conflict where nothing was begun, Throttled.
        """
        self._throttle.hit(Limit.SECOND_FACTOR, actor.user_id)
        with self._database.write() as session:
            user = in_use(Users(session).locked(actor.user_id))
            if user.totp_enabled_at is not None:
                raise _already_on()
            if user.totp_secret is None:
                raise Conflict("second_factor_not_begun", "Begin to set up the second factor.")
            if not self._use(user, code):
                raise Invalid("second_factor_wrong", "This code is wrong or was used already.")
            now = user.totp_enabled_at = self._clock()
            ended = LoginRows(session).revoke_all(user.id, now, actor.session_id)
            self._audit.note(session, actor, "second_factor.enabled", "user", user.id, ended=ended)
        self._throttle.give_back(Limit.SECOND_FACTOR, actor.user_id)

    def disable(self, actor: Actor, password: str, code: str) -> None:
        """Switch it off; asks for both factors. Slow by design: call it in the PasswordPool.

        Raises Invalid for a wrong password or code, Conflict where it is off, Throttled.
        """
        with self._database.read() as session:
            user = in_use(Users(session).by_id(actor.user_id))
        self._throttle.hit(Limit.LOG_IN_FAILURES, user.id)
        if not verify(password, user.password_hash):
            raise Invalid("password_wrong", "The password is wrong.")
        self._throttle.give_back(Limit.LOG_IN_FAILURES, user.id)
        self._throttle.hit(Limit.SECOND_FACTOR, user.id)
        with self._database.write() as session:
            user = in_use(Users(session).locked(actor.user_id))
            if user.totp_enabled_at is None:
                raise Conflict("second_factor_off", "There is no second factor to switch off.")
            if not self._use(user, code):
                raise Invalid("second_factor_wrong", "This code is wrong or was used already.")
            user.totp_secret = user.totp_enabled_at = user.totp_last_step = None
            self._audit.note(session, actor, "second_factor.disabled", "user", user.id)
        self._throttle.give_back(Limit.SECOND_FACTOR, user.id)

    def check(self, user_id: str, code: str) -> None:
        """Use up a code of somebody who logs in and has given the right password.

        A wrong one is noted. Raises NotAuthenticated (second_factor_required,
        second_factor_wrong) or Throttled.
        """
        if not code.strip():
            raise NotAuthenticated(
                "second_factor_required", "Enter the code that your authenticator app shows."
            )
        self._throttle.hit(Limit.SECOND_FACTOR, user_id)
        with self._database.write() as session:
            user = Users(session).locked(user_id)
            right = user is not None and (user.totp_enabled_at is None or self._use(user, code))
            if not right:
                self._audit.note(session, None, "second_factor.failed", "user", user_id)
        if not right:
            raise NotAuthenticated(
                "second_factor_wrong",
                "This code is wrong or was used already. Wait for the next one.",
            )
        self._throttle.give_back(Limit.SECOND_FACTOR, user_id)

    def _use(self, user: User, code: str) -> bool:
        """Compare a code, and note its step in the transaction that holds the row: of two log-ins
        with one code, one gets in."""
        given = "".join(code[:_MAX_CODE].split())
        if user.totp_secret is None or len(given) != _DIGITS or not given.isascii():
            return False
        secret = self._vault.open(user.totp_secret).decode()
        step = matching_step(secret, given, self._clock())
        if step is None or (user.totp_last_step is not None and step <= user.totp_last_step):
            return False
        user.totp_last_step = step
        return True


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The step of 30 s since 1970 whose code this is, within one step of now; None for none.

    Source: RFC 6238; all candidates are compared, each in constant time.
    """
    totp = pyotp.TOTP(secret)
    present = int(now.timestamp()) // _STEP_S
    steps = range(max(0, present - _WINDOW), present + _WINDOW + 1)
    found = [step for step in steps if strings_equal(code, totp.generate_otp(step))]
    return found[-1] if found else None


def _already_on() -> Conflict:
    return Conflict("second_factor_on", "A second factor is set up for this account already.")


def _no_password(user: User) -> Conflict:
    how = (
        "it has no e-mail address either, so ask an admin for an account of your own."
        if reaches_nobody(user.email)
        else 'log out, and set one by "Forgot the password?" on the log-in page first.'
    )
    return Conflict("password_not_set", f"Your account has no password yet: {how}")


def _grouped(secret: str) -> str:
    return " ".join(secret[at : at + _GROUP] for at in range(0, len(secret), _GROUP))


def _picture(uri: str) -> str:
    """Dark on white whatever the page's colours are: cameras want it so."""
    code = segno.make_qr(uri, error="m")
    return code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff")
