"""Reports on attempts, for the staff that watches their exam: JSON, CSV, HTML, PDF."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from pydantic import TypeAdapter

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.incidents import Incidents as IncidentRows
from proctor_app.db.repositories.reports import ReportRows
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.errors import Invalid, NotFound
from proctor_app.services import report_charts, report_csv, report_facts, report_html
from proctor_app.services.access import allow
from proctor_app.services.attempt_access import allow_on_id, not_ones_own, watcher
from proctor_app.services.attempt_list import ListedAttempt
from proctor_app.services.audit import Audit
from proctor_app.services.exam_rules import ExamRules
from proctor_app.services.picture_store import PictureStore
from proctor_app.services.report_data import AttemptReport, IncidentFacts
from proctor_app.services.report_pdf import make_pdf
from proctor_app.services.report_reader import Reader
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.told import attempt_for
from proctor_app.services.vault import Unreadable
from proctor_app.services.versions import Versions
from proctor_app.vision.frame import PHOTO_LIMITS, EncodedFrame, FrameRejected, decode, encode_jpeg

log = logging.getLogger(__name__)

MAX_SEARCH = 100
_FOUND = 30
_BATCH = 500
_MAX_THUMBNAILS = 60
_THUMBNAIL_PX, _THUMBNAIL_QUALITY = 320, 68
_REPORT: TypeAdapter[AttemptReport] = TypeAdapter(AttemptReport)


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"
    HTML = "html"
    PDF = "pdf"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8",
    Format.HTML: "text/html; charset=utf-8",
    Format.PDF: "application/pdf",
}


@dataclass(frozen=True, slots=True)
class ReportFile:
    name: str
    media_type: str
    data: bytes


class Reports:
    """Takes time: call it off the event loop."""

    def __init__(
        self,
        database: Database,
        versions: Versions,
        rules: ExamRules,
        pictures: PictureStore,
        throttle: Throttle,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._database = database
        self._reader = Reader(versions, rules, clock)
        self._pictures = pictures
        self._throttle = throttle
        self._audit = audit

    def may_make(self, actor: Actor, attempt_id: str) -> None:
        """Raise NotFound or NotAllowed where the report is not the actor's to make."""
        allow(actor, Action.READ_EVIDENCE)
        with self._database.read() as session:
            not_ones_own(actor, allow_on_id(session, actor, Action.READ_EVIDENCE, attempt_id))

    def make(
        self,
        actor: Actor,
        attempt_id: str,
        kind: Format,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> ReportFile:
        """A report as a file; that it was made stands in the log before anybody reads it.

        Raises NotFound, NotAllowed, Throttled, PdfUnavailable, Stopped.
        """
        allow(actor, Action.READ_EVIDENCE)
        self._throttle.hit(Limit.REPORT, actor.user_id)
        self.may_make(actor, attempt_id)
        data = b"".join(self.written(self.read(actor, attempt_id), kind, should_stop))
        with self._database.write() as session:
            self._audit.note(
                session, actor, "report.made", "attempt", attempt_id, format=kind.value
            )
        return ReportFile(f"report-{attempt_id[:8]}.{kind}", MEDIA_TYPES[kind], data)

    def read(self, actor: Actor, attempt_id: str) -> AttemptReport:
        """What a report says now. Raises NotFound, NotAllowed (also for whoever sat it)."""
        with self._database.read() as session:
            row = allow_on_id(session, actor, Action.READ_EVIDENCE, attempt_id)
            not_ones_own(actor, row)
            return self._reader.read(session, actor, row)

    def written(
        self,
        report: AttemptReport,
        kind: Format,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[bytes]:
        """The report in one of the formats, piece by piece. Raises PdfUnavailable, Stopped."""
        match kind:
            case Format.JSON:
                yield _REPORT.dump_json(report, indent=2)
            case Format.CSV:
                yield report_csv.header(report_csv.INCIDENT_COLUMNS)
                for one in self.incidents(report):
                    yield report_csv.incident(report, one)
            case Format.HTML:
                yield self._html(report).encode(errors="replace")
            case Format.PDF:
                yield make_pdf(self._html(report), should_stop)

    def incidents(self, report: AttemptReport) -> Iterator[IncidentFacts]:
        """All incidents of the attempt, those too that the report itself has no room for."""
        yield from report.incidents
        if report.incident_count <= len(report.incidents):
            return
        last = report_facts.place_after(report.incidents[-1])
        while True:
            with self._database.read() as session:
                rows = ReportRows(session).incidents(report.attempt.id, last, _BATCH)
                found = report_facts.incidents(session, rows, _people(session, rows))
            yield from found
            if len(rows) < _BATCH:
                return
            last = report_facts.place_after(found[-1])

    def picture(self, incident_id: int, ordinal: int) -> bytes:
        """A picture as it was kept, for whoever was let in before. Raises NotFound, Unreadable."""
        with self._database.read() as session:
            found = IncidentRows(session).evidence(incident_id, ordinal)
        if found is None or not found.key:
            raise NotFound("no_evidence", "There is no such picture.")
        return self._pictures.get(found.key)

    def find(self, actor: Actor, search: str) -> tuple[ListedAttempt, ...]:
        """The newest attempts that are the actor's to watch, by a part of the candidate's name or
        e-mail or of the exam's title or code. Raises NotAllowed, Invalid."""
        allow(actor, Action.WATCH)
        wanted = " ".join(search[:MAX_SEARCH].split())
        if not wanted.isprintable():
            raise Invalid("search_invalid", "The search has characters that can't be looked for.")
        with self._database.read() as session:
            found = ReportRows(session).find(wanted, watcher(actor), _FOUND)
        return tuple(
            ListedAttempt(attempt_for(actor.user_id, row), name, title or "", None)
            for row, name, title in found
        )

    def _html(self, report: AttemptReport) -> str:
        has_any = bool(report.incidents or report.attempt.pauses)
        pictures = report_html.Pictures(
            report_charts.timeline(report) if has_any else None,
            report_charts.compliance(report) if report.compliance.terms else None,
            dict(self._thumbnails(report)),
        )
        return report_html.render(report, pictures)

    def _thumbnails(self, report: AttemptReport) -> Iterator[tuple[tuple[int, int], bytes]]:
        """Of the incidents on the page, those that weigh most first, as many as there is room."""
        shown = sorted(report_html.chosen(report), key=lambda one: -one.cost)
        wanted = [(one.id, p.ordinal) for one in shown for p in one.pictures if p.is_kept]
        for key in wanted[:_MAX_THUMBNAILS]:
            try:
                frame = decode(EncodedFrame(self.picture(*key), 0.0), PHOTO_LIMITS)
            except (NotFound, Unreadable, FrameRejected, OSError) as error:
                log.warning("report.picture_missing incident_id=%s reason=%s", key[0], type(error))
                continue
            yield key, encode_jpeg(frame, _THUMBNAIL_QUALITY, _THUMBNAIL_PX)


def _people(session: Transaction, rows: list[tables.Incident]) -> report_facts.People:
    return report_facts.people_of(
        session, (one for row in rows for one in (row.reviewed_by, row.acknowledged_by))
    )
