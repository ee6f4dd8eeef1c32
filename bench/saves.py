"""Two hundred candidates who save an answer every second: is one lost, and how long does it take?

    python -m bench.saves [--candidates 200] [--seconds 60] [--database sqlite postgresql]

The app's interfaces run in a process of their own, each candidate on a connection of their own with
their own token. Every acknowledged value is read back from the database and compared. Then the cost
of one save is measured beside a thousand, a hundred thousand and a million stored answers.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import bcrypt
from sqlalchemy import insert, text
from sqlmodel import SQLModel, select

from bench.logins import OUT, server
from bench.stats import percentile
from bench.tables import Table, publish
from proctor_app.clock import system_clock
from proctor_app.composition import build_services
from proctor_app.db.migrations import upgrade
from proctor_app.db.session import Database
from proctor_app.db.tables import Answer, Attempt, Exam, ExamVersion, User
from proctor_app.domain.access import Actor, Role
from proctor_app.domain.exam import ExamContent, Level
from proctor_app.domain.question import Question, QuestionKind
from proctor_app.errors import ProctorError
from proctor_app.services.answers import Answers, Save
from proctor_app.services.logins import Origin
from proctor_app.services.moves import Moves
from proctor_app.services.versions import Versions, to_json
from proctor_app.settings import load as load_settings
from tests.databases import empty_database

_PASSWORD = "a long phrase to remember"  # noqa: S105 - of made-up accounts in a temporary folder
_CODE = "SAVES"
_QUESTIONS = 60
_STORED = (1_000, 100_000, 1_000_000)
_MEASURED = 400
_BATCH = 20_000
_ANSWER_LIMIT_S = 30.0


@dataclass(slots=True)
class Candidate:
    """acknowledged: the value of each question that the app said it saved; took_s: of each save;
    errors: what else was answered; late: seconds a save began after its turn."""

    user_id: str
    token: str
    attempt_id: str = ""
    acknowledged: dict[str, str] = field(default_factory=dict)
    took_s: list[float] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def prepare(data_dir: Path, url: str, count: int) -> list[Candidate]:
    """An exam and its candidates, each logged in."""
    services = build_services(load_settings({"DATA_DIR": str(data_dir), "DATABASE_URL": url}))
    upgrade(services.database.engine)
    _add_exam(services.database)
    quick = bcrypt.hashpw(_PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    with services.database.write() as session:
        for number in range(count):
            session.add(_user(f"bench-{number}", f"person{number}@example.test", quick))
    found = []
    for number in range(count):
        origin = Origin(f"10.0.{number // 250}.{number % 250}")
        login = services.logins.log_in(f"person{number}@example.test", _PASSWORD, origin)
        found.append(Candidate(login.account.id, login.token))
    services.database.close()
    return found


def _user(user_id: str, email: str, password_hash: str) -> User:
    return User(
        id=user_id,
        email=email,
        name=user_id,
        password_hash=password_hash,
        role=Role.STUDENT.value,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def _add_exam(database: Database) -> None:
    now = system_clock()
    content = ExamContent(
        "Saves",
        duration_minutes=120,
        level=Level.NONE,
        questions=tuple(
            Question(f"q{number}", QuestionKind.ESSAY, "?") for number in range(_QUESTIONS)
        ),
    )
    with database.write() as session:
        session.add(
            Exam(
                id="exam", code=_CODE, title="Saves", status="published",
                created_at=now, updated_at=now,
            )
        )  # fmt: skip
        session.flush()
        session.add(
            ExamVersion(
                id="version", exam_id="exam", number=1, content=to_json(content),
                duration_minutes=content.duration_minutes, saved_at=now, published_at=now,
            )
        )  # fmt: skip
        session.flush()
        session.get_one(Exam, "exam").version_id = "version"


class _Connection:
    """One kept open; as little work a request as there can be, for the machine is shared."""

    def __init__(self, url: str, token: str) -> None:
        self._host, _, port = url.removeprefix("http://").partition(":")
        self._port = int(port)
        self._head = f"Host: {self._host}\r\nAuthorization: Bearer {token}\r\n"

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)

    async def ask(self, method: str, path: str, body: object) -> tuple[int, bytes]:
        data = json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\n{self._head}Content-Type: application/json\r\n"
        self._writer.write(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        async with asyncio.timeout(_ANSWER_LIMIT_S):
            answer = await self._reader.readuntil(b"\r\n\r\n")
            lines = answer.decode("latin-1").lower().split("\r\n")
            size = next(line for line in lines if line.startswith("content-length:"))
            content = await self._reader.readexactly(int(size.partition(":")[2]))
        return int(lines[0].split()[1]), content

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


async def load_it(url: str, candidates: Sequence[Candidate], seconds: int) -> float:
    """Begin all attempts, then save; the seconds that the saving took."""
    connections = [_Connection(url, one.token) for one in candidates]
    for candidate, connection in zip(candidates, connections, strict=True):
        await connection.open()
        path, body = f"/api/v1/exam/start/{candidate.user_id}", {"exam_code": _CODE}
        status, content = await connection.ask("POST", path, body)
        if status != 200:
            raise RuntimeError(f"an attempt did not begin: {status} {content!r}")
        candidate.attempt_id = json.loads(content)["wsConfig"]["sessionId"]
    begin_s = time.monotonic() + 1.0
    async with asyncio.TaskGroup() as group:
        for number, (candidate, connection) in enumerate(zip(candidates, connections, strict=True)):
            phase_s = begin_s + number / len(candidates)
            group.create_task(_save_on(connection, candidate, phase_s, seconds))
    took_s = time.monotonic() - begin_s
    for connection in connections:
        await connection.close()
    return took_s


async def _save_on(
    connection: _Connection, candidate: Candidate, phase_s: float, seconds: int
) -> None:
    for number in range(seconds):
        turn_s = phase_s + number
        await asyncio.sleep(turn_s - time.monotonic())
        question_id = f"q{number % _QUESTIONS}"
        value = f"{candidate.user_id} answers {question_id} at {number}. " * 4
        path = f"/api/v1/attempts/{candidate.attempt_id}/answers/{question_id}"
        began_s = time.monotonic()
        candidate.late_s.append(began_s - turn_s)
        try:
            status, content = await connection.ask("PUT", path, {"value": value, "seq": number + 1})
        except (OSError, EOFError, TimeoutError) as error:
            candidate.errors.append(type(error).__name__)
            return
        candidate.took_s.append(time.monotonic() - began_s)
        if status == 200 and json.loads(content)["saved"]:
            candidate.acknowledged[question_id] = value
        else:
            candidate.errors.append(f"{status} {content[:100]!r}")


def lost(url: str, candidates: Sequence[Candidate]) -> int:
    """How many acknowledged values the database does not have."""
    database = Database(url)
    with database.read() as session:
        rows = {(a.attempt_id, a.question_id): a.value for a in session.exec(select(Answer))}
    database.close()
    return sum(
        json.loads(rows.get((candidate.attempt_id, question_id)) or "null") != value
        for candidate in candidates
        for question_id, value in candidate.acknowledged.items()
    )


def costs(url: str, stored: Sequence[int]) -> Iterator[tuple[int, list[float]]]:
    """Seconds of single saves, each a transaction, beside so many stored answers."""
    database = Database(url)
    versions = Versions(database)
    answers = Answers(database, versions, Moves(versions, system_clock, b"key"), system_clock)
    actor = Actor("measured", "", Role.STUDENT, "")
    with database.write() as session:
        session.add(_user("measured", "measured@example.test", ""))
        session.add(_user("others", "others@example.test", ""))
        session.flush()
        session.add(_attempt("measured", "measured", "running"))
    there = 0
    for wanted in stored:
        there += _fill(database, there, wanted)
        saves = [
            Save(actor, "measured", f"q{number % _QUESTIONS}", f"{wanted} {number}")
            for number in range(_MEASURED)
        ]
        yield wanted, [_timed(answers, save) for save in saves]
    database.close()


def _timed(answers: Answers, save: Save) -> float:
    began_s = time.perf_counter()
    (outcome,) = answers.save([save])
    took_s = time.perf_counter() - began_s
    if isinstance(outcome.saved, ProctorError):
        raise outcome.saved
    return took_s


def _attempt(attempt_id: str, user_id: str, status: str) -> Attempt:
    now = system_clock()
    return Attempt(
        id=attempt_id,
        user_id=user_id,
        open_for=user_id if status == "running" else None,
        status=status,
        created_at=now,
        started_at=now,
        duration_minutes=120,
        exam_id="exam",
        version_id="version",
    )


def _fill(database: Database, there: int, wanted: int) -> int:
    """Put answers of other attempts beside those that are there; how many."""
    now = system_clock()
    tables = SQLModel.metadata.tables
    for start in range(there, wanted, _BATCH):
        numbers = range(start, min(start + _BATCH, wanted))
        attempts = sorted({number // _QUESTIONS for number in numbers})
        with database.write() as session:
            for number in attempts:
                if session.get(Attempt, f"other-{number}") is None:
                    session.add(_attempt(f"other-{number}", "others", "submitted"))
            session.flush()
            rows = [
                {
                    "attempt_id": f"other-{number // _QUESTIONS}",
                    "question_id": f"q{number % _QUESTIONS}",
                    "value": f'"An answer of some length, as people write them: {number}."',
                    "seq": 1, "is_flagged": False, "saved_at": now, "comment": "", "marked_by": "",
                }
                for number in numbers
            ]  # fmt: skip
            session.connection().execute(insert(tables["answers"]), rows)
    if not database.is_sqlite:
        with database.write() as session:
            session.connection().execute(text("ANALYZE"))
    return wanted - there


def measure(backend: str, count: int, seconds: int, stored: Sequence[int]) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder, empty_database(backend, Path(folder)) as url:
        data_dir = Path(folder)
        candidates = prepare(data_dir, url, count)
        load_before = os.getloadavg()[0]
        with server(data_dir, DATABASE_URL=url) as address:
            took_s = asyncio.run(load_it(address, candidates, seconds))
        load_after = os.getloadavg()[0]
        took = [one for candidate in candidates for one in candidate.took_s]
        late = [one for candidate in candidates for one in candidate.late_s]
        errors = [one for candidate in candidates for one in candidate.errors]
        acknowledged = sum(len(candidate.took_s) for candidate in candidates) - len(errors)
        return {
            "database": backend,
            "candidates": count,
            "seconds": round(took_s, 1),
            "saves": len(took),
            "acknowledged": acknowledged,
            "lost": lost(url, candidates),
            "errors": len(errors),
            "first_errors": errors[:5],
            "save_p50_ms": round(percentile(took, 0.5) * 1000, 1),
            "save_p99_ms": round(percentile(took, 0.99) * 1000, 1),
            "save_max_ms": round(max(took) * 1000, 1),
            "began_late_p99_ms": round(percentile(late, 0.99) * 1000, 1),
            "load_before": round(load_before, 2),
            "load_after": round(load_after, 2),
            "one_save": [
                {
                    "stored": size,
                    "p50_ms": round(percentile(each, 0.5) * 1000, 2),
                    "p99_ms": round(percentile(each, 0.99) * 1000, 2),
                }
                for size, each in costs(url, stored)
            ],
        }


def tables(found: Sequence[dict[str, object]]) -> list[Table]:
    names = ("candidates", "saves", "lost", "errors", "save_p50_ms", "save_p99_ms", "save_max_ms",
             "load_before", "load_after")  # fmt: skip
    over_http = [(str(one["database"]), *(str(one[name]) for name in names)) for one in found]
    single = [
        (str(one["database"]), f"{each['stored']:,}", str(each["p50_ms"]), str(each["p99_ms"]))
        for one in found
        for each in one["one_save"]  # type: ignore[attr-defined]
    ]
    titles = ("candidates", "saves", "lost", "server errors", "p50 ms", "p99 ms", "longest ms",
              "load before", "load after")  # fmt: skip
    note = f"{os.cpu_count()} cores, {platform.machine()}; the app, the database and the clients."
    return [
        Table("A save every second by each candidate, over HTTP", ("database", *titles), over_http,
              note),
        Table("One save, a transaction of its own, beside stored answers",
              ("database", "stored answers", "p50 ms", "p99 ms"), single),
    ]  # fmt: skip


def main() -> int:
    """Measure, print, write bench/out/saves.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.saves", description=__doc__)
    parser.add_argument("--candidates", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--stored", type=int, nargs="*", default=list(_STORED))
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--out", type=Path, default=OUT, help="where the JSON goes (bench/out)")
    parser.add_argument("--markdown", action="store_true", help="print tables for a document")
    parser.add_argument("--into", type=Path, help="a document to put the tables into")
    options = parser.parse_args()
    found = [
        measure(backend, options.candidates, options.seconds, options.stored)
        for backend in options.database
    ]
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "saves.json").write_text(json.dumps(found, indent=2) + "\n")
    publish(tables(found), as_markdown=options.markdown, into=options.into, section="saves")
    return int(any(one["lost"] or one["errors"] for one in found))


if __name__ == "__main__":
    sys.exit(main())
