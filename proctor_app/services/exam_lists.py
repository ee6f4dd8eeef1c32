"""Exams in lists, a page at a time, and as views."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from proctor_app.db.repositories.exams import (
    SORTS,
    ExamFilter,
    ExamPlace,
    VersionNote,
    place_of,
)
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.versions import Versions as VersionRows
from proctor_app.db.session import Transaction
from proctor_app.db.tables import Exam
from proctor_app.domain.exam import Access, ExamStatus, ExamTerms, Results, problems
from proctor_app.errors import Invalid
from proctor_app.services.cursors import Cursors
from proctor_app.services.exam_views import (
    MAX_LIMIT,
    ExamItem,
    ExamPage,
    ExamQuery,
    ExamView,
    ProctorView,
)
from proctor_app.services.versions import from_json

COUNTED = 10_000
"""Totals are counted no further than this."""
RUNNING = frozenset({"running", "paused", "interrupted"})
_MAX_SEARCH = 100


def filtered(query: ExamQuery) -> ExamFilter:
    """Raises Invalid for a search, sort or status that makes no sense."""
    search = " ".join(query.search[:_MAX_SEARCH].split())
    if not search.isprintable():
        raise Invalid("search_invalid", "The search has characters that can't be looked for.")
    if query.sort.removeprefix("-") not in SORTS:
        raise Invalid("sort_unknown", f"Exams are sorted by {' or '.join(sorted(SORTS))}.")
    if query.status and query.status not in set(ExamStatus):
        raise Invalid("status_unknown", f"A status is {', '.join(ExamStatus)}.")
    return ExamFilter(search, query.status)


class Pager:
    """Finds a page of rows and the cursors around it."""

    def __init__(self, session: Transaction, cursors: Cursors, query: ExamQuery) -> None:
        self._rows = ExamRows(session)
        self._cursors = cursors
        self._query = query

    def page(self, wanted: ExamFilter) -> tuple[list[Exam], ExamPage]:
        """The rows, and the page without them. Raises Invalid for an unknown cursor."""
        sort, down = self._query.sort.removeprefix("-"), self._query.sort.startswith("-")
        limit = max(1, min(self._query.limit, MAX_LIMIT))
        start, back, total = self._start(sort)
        found = self._rows.page(wanted, sort, down=down != back, start=start, limit=limit + 1)
        more, found = len(found) > limit, found[:limit]
        if total is None:  # the first page: where it is the only one, it is counted
            total = self._rows.count(wanted, COUNTED) if more else len(found)
        if back:
            found.reverse()
        is_next, is_previous = (bool(found), more) if back else (more, bool(found and start))
        page = ExamPage(
            (),
            next=self._cursor(sort, "on", found[-1], total) if is_next else "",
            previous=self._cursor(sort, "back", found[0], total) if is_previous else "",
            total=total,
        )
        return found, page

    def _start(self, sort: str) -> tuple[ExamPlace | None, bool, int | None]:
        """Where the page begins, whether it lies before that place, and the total counted then."""
        if not self._query.cursor:
            return None, False, None
        kind = f"exams {self._query.sort}"
        way, key, exam_id, total = self._cursors.open(kind, self._query.cursor, 4)
        at = datetime.fromisoformat(key) if sort == "created" else key
        return ExamPlace(at, exam_id), way == "back", int(total)

    def _cursor(self, sort: str, way: str, exam: Exam, total: int) -> str:
        place = place_of(exam, sort)
        key = place.key if isinstance(place.key, str) else place.key.isoformat()
        return self._cursors.seal(f"exams {self._query.sort}", [way, key, place.id, str(total)])


def with_items(session: Transaction, found: Sequence[Exam], page: ExamPage) -> ExamPage:
    """The page with its exams, by four queries however many they are."""
    rows, ids = ExamRows(session), [exam.id for exam in found]
    notes = {note.exam_id: note for note in rows.version_notes(ids)}
    numbers = rows.published_numbers(exam.version_id for exam in found if exam.version_id)
    counts = rows.attempt_counts(ids)
    items = (
        _item(exam, notes[exam.id], numbers.get(exam.version_id or ""), counts.get(exam.id, {}))
        for exam in found
    )
    return replace(page, items=tuple(items))


def view(session: Transaction, exam: Exam) -> ExamView:
    """The exam with all that is in it."""
    rows = ExamRows(session)
    newest = VersionRows(session).newest_of(exam.id)
    assert newest is not None
    content = from_json(newest.content)
    counts = rows.attempt_counts([exam.id]).get(exam.id, {})
    numbers = rows.published_numbers([exam.version_id] if exam.version_id else [])
    return ExamView(
        id=exam.id,
        code=exam.code,
        title=content.title,
        status=ExamStatus(exam.status),
        terms=terms_of(exam),
        content=content,
        has_changes=exam.version_id is not None and newest.published_at is None,
        version=numbers.get(exam.version_id or ""),
        revision=exam.revision,
        problems=tuple(problems(content)),
        proctors=tuple(ProctorView(u.id, u.name, u.email) for u in rows.proctors(exam.id)),
        attempts=sum(counts.values()),
        running=_running(counts),
        results_at=exam.results_at,
        created_at=exam.created_at,
        updated_at=exam.updated_at,
        is_practice=exam.is_practice,
    )


def terms_of(exam: Exam) -> ExamTerms:
    return ExamTerms(
        code=exam.code,
        opens_at=exam.opens_at,
        closes_at=exam.closes_at,
        time_zone=exam.time_zone,
        access=Access(exam.access),
        attempts_allowed=exam.attempts_allowed,
        results=Results(exam.results),
        retention_days=exam.retention_days,
        reviewers=exam.reviewers,
    )


def _item(exam: Exam, note: VersionNote, published: int | None, counts: dict[str, int]) -> ExamItem:
    return ExamItem(
        id=exam.id,
        code=exam.code,
        title=exam.title,
        status=ExamStatus(exam.status),
        terms=terms_of(exam),
        questions=note.question_count,
        duration_minutes=note.duration_minutes,
        has_changes=exam.version_id is not None and not note.is_published,
        version=published,
        revision=exam.revision,
        attempts=sum(counts.values()),
        running=_running(counts),
        results_at=exam.results_at,
        created_at=exam.created_at,
        updated_at=exam.updated_at,
        is_practice=exam.is_practice,
    )


def _running(counts: dict[str, int]) -> int:
    return sum(count for status, count in counts.items() if status in RUNNING)
