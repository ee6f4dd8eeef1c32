"""Whatever file is brought in: an exam or roster made of all of it, or a refusal in our words that
leaves everything as it was.

A few hundred files with every test run; PROCTOR_FUZZ=10000 sends as many.
"""

import json
import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proctor_app.db.tables import AuditEntry, Exam, ExamPicture, ExamVersion, RosterEntry
from proctor_app.domain.access import Role
from proctor_app.domain.exam import ExamTerms
from proctor_app.domain.incident import EventType
from proctor_app.services.exam_documents import document_of
from proctor_app.services.gift import write_gift
from tests.api.conftest import Site
from tests.authoring import CONTENT, QUESTIONS
from tests.questions import questions
from tests.world import Person

FILES = int(os.environ.get("PROCTOR_FUZZ", "150"))
PATIENT = settings(max_examples=FILES, deadline=None, suppress_health_check=list(HealthCheck))
NEVER = ("Traceback", 'File "', "sqlalchemy", "sqlite3", "pydantic", "SELECT ", "INSERT ")
EXAMS = "/api/v1/exams"

_NASTY = st.sampled_from(
    [
        b"\x00", b"\xff", b"\xef\xbb\xbf", b"\r", b"\n", b"\n\n", b'"', b"'", b"{", b"}", b"[",
        b"]", b"=", b"~", b"#", b":", b",", b";", b"\t", b"\\", b"%", b"%50%", b"::", b"->", b"//",
        b"....", b"NaN", b"1e999", b"-1", b"null", b"true", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80",
        b"\\ud800", b"\\u0000", b"=1+1", b"@", b"9" * 400, b"{" * 300, b"[" * 300, b"a" * 11_000,
    ]
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, valid: st.SearchStrategy[bytes]) -> bytes:
    """A valid file in which pieces were taken out, put in, doubled or cut off."""
    data = draw(valid)
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted(draw(st.integers(0, len(data))) for _ in range(2))
        end = min(end, start + draw(st.sampled_from([0, 1, 5, 100_000])))
        piece = draw(_NASTY | st.binary(max_size=4) | st.just(data[start:end] * 2))
        data = data[:start] + piece + data[end:]
    return data if draw(st.booleans()) else data[: draw(st.integers(0, len(data)))]


_questions = st.lists(questions(), min_size=1, max_size=3)
valid_gift = _questions.map(write_gift)
valid_json = _questions.map(
    lambda found: (
        document_of(CONTENT.__class__("T", questions=tuple(found)), ExamTerms())
        .model_dump_json()
        .encode()
    )
)
_words = st.sampled_from(
    [
        "a",
        "True",
        "Which?",
        "\\{",
        "\\n",
        "-> b",
        "%50%",
        "%-100%",
        "1..5",
        "3:0.1",
        " ",
        "<b>x</b>",
    ]
)
_answers = st.lists(
    st.tuples(st.sampled_from(["=", "~", "#", "~%50%", "=%100%", "####", "T", "F#"]), _words).map(
        "".join
    ),
    max_size=5,
).map(" ".join)
grammar_gift = (
    st.lists(
        st.tuples(
            st.sampled_from(
                ["", "::t::", "// proctor: points=2 case=yes\n", "[html]", "$CATEGORY: "]
            ),
            _words,
            _answers.map(lambda inside: f"{{{inside}}}"),
            st.sampled_from(["", " tail", "{", "}"]),
        ).map("".join),
        max_size=4,
    )
    .map("\n\n".join)
    .map(str.encode)
)
_scalars: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**40), 10**40),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["single", "multiple", "numeric", "short", "essay", "a", "b", "open", "UTC"]),
    st.sampled_from(["2026-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "PT1H", "9999-12-31"]),
)
_question_fields = st.sampled_from(
    ["id", "kind", "text", "options", "correct", "number", "tolerance", "points",
     "negative_points", "partial_credit", "case_sensitive", "explanation"]
)  # fmt: skip
_exam_fields = st.sampled_from(
    ["title", "code", "duration_minutes", "opens_at", "closes_at", "time_zone", "access",
     "attempts_allowed", "results", "retention_days", "reviewers", "description", "rules",
     "signals", "level", "preset", "forbidden", "grace_s", "pictures", "format", "version",
     "published", "questions"]
)  # fmt: skip
_values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["phone", "is_on", "hold_s", "id", "data", "x"]), inner)
    ),
    max_leaves=6,
)
_made_questions = st.lists(
    st.builds(
        lambda base, changes: {**base, **changes},
        st.sampled_from(
            [
                {"kind": "single", "text": "?", "options": ["a", "b"], "correct": "a"},
                {"kind": "numeric", "text": "?", "correct": 1},
                {"kind": "essay", "text": "?"},
            ]
        ),
        st.dictionaries(_question_fields, _values, max_size=2),
    ),
    max_size=3,
)
grammar_json = st.builds(
    lambda base, asked, changes: json.dumps({**base, "questions": asked, **changes}).encode(),
    st.just({"title": "T"}),
    _made_questions,
    st.dictionaries(_exam_fields, _values, max_size=3),
)
_cells = st.sampled_from(
    ["", "a@b.test", "A@B.test", "c@d.test", "=e@f.test", "'=e@f.test", "g@h", "nobody", "5", "-5",
     "99999", "yes", "no", "odd", "phone", "phone;print", "strict", '"x', '"x,y"', "\u00a0",
     "é@b.de"]
)  # fmt: skip
_header = st.lists(
    st.sampled_from(
        ["email", "E-Mail", "name", "extra_minutes", "may_pause", "detectors_off", "preset", "odd"]
    ),
    max_size=6,
)


