"""Exams for browser tests: made by the app's own services beside the running server."""

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from proctor_app.composition import build_services
from proctor_app.domain.access import Actor
from proctor_app.domain.exam import ExamContent, ExamTerms
from proctor_app.domain.question import Question, QuestionKind
from proctor_app.services.container import Services
from proctor_app.settings import load
from tests.e2e.harness import ADMIN, PATIENCE_S, Server, Visitor
from tests.fakes import FakeEngine
from tests.world import HOME

QUESTIONS = (
    Question(
        "q-interval",
        QuestionKind.SINGLE,
        "A sample of 40 measurements has mean $12.4$ and standard deviation $3.1$. Which interval "
        "is the 95 % confidence interval of the mean?",
        options=("11.9 to 12.9", "11.4 to 13.4", "9.3 to 15.5", "6.2 to 18.6"),
        correct=("11.4 to 13.4",),
        points=5,
        explanation="The standard error is $\\frac{3.1}{\\sqrt{40}} \\approx 0.49$.",
    ),
    Question(
        "q-robust",
        QuestionKind.MULTIPLE,
        "Which of these are **robust** against outliers?",
        options=("The median", "The mean", "The interquartile range"),
        correct=("The median", "The interquartile range"),
        points=4,
        partial_credit=True,
    ),
    Question("q-number", QuestionKind.NUMERIC, "What is $\\sqrt{2}$?", number=1.414,
             tolerance=0.01),
    Question("q-short", QuestionKind.SHORT, "Who wrote *Exploratory Data Analysis*?",
             correct=("Tukey", "John Tukey"), points=2),
    Question("q-essay", QuestionKind.ESSAY, "Why is a p-value not the probability that the null "
             "hypothesis is true?", points=8),
)  # fmt: skip


_NETWORK = ("net::ERR_", "WebSocket connection to", "status of 409")
"""What Chromium itself writes about requests that fail while offline, or that are refused because
another window sits the exam; every other error fails a test."""


@dataclass(frozen=True)
class Desk:
    """An admin at work in the data of a server."""

    services: Services
    admin: Actor

    def exam(self, content: ExamContent, terms: ExamTerms) -> str:
        """Publish an exam; returns its id."""
        return self.services.exams.create(self.admin, content, terms, publish=True).id


def desk(data_dir: Path) -> Desk:
    services = build_services(load({"DATA_DIR": str(data_dir)}), FakeEngine())
    logins = services.logins
    return Desk(services, logins.authenticate(logins.log_in(*ADMIN, HOME).token))


def rows(data_dir: Path, statement: str, *values: str) -> list[tuple[Any, ...]]:
    """What the server's database answers, beside the server."""
    with sqlite3.connect(data_dir / "proctor.db", timeout=PATIENCE_S) as database:
        return database.execute(statement, values).fetchall()


def attempt_of(server: Server, code: str) -> str:
    """The id of an exam's only attempt."""
    statement = "SELECT a.id FROM attempts a JOIN exams e ON e.id = a.exam_id WHERE e.code = ?"
    ((found,),) = rows(server.data_dir, statement, code)
    return str(found)


def answers_of(server: Server, attempt_id: str) -> dict[str, str]:
    """The answers as they are stored, by their questions' ids."""
    statement = "SELECT question_id, value FROM answers WHERE attempt_id = ?"
    found = rows(server.data_dir, statement, attempt_id)
    assert len({question for question, _ in found}) == len(found)
    return dict(found)


def own_errors(visitor: Visitor) -> list[str]:
    """What its pages reported, without what Chromium itself writes about a lost network."""
    return [error for error in visitor.errors if not any(part in error for part in _NETWORK)]


def eventually(condition: Callable[[], bool], page: Page) -> None:
    """Wait until it is so, while the page goes on."""
    until_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until_s, "this never came true"
        page.wait_for_timeout(100)


def join(visitor: Visitor, code: str) -> None:
    """Join by code and agree to the notice."""
    visitor.page.goto(f"{visitor.url}/dashboard")
    visitor.page.fill("#code", code)
    visitor.page.click("#join")
    visitor.sees("Before you begin")
    visitor.page.click("#agree")
    visitor.page.click("#start")
    visitor.sees("Is everything ready?")


def begin(visitor: Visitor, code: str) -> None:
    """Go the shortest way to the questions of an exam that uses no camera."""
    join(visitor, code)
    visitor.page.click("#go-on")
    visitor.page.click("#begin")
    visitor.page.locator(".question-text").wait_for()


def go_to(visitor: Visitor, number: int) -> None:
    visitor.page.locator(".question-list .number").nth(number - 1).click()
    visitor.sees(f"Question {number} of")
