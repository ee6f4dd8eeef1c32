"""Versions of exams: from and to JSON, and read once, for a published one never changes."""

import threading
from collections import OrderedDict
from collections.abc import Iterable

from pydantic import TypeAdapter

from proctor_app.db.repositories.versions import Versions as VersionRows
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.exam import ExamContent
from proctor_app.errors import NotFound

_CONTENT: TypeAdapter[ExamContent] = TypeAdapter(ExamContent)
_KEPT = 64
_IDS_KEPT = 2_000
_AT_ONCE = 10


def to_json(content: ExamContent) -> str:
    return _CONTENT.dump_json(content).decode()


def from_json(text: str) -> ExamContent:
    """Raises ValueError where it is no content."""
    return _CONTENT.validate_json(text)


class Versions:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, ExamContent] = OrderedDict()
        self._ids: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def content(self, version_id: str, session: Transaction | None = None) -> ExamContent:
        """A published version's content, from memory where it was read lately; session: the
        transaction to read in, where there is one. Raises NotFound."""
        with self._lock:
            if (known := self._kept.get(version_id)) is not None:
                self._kept.move_to_end(version_id)
                return known
        if session is None:
            with self._database.read() as reading:
                return self._read(reading, version_id)
        return self._read(session, version_id)

    def question_ids(
        self, version_ids: Iterable[str], session: Transaction
    ) -> dict[str, tuple[str, ...]]:
        """The ids of published versions' questions, from memory where they were read before: lists
        name many versions, and want nothing else of them."""
        wanted = list(dict.fromkeys(version_ids))
        with self._lock:
            found = {one: self._ids[one] for one in wanted if one in self._ids}
        missing = [one for one in wanted if one not in found]
        for start in range(0, len(missing), _AT_ONCE):
            some = VersionRows(session).contents(missing[start : start + _AT_ONCE])
            for version_id, text in some.items():
                found[version_id] = tuple(one.id for one in from_json(text).questions)
        with self._lock:
            self._ids.update(found)
            while len(self._ids) > _IDS_KEPT:
                self._ids.popitem(last=False)
        return found

    def _read(self, session: Transaction, version_id: str) -> ExamContent:
        row = VersionRows(session).by_id(version_id)
        if row is None:
            raise NotFound("no_version", "There is no such version.")
        content = from_json(row.content)
        if row.published_at is not None:
            with self._lock:
                self._kept[version_id] = content
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return content
