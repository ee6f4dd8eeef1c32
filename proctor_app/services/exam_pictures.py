"""Pictures of questions: encoded anew, without whatever else a file carried, each once an exam."""

from dataclasses import dataclass

from proctor_app.clock import Clock
from proctor_app.db.repositories.exam_pictures import ExamPictures as PictureRows
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.versions import Versions as VersionRows
from proctor_app.db.session import Database, Transaction
from proctor_app.db.tables import ExamPicture
from proctor_app.domain.access import STAFF, Action, Actor
from proctor_app.errors import Conflict, NotAllowed, NotFound
from proctor_app.services.access import allow
from proctor_app.services.audit import Audit
from proctor_app.services.exam_access import changeable, no_exam, readable
from proctor_app.services.exam_lists import RUNNING
from proctor_app.services.picture_rows import Putting
from proctor_app.services.picture_store import PictureStore
from proctor_app.services.results import key_released
from proctor_app.services.versions import Versions
from proctor_app.vision.clean import cleaned
from proctor_app.vision.frame import Limits

PICTURE_LIMITS = Limits(2 * 1024 * 1024, 2000, 2000, 2000 * 2000, turn_upright=True)


@dataclass(frozen=True, slots=True)
class PictureView:
    """name: as a text of the exam names it, "picture:" and the id."""

    id: str
    name: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class PictureFile:
    data: bytes
    media_type: str


class ExamPictures:
    def __init__(
        self,
        database: Database,
        versions: Versions,
        pictures: PictureStore,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._database = database
        self._versions = versions
        self._pictures = pictures
        self._audit = audit
        self._clock = clock

    def add(self, actor: Actor, exam_id: str, data: bytes) -> PictureView:
        """Keep a JPEG or PNG for the exam's texts; one that is there already is given again.

        Raises NotAllowed, NotFound, FrameRejected, Conflict (too_many_pictures).
        """
        allow(actor, Action.ADMINISTER)
        with self._database.read() as session:
            readable(session, actor, exam_id)
        picture = cleaned(data, PICTURE_LIMITS)
        with Putting(self._pictures) as putting, self._database.write() as session:
            changeable(session, actor, exam_id)
            row = putting.add(session, exam_id, picture, self._clock())
            self._audit.note(
                session, actor, "exam.picture_added", "exam", exam_id, picture_id=row.id
            )
            return _view(row)

    def of(self, actor: Actor, exam_id: str) -> tuple[PictureView, ...]:
        """In the order they came; for staff. Raises NotAllowed, NotFound."""
        with self._database.read() as session:
            readable(session, actor, exam_id)
            return tuple(_view(row) for row in PictureRows(session).of(exam_id))

    def read(self, actor: Actor, exam_id: str, picture_id: str) -> PictureFile:
        """For staff of the exam, and for candidates while they sit it and once they may see their
        results. Raises NotAllowed, NotFound."""
        with self._database.read() as session:
            if actor.role in STAFF:
                readable(session, actor, exam_id)
            else:
                self._let_in(session, actor, exam_id)
            row = PictureRows(session).by_id(exam_id, picture_id)
        if row is None:
            raise NotFound("no_picture", "There is no such picture.")
        return PictureFile(self._pictures.get(row.key), row.media_type)

    def remove(self, actor: Actor, exam_id: str, picture_id: str) -> None:
        """Raises NotAllowed, NotFound, Conflict (picture_in_use: a text names it)."""
        with self._database.write() as session:
            changeable(session, actor, exam_id)
            rows = PictureRows(session)
            row = rows.by_id(exam_id, picture_id)
            if row is None:
                raise NotFound("no_picture", "There is no such picture.")
            name = f"picture:{picture_id}"
            if any(name in version.content for version in VersionRows(session).of(exam_id)):
                raise Conflict("picture_in_use", "A text of the exam shows this picture.")
            rows.remove(row)
            unused = not rows.is_named(row.key)
            self._audit.note(
                session, actor, "exam.picture_removed", "exam", exam_id, picture_id=picture_id
            )
        if unused:
            self._pictures.delete(row.key)

    def _let_in(self, session: Transaction, actor: Actor, exam_id: str) -> None:
        allow(actor, Action.READ_ATTEMPT, actor.user_id)
        exam = ExamRows(session).by_id(exam_id)
        if exam is None:
            raise no_exam()
        attempts = ExamRows(session).attempts_of(exam_id, actor.user_id)
        now = self._clock()
        sits = any(attempt.status in RUNNING for attempt in attempts)
        if not sits and not any(
            key_released(session, self._versions, exam, attempt, now) for attempt in attempts
        ):
            raise NotAllowed


def _view(row: ExamPicture) -> PictureView:
    return PictureView(row.id, f"picture:{row.id}", row.media_type, row.size_bytes)
