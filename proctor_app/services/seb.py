"""Safe Exam Browser: what an exam asks of it, its configuration file, and who has come with it."""

import hashlib
import hmac
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from proctor_app.clock import Clock
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.seb import SebEntries
from proctor_app.db.session import AlreadyThere, Database, Transaction
from proctor_app.db.tables import Exam
from proctor_app.domain import seb
from proctor_app.domain.access import STAFF, Action, Actor, may
from proctor_app.domain.exam import Access, ExamStatus
from proctor_app.domain.seb import Shown
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotAuthenticated, NotFound
from proctor_app.services.access import allow
from proctor_app.services.again import again
from proctor_app.services.audit import Audit
from proctor_app.services.exam_access import changeable, no_exam, readable
from proctor_app.services.seb_door import is_asked
from proctor_app.services.throttle import Limit, Throttle

How = Literal["page", "header"]
LINK_LASTS = timedelta(hours=1)
_MAX_QUIT = 100
_CODE = 16
_TAG = 32


@dataclass(frozen=True, slots=True)
class SebSettings:
    """What an admin sees and sets. config_key: of the file as it is now."""

    is_required: bool
    exam_keys: tuple[str, ...]
    has_quit_password: bool
    config_key: str


@dataclass(frozen=True, slots=True)
class SebExam:
    """What somebody sees who is about to sit it. is_entered: this log-in came with the browser.
    file: the way to the configuration, which works for an hour without a log-in. tag: what the
    page's address carries as ``for``, so that nothing shown here serves another log-in."""

    exam_id: str
    code: str
    title: str
    is_required: bool
    is_entered: bool
    file: str
    tag: str


@dataclass(frozen=True, slots=True)
class SebFile:
    """tag: see SebExam; empty where no log-in asked for the file."""

    name: str
    data: bytes
    tag: str = ""


