"""The list of exams at 10,000: time of a page, and whether an index sorts it.

    python -m bench.exams [--exams 10000] [--database sqlite postgresql mariadb]

Each figure is the median of several calls of the service, with versions and counts of attempts.
"""

import argparse
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, text

from bench.people import explained, median_ms
from proctor_app.db.migrations import upgrade
from proctor_app.db.repositories.exams import ExamFilter, place_of
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.session import Database
from proctor_app.db.tables import Exam, ExamVersion
from proctor_app.domain.access import Actor, Role
from proctor_app.domain.exam import ExamContent
from proctor_app.domain.question import Question, QuestionKind
from proctor_app.services.exam_views import ExamQuery
from proctor_app.services.versions import to_json
from tests.databases import empty_database
from tests.world import World, build

_BATCH = 1000
_PAGE = 100
_START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
_ADMIN = Actor("admin", "Admin", Role.ADMIN, "")
_QUESTIONS = tuple(
    Question(f"q{number}", QuestionKind.SHORT, "Which river? " * 20, correct=("Elbe",))
    for number in range(40)
)


def fill(database: Database, count: int) -> None:
    """Exams of 40 questions, a minute apart, straight into the tables."""
    content = to_json(ExamContent("Geography", questions=_QUESTIONS))
    for start in range(0, count, _BATCH):
        numbers = range(start, min(start + _BATCH, count))
        with database.engine.begin() as connection:
            connection.execute(insert(Exam), [_exam(number) for number in numbers])
            connection.execute(
                insert(ExamVersion), [_version(number, content) for number in numbers]
            )
    if database.engine.dialect.name == "postgresql":
        with database.engine.begin() as connection:
            connection.execute(text("ANALYZE"))


def _exam(number: int) -> dict[str, object]:
    at = _START + timedelta(minutes=number)
    return {
        "id": f"exam-{number:08}",
        "code": f"CODE-{number:08}",
        "title": f"Geography {number * 7919 % 10_007}",
        "status": ("draft", "published", "closed")[number % 3],
        "time_zone": "UTC",
        "access": "open",
        "attempts_allowed": 1,
        "results": "by_hand",
        "is_practice": False,
        "revision": 1,
        "created_by": "",
        "created_at": at,
        "updated_at": at,
    }


def _version(number: int, content: str) -> dict[str, object]:
    return {
        "id": f"version-{number:08}",
        "exam_id": f"exam-{number:08}",
        "number": 1,
        "content": content,
        "question_count": len(_QUESTIONS),
        "duration_minutes": 60,
        "saved_by": "",
        "saved_at": _START,
    }


def measure(world: World, count: int) -> list[tuple[str, float]]:
    """What was asked for, and its time in ms."""
    exams = world.services.exams
    found: list[tuple[str, float]] = []

    def add(name: str, **query: object) -> None:
        wanted = ExamQuery(limit=_PAGE, **query)  # type: ignore[arg-type]
        found.append((name, median_ms(lambda: exams.page(_ADMIN, wanted))))

    for sort in ("-created", "created", "title", "-title"):
        add(f"first page by {sort}", sort=sort)
    add("search that matches one", search=f"code-{count // 2:08}")
    add("search that matches all", search="geo")
    add("drafts alone", status="draft")
    for sort in ("-created", "title"):
        cursor = ""
        for _ in range(count // _PAGE - 1):
            cursor = exams.page(_ADMIN, ExamQuery(sort=sort, limit=_PAGE, cursor=cursor)).next
        add(f"last page by {sort}", sort=sort, cursor=cursor)
    return found


def plans(world: World, count: int) -> list[tuple[str, str]]:
    """How the database finds the first page and one in the middle, in every sorting."""
    found: list[tuple[str, str]] = []
    with world.database.read() as session:
        rows = ExamRows(session)
        middle = rows.by_id(f"exam-{count // 2:08}")
        assert middle is not None
        for sort in ("created", "title"):
            for where, start in (("first", None), ("middle", place_of(middle, sort))):
                query = rows.query(ExamFilter(), sort, down=True, start=start).limit(_PAGE)
                found.append((f"{where} page by {sort}", explained(session, query)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.exams")
    parser.add_argument("--exams", type=int, default=10_000)
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgresql", "mariadb"])
    options = parser.parse_args()
    for backend in options.database:
        with tempfile.TemporaryDirectory() as folder, empty_database(backend, Path(folder)) as url:
            world = build(Path(folder), url)
            upgrade(world.database.engine)
            fill(world.database, options.exams)
            print(f"\n{backend}, {options.exams:,} exams, pages of {_PAGE}")
            for name, taken_ms in measure(world, options.exams):
                print(f"  {name:<34}{taken_ms:9.1f} ms")
            for name, plan in plans(world, options.exams):
                print(f"  plan of the {name}: {plan}")
            world.database.close()


if __name__ == "__main__":
    main()
