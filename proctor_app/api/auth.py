"""Accounts: sign up, log in, log out. See docs for the contract."""

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from proctor_app import cookies
from proctor_app.api import schemas
from proctor_app.api.dependencies import (
    BEARER,
    ClientAddress,
    ClientOrigin,
    Context,
    CurrentActor,
)
from proctor_app.api.photos import Photos, read_photos
from proctor_app.domain.access import Role
from proctor_app.errors import Invalid
from proctor_app.services.accounts import SignUp
from proctor_app.services.logins import LoggedIn, Origin

router = APIRouter(prefix="/api/v1/auth", tags=["accounts"])
pages_router = APIRouter(tags=["accounts"])
HOME = {Role.ADMIN: "/admin/dashboard", Role.PROCTOR: "/dashboard", Role.STUDENT: "/dashboard"}


@router.post("/signup", status_code=201)
async def sign_up(
    context: Context,
    address: ClientAddress,
    email: Annotated[str, Form(max_length=254)],
    password: Annotated[str, Form(max_length=1024)],
    image: Photos,
    name: Annotated[str, Form(max_length=120)] = "",
) -> schemas.SignedUp:
    """Make a student's account; the photos give the face template and are then let go."""
    first, *more = await read_photos(image)
    form = SignUp(email, password, first, name, tuple(more))
    account = await context.services.accounts.sign_up(form, address)
    return schemas.SignedUp(id=account.id, email=account.email, message="The account was made.")


@router.post("/login/password")
async def log_in(
    context: Context,
    origin: ClientOrigin,
    password: Annotated[str, Form(max_length=1024)],
    email: Annotated[str, Form(max_length=254)] = "",
    username: Annotated[str, Form(max_length=254)] = "",
    code: Annotated[str, Form(max_length=16)] = "",
) -> schemas.Token:
    """Log in for the API; sets no cookie. code: of the second factor, where the account has one."""
    found = await _log_in(context, email or username, password, origin, code)
    return schemas.Token(
        access_token=found.token,
        id=found.account.id,
        role=found.account.role.value,
        expires_in=found.expires_in_s,
    )


@router.get("/me", dependencies=[BEARER])
def me(context: Context, actor: CurrentActor) -> schemas.Me:
    account = context.services.accounts.account(actor)
    return schemas.Me(
        id=account.id, email=account.email, name=account.name, role=account.role.value
    )


@router.post("/logout", dependencies=[BEARER])
def log_out(context: Context, actor: CurrentActor, response: Response) -> schemas.Message:
    """End this session; its token is refused from now on."""
    context.services.logins.log_out(actor)
    _clear_cookie(response, context.secure_cookies)
    return schemas.Message(message="You are logged out.")


@router.post("/logout-all", dependencies=[BEARER])
def log_out_everywhere(
    context: Context, actor: CurrentActor, response: Response
) -> schemas.Message:
    """End every session of the account."""
    context.services.logins.log_out(actor, everywhere=True)
    _clear_cookie(response, context.secure_cookies)
    return schemas.Message(message="You are logged out everywhere.")


@pages_router.post("/login", status_code=303, response_class=RedirectResponse)
async def log_in_page(
    context: Context,
    origin: ClientOrigin,
    password: Annotated[str, Form(max_length=1024)],
    email: Annotated[str, Form(max_length=254)] = "",
    name: Annotated[str, Form(max_length=254)] = "",
    code: Annotated[str, Form(max_length=16)] = "",
) -> RedirectResponse:
    """Log in for the pages: sets the session cookie and leads to the role's first page."""
    found = await _log_in(context, email or name, password, origin, code)
    response = RedirectResponse("/account" if found.limited else HOME[found.account.role], 303)
    response.set_cookie(
        cookies.NAME,
        found.token,
        max_age=found.expires_in_s,
        httponly=True,
        samesite="lax",
        secure=context.secure_cookies,
    )
    return response


async def _log_in(
    context: Context, identifier: str, password: str, origin: Origin, code: str
) -> LoggedIn:
    if not identifier:
        raise Invalid("email_missing", "Give the account's e-mail.")
    services = context.services
    log_in = services.logins.log_in
    return await services.password_pool.run(log_in, identifier, password, origin, code)


def _clear_cookie(response: Response, secure: bool) -> None:
    response.delete_cookie(cookies.NAME, httponly=True, samesite="lax", secure=secure)