class Seb:
    def __init__(
        self,
        database: Database,
        audit: Audit,
        throttle: Throttle,
        clock: Clock,
        public_url: str,
        secret: str,
    ) -> None:
        """public_url: where the installation is reached; empty believes each request's own."""
        self._database = database
        self._audit = audit
        self._throttle = throttle
        self._clock = clock
        self._public_url = public_url.rstrip("/")
        self._key = hashlib.sha256(b"seb\0" + secret.encode()).digest()

    def settings(self, actor: Actor, exam_id: str, asked_at: str) -> SebSettings:
        """For admins. asked_at: the origin of the request. Raises NotAllowed, NotFound."""
        allow(actor, Action.ADMINISTER)
        with self._database.read() as session:
            exam = ExamRows(session).by_id(exam_id)
            if exam is None:
                raise no_exam()
            return SebSettings(
                is_required=is_asked(exam),
                exam_keys=tuple(exam.seb_keys.split()),
                has_quit_password=bool(exam.seb_quit),
                config_key=seb.config_key(self._config(exam, asked_at)),
            )

    @again
    def require(self, actor: Actor, exam_id: str, is_required: bool) -> None:
        """Let the exam be sat in Safe Exam Browser alone, or anywhere; from now on, also by those
        who have joined. Raises NotAllowed, NotFound, Conflict (practice_exam)."""
        with self._database.write() as session:
            exam = self._changeable(session, actor, exam_id)
            exam.seb = int(is_required)
            self._changed(session, actor, exam, required=is_required)

    @again
    def set_exam_keys(self, actor: Actor, exam_id: str, text: str) -> None:
        """Browser Exam Keys, of which one must be shown besides the Config Key; none: the Config
        Key is enough. Raises as ``require``, Invalid (seb_keys_invalid)."""
        allow(actor, Action.ADMINISTER)
        try:
            keys = seb.exam_keys(text)
        except ValueError as error:
            raise Invalid("seb_keys_invalid", f"This can't be kept: {error}.") from error
        with self._database.write() as session:
            exam = self._changeable(session, actor, exam_id)
            exam.seb_keys = " ".join(keys)
            self._changed(session, actor, exam, exam_keys=len(keys))

    @again
    def set_quit_password(self, actor: Actor, exam_id: str, password: str) -> None:
        """What ends the browser before the exam is over; empty: nothing is asked then. Only its
        digest is kept. Raises as ``require``, Invalid (quit_password_invalid)."""
        allow(actor, Action.ADMINISTER)
        if len(password) > _MAX_QUIT or not password.isprintable():
            raise Invalid(
                "quit_password_invalid", f"A quit password has at most {_MAX_QUIT} characters."
            )
        with self._database.write() as session:
            exam = self._changeable(session, actor, exam_id)
            exam.seb_quit = seb.digest(password) if password else ""
            self._changed(session, actor, exam, quit_password=bool(password))

    def exam(self, actor: Actor, exam_id: str) -> SebExam:
        """For whoever may sit it. Raises NotAllowed, NotFound."""
        with self._database.read() as session:
            exam = self._sittable(session, actor, exam_id)
            entry = SebEntries(session).of_login(actor.session_id, exam.id)
            return SebExam(
                exam_id=exam.id,
                code=exam.code,
                title=exam.title,
                is_required=is_asked(exam),
                is_entered=entry is not None,
                file=f"/api/v1/exams/{exam.id}/seb?link={self._link(exam.id)}",
                tag=self._tag(actor, exam.id),
            )

    def config(self, actor: Actor, exam_id: str, asked_at: str) -> SebFile:
        """The exam's .seb file, for whoever may sit it, and its staff. Raises NotAllowed, NotFound
        (no such exam; "no_seb": it is sat in any browser)."""
        with self._database.read() as session:
            if actor.role in STAFF:
                exam = readable(session, actor, exam_id)
            else:
                exam = self._sittable(session, actor, exam_id)
            return self._file(exam, asked_at, self._tag(actor, exam.id))

    def config_by_link(self, exam_id: str, link: str, asked_at: str) -> SebFile:
        """The same for Safe Exam Browser itself, which fetches the file without anybody's log-in.

        Raises NotAuthenticated (not our link, or an old one), NotFound.
        """
        until, _, mark = link.partition("-")
        is_ours = hmac.compare_digest(
            self._mark("link", exam_id, until).encode(), mark.encode(errors="replace")
        )
        if not is_ours or int(until) < self._clock().timestamp():
            raise NotAuthenticated("link_expired", "This link is old. Open the exam's page anew.")
        with self._database.read() as session:
            exam = ExamRows(session).by_id(exam_id)
            if exam is None:
                raise no_exam()
            return self._file(exam, asked_at)

    def enter(self, actor: Actor, exam_id: str, shown: Shown, how: How, asked_at: str) -> None:
        """Note that this log-in came with the exam's Safe Exam Browser.

        shown.url: of the exam's page, or of the request whose headers these are, that one without
        an origin; it carries the log-in's tag. Raises NotAllowed (seb_not_proved), NotFound,
        Throttled.
        """
        self._throttle.hit(Limit.SEB, actor.user_id)
        shown = self._whole(shown, asked_at) if how == "header" else shown
        with self._database.read() as session:
            exam = self._sittable(session, actor, exam_id)
            is_here = self._is_here(actor, exam, shown.url, how, asked_at)
            if not is_here or not self._is_proved(exam, shown, asked_at):
                raise NotAllowed(
                    "seb_not_proved",
                    "What this browser shows does not belong to this exam's configuration. "
                    "Download it anew and open it.",
                )
        self._keep(actor, exam.id, how)

    def arrive(self, actor: Actor, user_id: str, code: str, shown: Shown, asked_at: str) -> None:
        """Note the headers of the very request that starts an attempt; whatever is wrong with them
        the start itself refuses. code: of the exam, empty for that of the open attempt.
        shown.url: of the request, without an origin; it carries the log-in's tag, so that the
        headers are of no use to another log-in. Raises Throttled."""
        if not shown.config_hash or not may(actor, Action.SIT, user_id):
            return
        self._throttle.hit(Limit.SEB, actor.user_id)
        with self._database.read() as session:
            exam = self._begun_now(session, user_id, code)
            if exam is None or not is_asked(exam):
                return
            if not self._is_tagged(actor, exam, shown.url):
                return
            if not self._is_proved(exam, self._whole(shown, asked_at), asked_at):
                return
        self._keep(actor, exam.id, "header")

    def _begun_now(self, session: Transaction, user_id: str, code: str) -> Exam | None:
        code = code.strip().upper()
        if code:
            is_code = code.isascii() and code.isprintable() and len(code) <= _CODE
            return ExamRows(session).by_code(code) if is_code else None
        row = AttemptRows(session).open_of(user_id)
        return ExamRows(session).by_id(row.exam_id) if row and row.exam_id else None

    @again
    def _keep(self, actor: Actor, exam_id: str, how: How) -> None:
        with suppress(AlreadyThere), self._database.write() as session:
            SebEntries(session).keep(actor.session_id, exam_id, how, self._clock())

    def _is_proved(self, exam: Exam, shown: Shown, asked_at: str) -> bool:
        key = seb.config_key(self._config(exam, asked_at))
        return seb.is_proved(shown, key, exam.seb_keys.split())

    def _whole(self, shown: Shown, asked_at: str) -> Shown:
        """With the address as the browser saw it, whatever stands before this server."""
        return replace(shown, url=f"{self._base(asked_at)}{shown.url}")

    def _is_here(self, actor: Actor, exam: Exam, url: str, how: How, asked_at: str) -> bool:
        """Whether it is the address of this exam's page, or of its route, for this log-in."""
        try:
            place = urlsplit(url)
        except ValueError:
            return False
        path = _page(exam.id) if how == "page" else f"/api/v1/exams/{exam.id}/seb"
        is_place = f"{place.scheme}://{place.netloc}{place.path}".rstrip("/") == (
            f"{self._base(asked_at)}{path}"
        )
        return is_place and self._is_tagged(actor, exam, url)

    def _is_tagged(self, actor: Actor, exam: Exam, url: str) -> bool:
        """Whether the address belongs to this log-in."""
        try:
            said = parse_qs(urlsplit(url).query).get("for", [""])[0]
        except ValueError:
            return False
        own = self._tag(actor, exam.id).encode()
        return hmac.compare_digest(own, said.encode(errors="replace"))

    def _sittable(self, session: Transaction, actor: Actor, exam_id: str) -> Exam:
        """An exam that the actor may sit: theirs by roster or attempt, or open to anybody."""
        allow(actor, Action.SIT, actor.user_id)
        rows = ExamRows(session)
        exam = rows.by_id(exam_id)
        if exam is None or exam.status == ExamStatus.DRAFT:
            raise no_exam()
        if exam.access != Access.OPEN and not rows.is_sat_by(exam_id, actor.user_id):
            raise no_exam()
        return exam

    def _changeable(self, session: Transaction, actor: Actor, exam_id: str) -> Exam:
        exam = changeable(session, actor, exam_id)
        if exam.is_practice:
            raise Conflict("practice_exam", "The practice exam is sat in any browser.")
        return exam

    def _changed(self, session: Transaction, actor: Actor, exam: Exam, **what: int | bool) -> None:
        exam.revision += 1
        exam.updated_at = self._clock()
        self._audit.note(session, actor, "exam.seb_set", "exam", exam.id, **what)

    def _file(self, exam: Exam, asked_at: str, tag: str = "") -> SebFile:
        if not is_asked(exam):
            raise NotFound("no_seb", "This exam is sat in any browser.")
        return SebFile(f"{exam.code}.seb", seb.as_file(self._config(exam, asked_at)), tag)

    def _config(self, exam: Exam, asked_at: str) -> seb.Settings:
        return seb.settings(f"{self._base(asked_at)}{_page(exam.id)}", exam.seb_quit)

    def _base(self, asked_at: str) -> str:
        return self._public_url or asked_at.rstrip("/")

    def _link(self, exam_id: str) -> str:
        until = str(int((self._clock() + LINK_LASTS).timestamp()))
        return f"{until}-{self._mark('link', exam_id, until)}"

    def _tag(self, actor: Actor, exam_id: str) -> str:
        return self._mark("tag", exam_id, actor.session_id)

    def _mark(self, *parts: str) -> str:
        said = "\0".join(parts).encode(errors="replace")
        return hmac.digest(self._key, said, "sha256").hex()[:_TAG]


def _page(exam_id: str) -> str:
    return f"/seb/{exam_id}"
