"""What the routes of one's own account take and answer."""

from pydantic import BaseModel, Field

from proctor_app.clock import iso
from proctor_app.services.logins import OpenLogin
from proctor_app.services.second_factor import Setup

_MAX_PASSWORD = 1024
_MAX_CODE = 16


class Code(BaseModel):
    code: str = Field(max_length=_MAX_CODE)


class BothFactors(BaseModel):
    password: str = Field(max_length=_MAX_PASSWORD)
    code: str = Field(max_length=_MAX_CODE)


class NewPassword(BaseModel):
    current_password: str = Field(max_length=_MAX_PASSWORD)
    password: str = Field(max_length=_MAX_PASSWORD)


class ForgottenPassword(BaseModel):
    email: str = Field(max_length=254)


class ResetPassword(BaseModel):
    token: str = Field(max_length=200)
    password: str = Field(max_length=_MAX_PASSWORD)


class SecondFactorSetup(BaseModel):
    """qr: an SVG picture as a data URL."""

    secret: str
    uri: str
    qr: str


class SecondFactorState(BaseModel):
    enabled_at: str | None


class SessionDocument(BaseModel):
    id: str
    method: str
    created_at: str
    last_used_at: str
    expires_at: str
    address: str
    agent: str
    current: bool


class Sessions(BaseModel):
    items: list[SessionDocument]


def setup(made: Setup) -> SecondFactorSetup:
    return SecondFactorSetup(secret=made.secret, uri=made.uri, qr=made.picture)


def session(login: OpenLogin) -> SessionDocument:
    return SessionDocument(
        id=login.id,
        method=login.method,
        created_at=iso(login.created_at),
        last_used_at=iso(login.last_used_at),
        expires_at=iso(login.expires_at),
        address=login.address,
        agent=login.agent,
        current=login.current,
    )
