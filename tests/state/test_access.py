"""Any client can call any public handler of any State: each one asks first who is there."""

import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import reflex as rx
from reflex.state import BaseState

import proctor_app.pages  # noqa: F401 - every page imports its State
from proctor_app.domain.access import Role
from proctor_app.errors import NotAllowed, NotAuthenticated
from proctor_app.state import wiring
from proctor_app.state.analytics import AnalyticsState
from proctor_app.state.api_keys import ApiKeysState
from proctor_app.state.audit import AuditState
from proctor_app.state.candidate import CandidateState
from proctor_app.state.exam_editor import ExamEditorState
from proctor_app.state.exam_proctors import ExamProctorsState
from proctor_app.state.exam_seb import ExamSebState
from proctor_app.state.exams import ExamsState
from proctor_app.state.face_login import FaceLoginState
from proctor_app.state.guard import signed_in
from proctor_app.state.home import AdminState, HomeState
from proctor_app.state.lti import LtiState
from proctor_app.state.lti_choose import LtiChooseState
from proctor_app.state.marking import MarkingState
from proctor_app.state.marking_list import MarkingListState
from proctor_app.state.password_meter import PasswordMeterState
from proctor_app.state.people import PeopleState
from proctor_app.state.reports import ReportsState
from proctor_app.state.review import ReviewState
from proctor_app.state.review_bulk import BulkState
from proctor_app.state.review_queue import ReviewQueueState
from proctor_app.state.roster import RosterState
from proctor_app.state.signup import SignUpState
from proctor_app.state.wall import WallState
from proctor_app.state.webhooks import WebhooksState
from tests.state.tabs import call, open_page
from tests.world import World

STAFF_ONLY = {
    WallState: Role.PROCTOR,
    CandidateState: Role.PROCTOR,
    AnalyticsState: Role.PROCTOR,
    AdminState: Role.ADMIN,
    PeopleState: Role.ADMIN,
    AuditState: Role.ADMIN,
    ApiKeysState: Role.ADMIN,
    ExamsState: Role.ADMIN,
    ExamEditorState: Role.ADMIN,
    RosterState: Role.ADMIN,
    ExamProctorsState: Role.ADMIN,
    ExamSebState: Role.ADMIN,
    MarkingState: Role.PROCTOR,
    MarkingListState: Role.PROCTOR,
    ReportsState: Role.PROCTOR,
    ReviewState: Role.PROCTOR,
    ReviewQueueState: Role.PROCTOR,
    BulkState: Role.PROCTOR,
    WebhooksState: Role.ADMIN,
    LtiState: Role.ADMIN,
    LtiChooseState: Role.PROCTOR,
}
ADMIN_ONLY = {state for state, role in STAFF_ONLY.items() if role is Role.ADMIN}
LEADS_AWAY = {(HomeState, "enter")}
"""The front page's handler sends the anonymous to the log-in instead of refusing."""


OPEN: set[tuple[type[BaseState], str]] = {
    (SignUpState, "load"),  # whoever signs up has no session yet
    (SignUpState, "begin_try"),
    (SignUpState, "look"),
    (SignUpState, "check_photo"),
    (PasswordMeterState, "rate"),
    (FaceLoginState, "load"),  # whoever logs in has no session yet
    (FaceLoginState, "ask"),
    (FaceLoginState, "again"),
    (FaceLoginState, "camera_changed"),
    (FaceLoginState, "take_frame"),
}
"""Handlers that are anybody's, by design; what they may cost is capped by their services."""


def own_states(root: type[BaseState] = rx.State) -> Iterator[type[BaseState]]:
    for state in root.get_substates():
        if state.__module__.startswith("proctor_app."):
            yield state
        yield from own_states(state)


def own_handlers(state: type[BaseState]) -> list[str]:
    """The handlers that are ours, wherever they were written; not those Reflex gives to all."""
    return [
        name
        for name, handler in state.event_handlers.items()
        if handler.fn.__module__.partition(".")[0] != "reflex"
    ]


HANDLERS = [
    pytest.param(state, name, id=f"{state.__name__}.{name}")
    for state in sorted(own_states(), key=str)
    for name in own_handlers(state)
    if (state, name) not in OPEN
]


def arguments(state: type[rx.State], name: str) -> list[Any]:
    """Something for every parameter a client may send."""
    made_up = {"bool": True, "int": 1, "str": "data:image/jpeg;base64,AAAA", "dict": {}}
    parameters = list(inspect.signature(state.event_handlers[name].fn).parameters.values())[1:]
    return [made_up[getattr(p.annotation, "__name__", str(p.annotation))] for p in parameters]


async def refusal(state: rx.State, name: str) -> type[Exception] | None:
    """How a handler refuses; None if it does not. What it did to the page is looked at, too."""
    before = {field: getattr(state, field) for field in type(state).get_fields()}
    try:
        await call(state, name, *arguments(type(state), name))
    except (NotAuthenticated, NotAllowed) as error:
        after = {field: getattr(state, field) for field in type(state).get_fields()}
        assert after == before, "a refused handler changed the page"
        return type(error)
    return None


