"""One's own account: sessions, second factor, password."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from proctor_app.api import account_schemas, schemas
from proctor_app.api.account_schemas import (
    BothFactors,
    Code,
    ForgottenPassword,
    NewPassword,
    ResetPassword,
)
from proctor_app.api.dependencies import BEARER, ClientAddress, Context, CurrentActor
from proctor_app.clock import iso

router = APIRouter(prefix="/api/v1/auth", tags=["own account"])
LoginId = Annotated[str, Path(max_length=36)]


@router.get("/sessions", dependencies=[BEARER])
def sessions(context: Context, actor: CurrentActor) -> account_schemas.Sessions:
    """The caller's open sessions, the one used last first."""
    found = context.services.logins.sessions(actor)
    return account_schemas.Sessions(items=[account_schemas.session(one) for one in found])


@router.delete("/sessions/{login_id}", dependencies=[BEARER])
def end_session(context: Context, actor: CurrentActor, login_id: LoginId) -> schemas.Message:
    """End one of the caller's sessions, wherever it is open."""
    context.services.logins.end(actor, login_id)
    return schemas.Message(message="The session was ended.")


@router.get("/second-factor", dependencies=[BEARER])
def second_factor(context: Context, actor: CurrentActor) -> account_schemas.SecondFactorState:
    """Whether log-ins ask for a code of an authenticator app, and since when."""
    since = context.services.second_factor.enabled_since(actor)
    return account_schemas.SecondFactorState(enabled_at=iso(since) if since else None)


@router.post("/second-factor", dependencies=[BEARER])
def begin_second_factor(context: Context, actor: CurrentActor) -> account_schemas.SecondFactorSetup:
    """Make a secret for an authenticator app (TOTP); it counts once a code is confirmed."""
    return account_schemas.setup(context.services.second_factor.begin(actor))


@router.post("/second-factor/confirm", dependencies=[BEARER])
def confirm_second_factor(context: Context, actor: CurrentActor, form: Code) -> schemas.Message:
    context.services.second_factor.confirm(actor, form.code)
    return schemas.Message(message="The second factor is on.")


@router.post("/second-factor/disable", dependencies=[BEARER])
async def disable_second_factor(
    context: Context, actor: CurrentActor, form: BothFactors
) -> schemas.Message:
    services = context.services
    disable = services.second_factor.disable
    await services.password_pool.run(disable, actor, form.password, form.code)
    return schemas.Message(message="The second factor is off.")


@router.post("/password", dependencies=[BEARER])
async def change_password(
    context: Context, actor: CurrentActor, form: NewPassword
) -> schemas.Message:
    """Replace the password; every other session of the account ends."""
    services = context.services
    change = services.passwords.change
    await services.password_pool.run(change, actor, form.current_password, form.password)
    return schemas.Message(message="The password was changed. Your other sessions were ended.")


@router.post("/password/forgot", status_code=202)
def forgot_password(
    context: Context, request: Request, address: ClientAddress, form: ForgottenPassword
) -> schemas.Message:
    """Send a link to the account's e-mail; the same answer whether there is one or not."""
    asked_at = f"{request.url.scheme}://{request.headers.get('host', '')}"
    context.services.passwords.forgot(form.email, asked_at, address)
    return schemas.Message(message="If there is such an account, a link is on its way to it.")


@router.post("/password/reset")
async def reset_password(
    context: Context, address: ClientAddress, form: ResetPassword
) -> schemas.Message:
    """Choose a new password by the link's token; every session of the account ends."""
    services = context.services
    reset = services.passwords.reset
    await services.password_pool.run(reset, form.token, form.password, address)
    return schemas.Message(message="The password was changed. Log in with it.")
