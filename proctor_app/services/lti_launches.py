"""Launches from learning platforms: how one begins, whether what comes back is good, and where it
leads. OpenID Connect third-party-initiated login with the implicit flow, as LTI 1.3 has it.

A launch is bound to the browser it began in by a cookie, to one answer by state and nonce, and is
good once, on whichever worker the answer arrives.
"""

import asyncio
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.partner_tables import LtiChoice, LtiLogin, LtiPlatform
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.lti import LtiRows
from proctor_app.db.repositories.lti_grades import GradeRows
from proctor_app.db.session import AlreadyThere, Database, Transaction
from proctor_app.domain.access import STAFF, Actor, Role
from proctor_app.domain.exam import ExamStatus
from proctor_app.errors import Invalid, ProctorError
from proctor_app.services.again import again
from proctor_app.services.attempt_access import allow_on_exam
from proctor_app.services.audit import Audit
from proctor_app.services.joining import Joining
from proctor_app.services.logins import LoggedIn, Logins, Origin
from proctor_app.services.lti_choices import Choices
from proctor_app.services.lti_claims import Launch, Place, launch_of
from proctor_app.services.lti_keysets import KeySets
from proctor_app.services.lti_links import keep_link
from proctor_app.services.lti_people import PlatformPeople, instructors_not_let_in
from proctor_app.services.lti_tokens import (
    Claims,
    Expected,
    KeyUnknown,
    LaunchRefused,
    digest,
    key_name,
    verified,
)
from proctor_app.services.seb_door import SebRequired
from proctor_app.services.throttle import Limit, Throttle

