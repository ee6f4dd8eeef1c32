"""A new password: with the old one, or by a one-use link that was sent to the account's e-mail."""

import hashlib
import logging
import secrets
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from proctor_app.clock import Clock
from proctor_app.db.repositories.password_resets import PasswordResets
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Database
from proctor_app.db.tables import PasswordReset, User
from proctor_app.domain.access import Actor
from proctor_app.errors import Invalid, NotFound, ProctorError
from proctor_app.services.audit import Audit
from proctor_app.services.emails import normal_email
from proctor_app.services.logins import Logins
from proctor_app.services.lti_unlinking import noted, unlink
from proctor_app.services.mail import Mail, Mailer, MailFailed
from proctor_app.services.passwords import Strength, check_policy, hash_password, strength, verify
from proctor_app.services.throttle import Limit, Throttle

log = logging.getLogger(__name__)

LINK_LASTS = timedelta(minutes=30)
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_MAX_WAITING = 100
_TEXT = """\
Somebody, hopefully you, asked to choose a new password for your account at {site}.

{link}

The link is good once, for {minutes} minutes. It ends all sessions of the account. If you did not
ask for it, you need do nothing: your password stays as it is.
"""


@dataclass(frozen=True, slots=True)
class Site:
    """Where people reach the installation. public_url: empty where it is not set; then only
    local names and the origins of the settings are believed."""

    public_url: str = ""
    allowed_origins: tuple[str, ...] = ()


