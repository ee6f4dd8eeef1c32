"""Exams, as admins make them: drafts, published versions, terms, proctors, results."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from proctor_app.clock import Clock
from proctor_app.db.repositories.exam_pictures import ExamPictures as PictureRows
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.versions import Versions as VersionRows
from proctor_app.db.repositories.webhooks import WebhookRows
from proctor_app.db.session import AlreadyThere, Database, Transaction
from proctor_app.db.tables import Exam
from proctor_app.domain.access import Action, Actor, Role
from proctor_app.domain.exam import ExamContent, ExamStatus, ExamTerms, problems
from proctor_app.errors import Conflict, Invalid
from proctor_app.services import exam_rows
from proctor_app.services.access import allow
from proctor_app.services.audit import Audit
from proctor_app.services.cursors import Cursors
from proctor_app.services.exam_access import changeable, readable
from proctor_app.services.exam_lists import Pager, filtered, view, with_items
from proctor_app.services.exam_times import catch_up
from proctor_app.services.exam_views import ExamPage, ExamQuery, ExamView
from proctor_app.services.picture_rows import Putting, copy_pictures
from proctor_app.services.picture_store import PictureStore
from proctor_app.vision.clean import CleanPicture

_MAX_PROCTORS = 200
_NOTED_IDS = 20
_COPIED_TITLE = 190
_ONE_SITTING = timedelta(minutes=10)


class Exams:
    def __init__(
        self,
        database: Database,
        pictures: PictureStore,
        cursors: Cursors,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._database = database
        self._pictures = pictures
        self._cursors = cursors
        self._audit = audit
        self._clock = clock

    def page(self, actor: Actor, query: ExamQuery) -> ExamPage:
        """One page of the exams that the actor may read; for staff.

        Raises NotAllowed; Invalid for an unknown sort, status or cursor.
        """
        allow(actor, Action.WATCH)
        wanted = filtered(query)
        if actor.role is not Role.ADMIN:
            wanted = replace(wanted, proctor_id=actor.user_id)
        with self._database.read() as session:
            found, page = Pager(session, self._cursors, query).page(wanted)
            return with_items(session, found, page)

    def one(self, actor: Actor, exam_id: str) -> ExamView:
        """For staff. Raises NotAllowed, NotFound."""
        with self._database.read() as session:
            return view(session, readable(session, actor, exam_id))

    def create(
        self,
        actor: Actor,
        content: ExamContent,
        terms: ExamTerms,
        publish: bool = False,
        pictures: Mapping[str, CleanPicture] = MappingProxyType({}),
    ) -> ExamView:
        """Make an exam, a draft unless it is published at once; without a code one is made.

        pictures: those that its texts name, by the names there; they get new ones.
        Raises NotAllowed, Invalid (exam_invalid, exam_incomplete), Conflict (code_taken).
        """
        allow(actor, Action.ADMINISTER)
        content, terms = exam_rows.prepared(content), exam_rows.checked(terms)
        exam_rows.refuse_things(content)
        while True:
            code = terms.code or exam_rows.new_code()
            try:
                with Putting(self._pictures) as putting, self._database.write() as session:
                    exam = self._insert(session, actor, content, replace(terms, code=code))
                    if pictures:
                        names = putting.insert(session, exam.id, pictures, self._clock())
                        self._rename(session, actor, exam, content, names)
                    if publish:
                        self._publish(session, exam)
                    self._note(session, actor, "exam.created", exam, is_published=publish)
                    return view(session, exam)
            except AlreadyThere as error:
                if terms.code:
                    raise exam_rows.code_taken() from error

    def save(
        self,
        actor: Actor,
        exam_id: str,
        revision: int,
        content: ExamContent | None = None,
        terms: ExamTerms | None = None,
        publish: bool = False,
    ) -> ExamView:
        """Keep a changed content as the draft, and new terms, which hold at once.

        revision: of the view that was changed. New terms with an empty code keep the old one.
        publish: the draft as well. Raises NotAllowed, NotFound, Invalid, Conflict (exam_changed:
        somebody else saved meanwhile; code_taken; practice_exam).
        """
        allow(actor, Action.ADMINISTER)
        content = exam_rows.prepared(content) if content is not None else None
        terms = exam_rows.checked(terms) if terms is not None else None
        try:
            with self._database.write() as session:
                unfinished = exam_rows.affected(session, exam_id, terms)
                exam = self._changeable(session, actor, exam_id)
                if exam.revision != revision:
                    raise Conflict(
                        "exam_changed",
                        "Somebody else has changed this exam meanwhile. Load it anew.",
                    )
                if content is not None:
                    exam_rows.refuse_new_things(session, exam, content)
                    exam_rows.keep_draft(session, exam, content, actor.user_id, self._clock())
                if terms is not None:
                    exam_rows.set_terms(session, exam, terms, unfinished)
                if publish:
                    self._publish(session, exam)
                self._touch(exam)
                written_on = terms is None and not publish
                if not (written_on and self._noted_lately(session, actor, exam)):
                    self._note(
                        session, actor, "exam.saved", exam, **exam_rows.noted(content, terms)
                    )
                saved = view(session, exam)
        except AlreadyThere as error:
            raise exam_rows.code_taken() from error
        if terms is not None:
            catch_up(self._database, exam_id)
        return saved

    def _noted_lately(self, session: Transaction, actor: Actor, exam: Exam) -> bool:
        """A draft is saved every few seconds while somebody writes; that is one thing they did."""
        return self._audit.is_recent(session, actor, "exam.saved", exam.id, _ONE_SITTING)

    def publish(self, actor: Actor, exam_id: str) -> ExamView:
        """Freeze the draft as the version that is sat from now on; who has begun keeps theirs.

        Raises NotAllowed, NotFound, Invalid (exam_incomplete), Conflict (practice_exam).
        """
        with self._database.write() as session:
            exam = self._changeable(session, actor, exam_id)
            self._publish(session, exam)
            self._touch(exam)
            self._note(session, actor, "exam.published", exam, version_id=exam.version_id)
            return view(session, exam)

    def close(self, actor: Actor, exam_id: str) -> ExamView:
        """Nobody can begin any more; who has begun goes on. Raises NotAllowed, NotFound, Conflict
        (not_published, practice_exam)."""
        return self._turn(actor, exam_id, ExamStatus.PUBLISHED, ExamStatus.CLOSED, "exam.closed")

    def reopen(self, actor: Actor, exam_id: str) -> ExamView:
        """Raises NotAllowed, NotFound, Conflict (not_closed, practice_exam)."""
        return self._turn(actor, exam_id, ExamStatus.CLOSED, ExamStatus.PUBLISHED, "exam.reopened")

    def duplicate(self, actor: Actor, exam_id: str) -> ExamView:
        """A draft with the same content and pictures, a code of its own, without a window, roster
        or proctors. Raises NotAllowed, NotFound."""
        allow(actor, Action.ADMINISTER)
        while True:
            try:
                with self._database.write() as session:
                    source = changeable(session, actor, exam_id)
                    original = view(session, source)
                    title, code = f"{original.title[:_COPIED_TITLE]} (copy)", exam_rows.new_code()
                    terms = replace(original.terms, code=code, opens_at=None, closes_at=None)
                    content, now = replace(original.content, title=title), self._clock()
                    exam = self._insert(session, actor, content, terms)
                    exam.seb, exam.seb_quit = source.seb, source.seb_quit
                    names = copy_pictures(session, exam_id, exam.id, now)
                    self._rename(session, actor, exam, content, names)
                    self._note(session, actor, "exam.copied", exam, original_id=exam_id)
                    return view(session, exam)
            except AlreadyThere:  # the code that was made; one in 10^11
                continue

    def delete(self, actor: Actor, exam_id: str) -> None:
        """Remove a draft that nobody has sat, with its pictures. Raises NotAllowed, NotFound,
        Conflict (exam_in_use, practice_exam)."""
        with self._database.write() as session:
            exam = self._changeable(session, actor, exam_id)
            rows = ExamRows(session)
            if exam.version_id is not None or rows.attempt_counts([exam_id]):
                raise Conflict("exam_in_use", "Only a draft that was never published can go.")
            keys = {picture.key for picture in PictureRows(session).of(exam_id)}
            WebhookRows(session).delete_of_exam(exam_id, self._clock())
            rows.remove(exam)
            unused = [key for key in sorted(keys) if not PictureRows(session).is_named(key)]
            self._audit.note(session, actor, "exam.deleted", "exam", exam_id)
        for key in unused:
            self._pictures.delete(key)

    def set_proctors(self, actor: Actor, exam_id: str, user_ids: Iterable[str]) -> ExamView:
        """Who watches and judges it besides admins; nobody: every proctor. Who was there may stay.

        Raises NotAllowed, NotFound, Invalid (no_proctor: one of them is none).
        """
        wanted = set(user_ids)
        if len(wanted) > _MAX_PROCTORS:
            raise Invalid("too_many_proctors", f"An exam has at most {_MAX_PROCTORS} proctors.")
        with self._database.write() as session:
            exam = changeable(session, actor, exam_id)
            rows = ExamRows(session)
            if not wanted <= rows.staff(wanted) | rows.proctor_ids(exam_id):
                raise Invalid("no_proctor", "Only proctors and admins can watch an exam.")
            rows.set_proctors(exam_id, wanted)
            ids = " ".join(sorted(wanted)[:_NOTED_IDS])
            self._note(session, actor, "exam.proctors_set", exam, count=len(wanted), ids=ids)
            return view(session, exam)

    def release_results(self, actor: Actor, exam_id: str, released: bool = True) -> ExamView:
        """Let candidates see their results from now on, or no more. Raises NotAllowed, NotFound."""
        with self._database.write() as session:
            exam = changeable(session, actor, exam_id)
            if released != (exam.results_at is not None):
                exam.results_at = self._clock() if released else None
                self._touch(exam)
                word = "exam.results_released" if released else "exam.results_withdrawn"
                self._note(session, actor, word, exam)
            return view(session, exam)

    def _turn(
        self, actor: Actor, exam_id: str, before: ExamStatus, to: ExamStatus, action: str
    ) -> ExamView:
        with self._database.write() as session:
            exam = self._changeable(session, actor, exam_id)
            if exam.status == to:
                return view(session, exam)
            if exam.status != before:
                raise Conflict(f"not_{before}", f"This exam is not {before}.")
            exam.status = to.value
            self._touch(exam)
            self._note(session, actor, action, exam)
            return view(session, exam)

    def _changeable(self, session: Transaction, actor: Actor, exam_id: str) -> Exam:
        exam = changeable(session, actor, exam_id)
        if exam.is_practice:
            raise Conflict("practice_exam", "The practice exam stays as it is. Copy it to change.")
        return exam

    def _insert(
        self, session: Transaction, actor: Actor, content: ExamContent, terms: ExamTerms
    ) -> Exam:
        now = self._clock()
        exam = exam_rows.new_exam(str(uuid.uuid4()), content.title, actor.user_id, now)
        exam_rows.write_terms(exam, terms)
        ExamRows(session).add(exam)
        exam_rows.keep_draft(session, exam, content, actor.user_id, now)
        return exam

    def _rename(
        self,
        session: Transaction,
        actor: Actor,
        exam: Exam,
        content: ExamContent,
        names: Mapping[str, str],
    ) -> None:
        """Let the draft name its pictures as this exam has them."""
        renamed = exam_rows.with_pictures(content, names)
        exam_rows.keep_draft(session, exam, renamed, actor.user_id, self._clock())

    def _publish(self, session: Transaction, exam: Exam) -> None:
        newest = VersionRows(session).newest_of(exam.id)
        assert newest is not None
        content = exam_rows.content_of(newest)
        if found := list(problems(content)):
            raise exam_rows.Incomplete(tuple(found))
        newest.published_at = newest.published_at or self._clock()
        exam.version_id, exam.title = newest.id, content.title
        if exam.status == ExamStatus.DRAFT:  # a closed one stays closed until it is reopened
            exam.status = ExamStatus.PUBLISHED.value

    def _touch(self, exam: Exam) -> None:
        exam.revision += 1
        exam.updated_at = self._clock()

    def _note(
        self,
        session: Transaction,
        actor: Actor,
        action: str,
        exam: Exam,
        **detail: str | int | bool | None,
    ) -> None:
        self._audit.note(session, actor, action, "exam", exam.id, **detail)