def _rows(delimiter: str) -> st.SearchStrategy[bytes]:
    line = st.lists(_cells, max_size=6).map(delimiter.join)
    return st.tuples(_header.map(delimiter.join), st.lists(line, max_size=5)).map(
        lambda parts: "\n".join([parts[0], *parts[1]]).encode()
    )


grammar_csv = st.sampled_from(",;\t").flatmap(_rows)


@st.composite
def valid_csv(draw: st.DrawFn) -> bytes:
    numbers = draw(st.lists(st.integers(0, 30), unique=True, max_size=6))
    lines = ["email,extra_minutes,may_pause,detectors_off,preset"]
    for number in numbers:
        detectors = draw(st.lists(st.sampled_from(EventType), max_size=2))
        pause, preset = (
            draw(st.sampled_from(["yes", "no"])),
            draw(st.sampled_from(["", "strict"])),
        )
        lines.append(f"p{number}@example.test,{number},{pause},{' '.join(detectors)},{preset}")
    return "\n".join(lines).encode()


def any_file(
    valid: st.SearchStrategy[bytes], grammar: st.SearchStrategy[bytes]
) -> st.SearchStrategy[bytes]:
    cut = st.tuples(valid, st.floats(0, 1)).map(lambda pair: pair[0][: int(len(pair[0]) * pair[1])])
    return st.one_of(st.binary(max_size=300), valid, cut, mutated(valid), grammar, mutated(grammar))


@pytest.fixture
def admin(site: Site) -> Person:
    return site.world.person(Role.ADMIN, "Boss")


def _kept(site: Site) -> tuple[int, ...]:
    folder = site.world.settings.data_dir / "pictures"
    files = sum(path.is_file() for path in folder.rglob("*")) if folder.exists() else 0
    tables = (Exam, ExamVersion, ExamPicture, RosterEntry, AuditEntry)
    return (*(site.world.count(table) for table in tables), files)


def _check_refusal(answer: Any) -> None:
    assert answer.status_code in (409, 413, 422), answer.text[:500]
    assert set(answer.json()) == {"detail", "code"}
    for sign in NEVER:
        assert sign not in answer.text, answer.text[:500]


@pytest.mark.parametrize(
    ("form", "files"),
    [
        ("gift", any_file(valid_gift, grammar_gift)),
        ("json", any_file(valid_json, grammar_json)),
    ],
)
def test_any_file_of_questions_becomes_an_exam_as_a_whole_or_changes_nothing(
    site: Site, admin: Person, form: str, files: st.SearchStrategy[bytes]
) -> None:
    statuses: Counter[int] = Counter()

    @PATIENT
    @given(files, st.booleans())
    def bring(data: bytes, in_form: bool) -> None:
        before = _kept(site)
        sent: dict[str, Any] = {"files": {"file": ("f", data)}} if in_form else {"content": data}
        answer = site.client.post(f"{EXAMS}/import?format={form}", headers=admin.bearer, **sent)
        statuses[answer.status_code] += 1
        if answer.status_code != 201:
            _check_refusal(answer)
            assert _kept(site) == before
            return
        made = answer.json()
        assert (_kept(site)[0], made["status"]) == (before[0] + 1, "draft")
        assert site.client.get(f"{EXAMS}/{made['id']}", headers=admin.bearer).json() == made
        if form == "gift":
            assert made["problems"] == []
        out = site.client.get(f"{EXAMS}/{made['id']}/export", headers=admin.bearer)
        again = site.client.post(f"{EXAMS}/import", headers=admin.bearer, content=out.content)
        assert again.status_code == 201, again.text
        assert again.json()["questions"] == made["questions"]

    bring()
    print(f"{form}: {dict(statuses)}")  # noqa: T201
    assert min(statuses[201], statuses[422]) > FILES / 20, statuses


def test_any_roster_is_taken_over_as_a_whole_or_changes_nothing(site: Site, admin: Person) -> None:
    exam = site.world.services.exams.create(
        admin.actor, CONTENT.__class__("T", questions=QUESTIONS), ExamTerms(), publish=True
    )
    path, statuses = f"{EXAMS}/{exam.id}/roster", Counter[int]()

    @PATIENT
    @given(any_file(valid_csv(), grammar_csv), st.sampled_from(["add", "replace"]))
    def bring(data: bytes, mode: str) -> None:
        before = site.client.get(path, headers=admin.bearer).json()["items"]
        kept = _kept(site)
        answer = site.client.post(f"{path}/import?mode={mode}", headers=admin.bearer, content=data)
        statuses[answer.status_code] += 1
        after = site.client.get(path, headers=admin.bearer).json()["items"]
        if answer.status_code != 200:
            _check_refusal(answer)
            assert (_kept(site), after) == (kept, before)
            return
        done = answer.json()
        assert len(after) == len(before) + done["added"] - done["removed"]
        out = site.client.get(f"{path}/export", headers=admin.bearer)
        same = site.client.post(
            f"{path}/import?mode=replace", headers=admin.bearer, content=out.content
        )
        assert same.json() == {"added": 0, "changed": 0, "removed": 0}, same.text

    bring()
    print(f"csv: {dict(statuses)}")  # noqa: T201
    assert min(statuses[200], statuses[422]) > FILES / 20, statuses