STATE_LASTS = timedelta(minutes=10)
_REMEMBERED = timedelta(hours=1)
_FORGOTTEN_AT_ONCE = 500
_MAX_HINT = 4000
_SECRET = 43
"""Characters of 32 random bytes, url-safe."""
_USED_UP = ("no_attempts_left", "exam_closed")


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """What a platform begins a launch with, from anybody."""

    issuer: str
    login_hint: str
    target: str = ""
    message_hint: str = ""
    client_id: str = ""
    deployment: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes next, and the cookie it has to keep."""

    url: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """path: of the page that the launch leads to. problem: why the exam can't be sat, None if it
    can; the person is logged in all the same."""

    login: LoggedIn
    path: str
    problem: ProctorError | None = None


@dataclass(frozen=True, slots=True)
class _Entered:
    user: tables.User
    teaches: bool
    exam: tables.Exam | None
    path: str


class Launches:
    def __init__(
        self,
        database: Database,
        key_sets: KeySets,
        people: PlatformPeople,
        choices: Choices,
        logins: Logins,
        joining: Joining,
        throttle: Throttle,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._database = database
        self._key_sets = key_sets
        self._people = people
        self._choices = choices
        self._logins = logins
        self._joining = joining
        self._throttle = throttle
        self._audit = audit
        self._clock = clock

    def begin(self, request: LoginRequest, base: str, cookie: str, origin: Origin) -> Begun:
        """Send the browser to the platform, which answers to ``base``/lti/launch.

        cookie: the browser's from another launch of these minutes, empty where it has none.
        Raises LaunchRefused ("lti_platform_unknown"), Invalid, Throttled.
        """
        self._throttle.hit(Limit.LTI_ADDRESS, origin.address)
        if not request.login_hint or len(request.login_hint + request.message_hint) > _MAX_HINT:
            raise Invalid("lti_login_invalid", "The learning platform's request is not whole.")
        cookie = cookie if _is_secret(cookie) else secrets.token_urlsafe(32)
        state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        now = self._clock()
        with self._database.write() as session:
            platform = _known(session, request)
            LtiRows(session).add(
                LtiLogin(
                    digest=digest(state),
                    nonce=digest(nonce),
                    cookie=digest(cookie),
                    platform_id=platform.id,
                    target=request.target if len(request.target) <= 1000 else "",
                    created_at=now,
                    expires_at=now + STATE_LASTS,
                )
            )
        return Begun(_authentication(platform, request, base, state, nonce), cookie)

    async def arrive(self, state: str, token: str, cookie: str, origin: Origin) -> Arrived:
        """Let somebody in whom the platform vouches for, and join the exam of the place.

        Raises LaunchRefused and TooLarge for an answer that is not good, with nothing written;
        NotAllowed and Conflict for somebody who may not come in; KeysUnreachable, Throttled.
        """
        self._throttle.hit(Limit.LTI_ADDRESS, origin.address)
        kid = key_name(token)
        login, platform = await asyncio.to_thread(self._begun, state, cookie)
        expected = _expected(login, platform)
        claims = await self._claims(token, kid, expected, platform.keys_url)
        launch = launch_of(claims, expected)
        return await asyncio.to_thread(self._let_in, platform.id, launch, origin)

    def forget_old(self) -> None:
        """Remove launches and choices that ended an hour ago, some in each transaction."""
        before = self._clock() - _REMEMBERED
        for table in (LtiLogin, LtiChoice):
            found = _FORGOTTEN_AT_ONCE
            while found == _FORGOTTEN_AT_ONCE:
                with self._database.write() as session:
                    found = LtiRows(session).forget(table, before, _FORGOTTEN_AT_ONCE)

    def _begun(self, state: str, cookie: str) -> tuple[LtiLogin, LtiPlatform]:
        """The launch with this state, used up by this. Raises LaunchRefused."""
        now, key = self._clock(), digest(state)
        with self._database.write() as session:
            rows = LtiRows(session)
            login = rows.login(key)
            if login is None:
                raise LaunchRefused("lti_state", "This launch did not begin here.")
            if not cookie:
                raise LaunchRefused(
                    "lti_cookie_missing",
                    "Your browser kept no cookie of this launch. Open the exam in a window of its "
                    "own, and allow cookies of this site.",
                )
            if not hmac.compare_digest(digest(cookie), login.cookie):
                raise LaunchRefused("lti_other_browser", "This launch began in another browser.")
            if login.expires_at <= now:
                raise LaunchRefused("lti_state_expired", "This launch took too long. Open it anew.")
            if not rows.use_login(key, now):
                raise LaunchRefused("lti_state_used", "This launch was used already. Open it anew.")
            platform = rows.platform(login.platform_id)
            if platform is None or platform.disabled_at is not None:
                raise _unknown()
        return login, platform

    async def _claims(self, token: str, kid: str, expected: Expected, keys_url: str) -> Claims:
        keys = await self._key_sets.with_key(keys_url, kid)
        if kid not in keys:
            raise KeyUnknown
        return await asyncio.to_thread(verified, token, keys, expected, self._clock())

    def _let_in(self, platform_id: str, launch: Launch, origin: Origin) -> Arrived:
        try:
            entered = self._enter(platform_id, launch)
        except AlreadyThere:  # the same person, in two windows at once
            entered = self._enter(platform_id, launch)
        opened = self._logins.open(entered.user, "lti", origin)
        if opened.limited:
            return Arrived(opened, "/account")
        if entered.teaches or entered.exam is None:
            return Arrived(opened, entered.path)
        return self._joined(opened, entered.exam)

    @again
    def _enter(self, platform_id: str, launch: Launch) -> _Entered:
        """Account, place and what the log says of it: all or nothing."""
        with self._database.write() as session:
            platform = LtiRows(session).platform(platform_id)
            if platform is None or platform.disabled_at is not None:  # meanwhile
                raise _unknown()
            found = self._people.account(session, platform, launch)
            user, teaches = found.user, launch.teaches and Role(found.user.role) in STAFF
            if launch.asked is not None and not teaches:
                raise instructors_not_let_in()
            exam, path = None, ""
            if launch.place is not None:
                exam = self._opened(session, platform_id, launch, launch.place, user)
                path = f"/proctor?exam={exam.id}" if exam else ""
            if exam is None and not teaches:
                raise LaunchRefused(
                    "lti_no_exam", "No exam was chosen for this link yet. Tell your teacher."
                )
            if exam is None:
                path = self._choices.ask(session, platform_id, user.id, launch)
            if found.done:
                self._audit.note(session, None, found.done, "user", user.id, **found.details)
            self._audit.note(
                session, None, "lti.launched", "user", user.id, platform=platform_id,
                exam=exam.id if exam else "", teaches=teaches,
            )  # fmt: skip
        return _Entered(user, teaches, exam, path)

    def _opened(
        self,
        session: Transaction,
        platform_id: str,
        launch: Launch,
        place: Place,
        user: tables.User,
    ) -> tables.Exam | None:
        """The exam that the place opens: the one it has opened so far, else the one it names, which
        staff here must have chosen for the platform. Raises NotAllowed ("not_your_exam") for
        somebody who teaches and may not watch it."""
        rows = LtiRows(session)
        link = rows.link(platform_id, launch.deployment, place.resource_link)
        wanted = link.exam_id if link else _offered(rows, platform_id, launch.exam_id)
        exam = ExamRows(session).by_id(wanted) if wanted else None
        if exam is None or exam.version_id is None or exam.status == ExamStatus.DRAFT:
            return None
        if launch.teaches:
            allow_on_exam(session, Actor(user.id, user.name, Role(user.role), ""), exam.id)
        now = self._clock()
        link = keep_link(session, link, platform_id, launch.deployment, exam.id, place, now)
        if link.line_item and not launch.teaches:
            GradeRows(session).ensure(link.id, user.id, now)
        return exam

    def _joined(self, opened: LoggedIn, exam: tables.Exam) -> Arrived:
        """By its code, with all that holds for whoever types it."""
        actor = self._logins.authenticate(opened.token)
        try:
            self._joining.join(actor, actor.user_id, exam.code)
        except SebRequired as error:
            return Arrived(opened, f"/seb/{error.exam_id}")
        except ProctorError as error:
            if error.code in _USED_UP and (path := self._earlier(exam.id, actor.user_id)):
                return Arrived(opened, path)
            return Arrived(opened, "/dashboard", error)
        return Arrived(opened, "/exam")

    def _earlier(self, exam_id: str, user_id: str) -> str:
        """The results of the last attempt, empty where there is none."""
        with self._database.read() as session:
            found = ExamRows(session).attempts_of(exam_id, user_id)
        ended = [one for one in found if one.ended_at is not None and one.started_at is not None]
        return f"/results/{ended[-1].id}" if ended else ""


def _known(session: Transaction, request: LoginRequest) -> LtiPlatform:
    found = LtiRows(session).of_issuer(request.issuer, request.client_id)
    if len(found) != 1:
        raise _unknown()
    (platform,) = found
    deployments = platform.deployments.split("\n") if platform.deployments else []
    if request.deployment and deployments and request.deployment not in deployments:
        raise LaunchRefused("lti_deployment", "The tool is not known in this part of the platform.")
    return platform


def _offered(rows: LtiRows, platform_id: str, exam_id: str) -> str:
    """The exam, empty where nobody here chose it for the platform."""
    offer = rows.offer(platform_id, exam_id) if exam_id else None
    return offer.exam_id if offer is not None and offer.exam_id == exam_id else ""


def _expected(login: LtiLogin, platform: LtiPlatform) -> Expected:
    deployments = platform.deployments.split("\n") if platform.deployments else []
    return Expected(
        platform.issuer, platform.client_id, frozenset(deployments), login.nonce, login.target
    )


def _authentication(
    platform: LtiPlatform, request: LoginRequest, base: str, state: str, nonce: str
) -> str:
    asked = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": f"{base}/lti/launch",
        "login_hint": request.login_hint,
        "state": state,
        "nonce": nonce,
    }
    if request.message_hint:
        asked["lti_message_hint"] = request.message_hint
    mark = "&" if "?" in platform.auth_url else "?"
    return f"{platform.auth_url}{mark}{urlencode(asked, errors='replace')}"


def _is_secret(text: str) -> bool:
    letters = text.replace("-", "").replace("_", "")
    return len(text) == _SECRET and letters.isascii() and letters.isalnum()


def _unknown() -> LaunchRefused:
    return LaunchRefused(
        "lti_platform_unknown", "This learning platform is not known here, or not let in any more."
    )