class _Untouchable:
    """A service that nobody may use before it is known who asks."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"{name} was used for somebody who was to be refused")


@pytest.fixture
def world(world: World) -> World:
    """The same, but only accounts may be asked."""
    nothing: Any = _Untouchable()
    sealed = replace(
        world.services,
        monitoring=nothing,
        sessions=nothing,
        wall=nothing,
        attention=nothing,
        acknowledging=nothing,
        desk=nothing,
        desk_actions=nothing,
        traces=nothing,
        broadcast=nothing,
        enrolment=nothing,
        face_tries=nothing,
        own_data=nothing,
        people=nothing,
        erasure=nothing,
        audit_log=nothing,
        api_keys=nothing,
        sitting=nothing,
        check_in=nothing,
        exams=nothing,
        rosters=nothing,
        seb=nothing,
        marking=nothing,
        reports=nothing,
        exports=nothing,
        analytics=nothing,
        overview=nothing,
        reviews=nothing,
        appeals=nothing,
        bulk_reviews=nothing,
        outcomes=nothing,
    )
    wiring.install(replace(wiring.wired(), services=sealed))
    return world


def test_the_walk_finds_the_handlers() -> None:
    found = {(param.values[0], param.values[1]) for param in HANDLERS}
    assert {(WallState, "watch"), (AdminState, "load"), *LEADS_AWAY} <= found
    assert all(name in own_handlers(state) for state, name in OPEN)


async def test_what_is_anybodys_on_the_sign_up_page_reaches_its_own_service_alone(
    world: World,
) -> None:
    for name in ("begin_try", "look", "check_photo"):
        page = open_page(SignUpState)
        with pytest.raises(AssertionError, match="was used"):
            await call(page, name, *arguments(SignUpState, name))
        assert page.acked == -1


@pytest.mark.parametrize(("state", "name"), HANDLERS)
@pytest.mark.parametrize("token", ["", "garbage", "eyJhbGciOiJub25lIn0.e30."])
async def test_nobody_gets_past_a_handler_without_a_session(
    world: World, state: type[rx.State], name: str, token: str
) -> None:
    page = open_page(state, token)
    if (state, name) in LEADS_AWAY:
        assert "/login" in str(await call(page, name))
    else:
        assert await refusal(page, name) is NotAuthenticated


@pytest.mark.parametrize(("state", "name"), HANDLERS)
async def test_a_session_that_was_ended_opens_nothing(
    world: World, state: type[rx.State], name: str
) -> None:
    person = world.person(Role.ADMIN)
    world.services.logins.log_out(person.actor)
    page = open_page(state, person.token)
    if (state, name) in LEADS_AWAY:
        assert "/login" in str(await call(page, name))
    else:
        assert await refusal(page, name) is NotAuthenticated


@pytest.mark.parametrize(
    ("state", "name"), [param for param in HANDLERS if param.values[0] in STAFF_ONLY]
)
async def test_a_candidate_gets_past_no_handler_of_the_staff(
    world: World, state: type[rx.State], name: str
) -> None:
    candidate = world.person(Role.STUDENT)
    assert await refusal(open_page(state, candidate.token), name) is NotAllowed


@pytest.mark.parametrize(
    ("state", "name"),
    [param for param in HANDLERS if param.values[0] in ADMIN_ONLY],
)
async def test_a_proctor_is_no_admin(world: World, state: type[rx.State], name: str) -> None:
    proctor = world.person(Role.PROCTOR)
    assert await refusal(open_page(state, proctor.token), name) is NotAllowed


@pytest.mark.parametrize("state", sorted(own_states(), key=str))
def test_the_handler_reflex_gives_every_state_sets_nothing_of_ours(
    state: type[BaseState],
) -> None:
    assert set(state.event_handlers) - set(own_handlers(state)) == {"setvar"}
    page = open_page(state)  # type: ignore[type-var]
    for name in state.base_vars:
        with pytest.raises(AttributeError):
            state.event_handlers["setvar"].fn(page, name, "made up")


async def test_the_walk_notices_a_handler_that_does_not_ask(world: World) -> None:
    class Elsewhere(rx.State, mixin=True):
        @rx.event
        async def inherited(self) -> None:
            pass

    class Careless(Elsewhere, rx.State):
        shown: str = ""

        @rx.event
        async def load(self) -> None:
            self.shown = "everybody's data"

    class Careful(rx.State):
        @rx.event
        async def load(self) -> None:
            await signed_in(self)

    assert own_handlers(Careless) == ["load", "inherited"]
    assert await refusal(open_page(Careless), "inherited") is None
    assert await refusal(open_page(Careless), "load") is None
    assert await refusal(open_page(Careful), "load") is NotAuthenticated