class PasswordChanges:
    def __init__(
        self,
        database: Database,
        logins: Logins,
        mailer: Mailer,
        throttle: Throttle,
        audit: Audit,
        clock: Clock,
        site: Site,
    ) -> None:
        self._database = database
        self._logins = logins
        self._mailer = mailer
        self._throttle = throttle
        self._audit = audit
        self._clock = clock
        self._site = site
        self._errands = ThreadPoolExecutor(1, "mail")
        self._room = threading.BoundedSemaphore(_MAX_WAITING)

    def strength(self, password: str, address: str) -> Strength | None:
        """Rate what somebody types, None for nothing; raises Throttled. Nothing of it is kept."""
        self._throttle.hit(Limit.METER, address)
        return strength(password) if password else None

    def change(self, actor: Actor, present: str, new: str) -> None:
        """Replace the actor's password; every other session of the account ends.

        Slow by design: call it in the PasswordPool. Raises Invalid (wrong password, rules) or
        Throttled.
        """
        user = self._user(actor.user_id)
        self._throttle.hit(Limit.LOG_IN_FAILURES, user.id)
        if not verify(present, user.password_hash):
            raise Invalid("password_wrong", "The present password is wrong.")
        self._throttle.give_back(Limit.LOG_IN_FAILURES, user.id)
        check_policy(new, user.email, user.name)
        hashed = hash_password(new)
        with self._database.write() as session:
            found = Users(session).locked(user.id)
            if found is None or found.password_hash != user.password_hash:
                raise Invalid("password_wrong", "The present password is wrong.")
            found.password_hash = hashed
            ended = self._logins.revoke_all(session, user.id, but=actor.session_id)
            PasswordResets(session).void(user.id, self._clock())
            self._audit.note(session, actor, "password.changed", "user", user.id, ended=ended)

    def forgot(self, email: str, asked_at: str, address: str) -> None:
        """Send a link to whoever has this e-mail, and nothing to nobody; returns before either.

        asked_at: the origin that the request names, believed only as ``link_base`` tells.
        Raises Throttled, by address alone.
        """
        self._throttle.hit(Limit.RESET_ADDRESS, address)
        base = link_base(self._site, asked_at)
        if not base:
            log.error("mail.no_public_url: set PROCTOR_PUBLIC_URL, links can't be made without it")
            return
        if not self._room.acquire(blocking=False):
            log.error("mail.too_many: %d messages wait to be sent already", _MAX_WAITING)
            return
        self._errands.submit(self._send_link, email, base).add_done_callback(_log_failure)

    def reset(self, token: str, new: str, address: str) -> None:
        """Set a new password by a link, end every session of the account, and cut it from learning
        platforms: whoever reads its mail may not be who came from there.

        Slow by design: call it in the PasswordPool. Raises Invalid for a link that is unknown,
        used or too old, and for a password against the rules, which leaves the link good;
        Throttled.
        """
        self._throttle.hit(Limit.RESET_ADDRESS, address)
        user = self._holder(token)
        check_policy(new, user.email, user.name)
        hashed = hash_password(new)
        now = self._clock()
        with self._database.write() as session:
            found = Users(session).locked(user.id)
            link = PasswordResets(session).by_digest(_digest(token))
            if found is None or found.disabled_at or link is None or link.used_at is not None:
                raise _link_invalid()
            found.password_hash = hashed
            PasswordResets(session).void(user.id, now)
            cut, ended = unlink(session, user.id), self._logins.revoke_all(session, user.id)
            self._audit.note(
                session, None, "password.reset", "user", user.id, ended=ended, **noted(cut)
            )

    def close(self) -> None:
        self._errands.shutdown(wait=False, cancel_futures=True)

    def _send_link(self, email: str, base: str) -> None:
        try:
            made = self._make_link(email)
            if made is not None:
                to, token = made
                link = f"{base}/reset-password#token={token}"
                minutes = int(LINK_LASTS.total_seconds() // 60)
                text = _TEXT.format(site=base, link=link, minutes=minutes)
                self._mailer.send(Mail(to, "Choose a new password", text))
        except MailFailed as error:
            log.error("mail.not_sent: %s", error)  # noqa: TRY400 - what failed is in the words
        except ProctorError as error:
            log.error("mail.no_link: %s", error.code)  # noqa: TRY400
        finally:
            self._room.release()

    def _make_link(self, email: str) -> tuple[str, str] | None:
        """A new link, which voids the older ones: address and token; None for no such account."""
        try:
            wanted = normal_email(email)
        except Invalid:
            return None
        now, token = self._clock(), secrets.token_urlsafe(32)
        with self._database.write() as session:
            user = Users(session).by_email(wanted)
            if user is None or user.disabled_at is not None or user.erased_at is not None:
                return None
            self._throttle.hit(Limit.RESET_ACCOUNT, user.id)
            links = PasswordResets(session)
            links.void(user.id, now)
            links.add(
                PasswordReset(
                    digest=_digest(token),
                    user_id=user.id,
                    created_at=now,
                    expires_at=now + LINK_LASTS,
                )
            )
            self._audit.note(session, None, "password.reset_asked", "user", user.id)
        return user.email, token

    def _holder(self, token: str) -> User:
        with self._database.read() as session:
            link = PasswordResets(session).by_digest(_digest(token))
            if link is None or link.used_at is not None or link.expires_at <= self._clock():
                raise _link_invalid()
            user = Users(session).by_id(link.user_id)
        if user is None or user.disabled_at is not None:
            raise _link_invalid()
        return user

    def _user(self, user_id: str) -> User:
        with self._database.read() as session:
            user = Users(session).by_id(user_id)
        if user is None:
            raise NotFound("account_unknown", "This account does not exist any more.")
        return user


def link_base(site: Site, asked_at: str) -> str:
    """The origin that links begin with, empty for none.

    A request names its own host, and a forged one would send people's links elsewhere: without a
    public URL it is believed only if it is this machine or one of the settings' origins.
    """
    if site.public_url:
        return site.public_url.rstrip("/")
    try:
        asked = urlsplit(asked_at)
        host, port = asked.hostname or "", asked.port
    except ValueError:
        return ""
    if host in _LOCAL and asked.scheme in ("http", "https") and asked.username is None:
        named_host = f"[{host}]" if ":" in host else host
        return f"{asked.scheme}://{named_host}" + (f":{port}" if port else "")
    named = asked.netloc.lower()
    return next((own for own in site.allowed_origins if urlsplit(own).netloc == named), "")


def _log_failure(errand: Future[None]) -> None:
    if not errand.cancelled() and (error := errand.exception()) is not None:
        log.error("mail.failed", exc_info=error)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _link_invalid() -> Invalid:
    return Invalid(
        "link_invalid", "This link was used already, is too old, or not whole. Ask for a new one."
    )
