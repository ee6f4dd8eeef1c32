"""Learning platforms: launches by LTI 1.3, and choosing exams for courses. See docs/lti.md."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field

from proctor_app import cookies
from proctor_app.api import lti_schemas as schemas
from proctor_app.api.dependencies import BEARER, ApiContext, ClientOrigin, Context, CurrentActor
from proctor_app.api.errors import answer, status_of
from proctor_app.api.lti_pages import PeopleRoute, asks_for_page, refusal, returning
from proctor_app.api.origin import origin_of
from proctor_app.domain.access import Action
from proctor_app.services.access import allow
from proctor_app.services.logins import LoggedIn, Origin
from proctor_app.services.lti_claims import web_origin
from proctor_app.services.lti_launches import STATE_LASTS, Arrived, LoginRequest
from proctor_app.services.lti_tokens import LaunchRefused

router = APIRouter(prefix="/lti", tags=["learning platforms"], route_class=PeopleRoute)
_COOKIE = "proctor_lti"
_NO_STORE = {"Cache-Control": "no-store"}


class LoginParameters(BaseModel):
    """What platforms begin a launch with: OpenID Connect Core 1.0, section 4, and LTI 1.3 Core."""

    iss: str = Field(max_length=255)
    login_hint: str = Field(max_length=4000)
    target_link_uri: str = Field("", max_length=4000)
    lti_message_hint: str = Field("", max_length=4000)
    client_id: str = Field("", max_length=255)
    lti_deployment_id: str = Field("", max_length=255)


@router.get("/login", status_code=303, response_class=RedirectResponse)
def begin_launch(
    request: Request,
    context: Context,
    origin: ClientOrigin,
    parameters: Annotated[LoginParameters, Query()],
) -> RedirectResponse:
    """Begin a launch: leads back to the platform, which answers to /lti/launch."""
    return _begun(request, context, origin, parameters)


@router.post("/login", status_code=303, response_class=RedirectResponse)
def begin_launch_by_form(
    request: Request,
    context: Context,
    origin: ClientOrigin,
    parameters: Annotated[LoginParameters, Form()],
) -> RedirectResponse:
    """As GET, for platforms that post."""
    return _begun(request, context, origin, parameters)


@router.post("/launch", status_code=303, response_class=RedirectResponse)
async def finish_launch(
    request: Request,
    context: Context,
    origin: ClientOrigin,
    state: Annotated[str, Form(max_length=200)] = "",
    id_token: Annotated[str, Form()] = "",
    error: Annotated[str, Form()] = "",
) -> Response:
    """Come in from a platform: sets the session cookie, leads to the exam, the desk or the page
    for choosing. error: what a platform says that sends nobody."""
    if error:
        raise LaunchRefused("lti_platform_refused", "The learning platform did not let you go on.")
    lti = context.services.lti
    cookie = request.cookies.get(_cookie_name(lti.base(origin_of(request))), "")
    arrived = await lti.launches.arrive(state, id_token, cookie, origin)
    response = _arrival(request, arrived)
    _log_in(response, arrived.login, context)
    return response


@router.get("/jwks")
def tool_keys(context: Context, origin: ClientOrigin, response: Response) -> schemas.KeySet:
    """The keys that this installation's messages to platforms are signed with."""
    response.headers["Cache-Control"] = "public, max-age=3600"
    found = context.services.lti.keys.published(origin.address)
    return schemas.KeySet(keys=[schemas.PublicKey(**one) for one in found])


@router.get("/config")
def tool_configuration(request: Request, context: Context) -> schemas.ToolConfiguration:
    """What a platform's admin needs to register this installation, as Canvas reads it."""
    return schemas.configuration(context.services.lti.addresses(origin_of(request)))


@router.post(
    "/choose",
    response_class=HTMLResponse,
    responses={303: {"description": "No platform waits for it"}},
    dependencies=[BEARER],
)
async def choose_course_exam(
    request: Request,
    context: Context,
    actor: CurrentActor,
    choice: Annotated[str, Form(max_length=64)] = "",
    exam_id: Annotated[str, Form(max_length=36)] = "",
) -> Response:
    """Answer what a platform asked, with an exam or with none: a form that goes there by itself;
    or, where no platform waits for it, 303 to the desk."""
    allow(actor, Action.WATCH)
    lti = context.services.lti
    base = lti.base(origin_of(request))
    found = await run_in_threadpool(lti.choices.answer, actor, choice, exam_id, base)
    if not found.token:
        return RedirectResponse(found.url, 303, _NO_STORE)
    return returning(found.url, web_origin(found.url), found.token)


def _begun(
    request: Request, context: ApiContext, origin: Origin, given: LoginParameters
) -> RedirectResponse:
    lti = context.services.lti
    base = lti.base(origin_of(request))
    name = _cookie_name(base)
    wanted = LoginRequest(
        given.iss,
        given.login_hint,
        given.target_link_uri,
        given.lti_message_hint,
        given.client_id,
        given.lti_deployment_id,
    )
    found = lti.launches.begin(wanted, base, request.cookies.get(name, ""), origin)
    response = RedirectResponse(found.url, 303, _NO_STORE)
    # It comes back with a form of another site's: no other SameSite lets it.
    response.set_cookie(
        name,
        found.cookie,
        max_age=int(STATE_LASTS.total_seconds()),
        httponly=True,
        samesite="none",
        secure=True,
    )
    return response


def _arrival(request: Request, arrived: Arrived) -> Response:
    if arrived.problem is None:
        return RedirectResponse(arrived.path, 303, _NO_STORE)
    if asks_for_page(request):
        return refusal(arrived.problem, logged_in=True)
    problem = arrived.problem
    return answer(status_of(problem), problem.code, problem.detail, _NO_STORE)


def _log_in(response: Response, login: LoggedIn, context: ApiContext) -> None:
    response.set_cookie(
        cookies.NAME,
        login.token,
        max_age=login.expires_in_s,
        httponly=True,
        samesite="lax",
        secure=context.secure_cookies,
    )


def _cookie_name(base: str) -> str:
    """Over HTTPS no other host may set it (RFC 6265bis, 4.1.3.2)."""
    return f"__Host-{_COOKIE}" if base.startswith("https://") else _COOKIE
