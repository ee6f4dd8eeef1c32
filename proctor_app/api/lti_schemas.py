"""What the routes about learning platforms take and answer."""

from typing import Any

from pydantic import BaseModel, Field

from proctor_app.clock import iso
from proctor_app.services.lti import Addresses
from proctor_app.services.lti_claims import SCORE_SCOPE
from proctor_app.services.lti_grades import GradeView
from proctor_app.services.lti_platforms import PlatformForm, PlatformView


class PublicKey(BaseModel):
    """A JSON Web Key (RFC 7517)."""

    kid: str
    kty: str
    alg: str
    use: str
    n: str
    e: str


class KeySet(BaseModel):
    keys: list[PublicKey]


class ToolConfiguration(BaseModel):
    """The addresses of this tool, by the names that Canvas gives them."""

    title: str
    description: str
    oidc_initiation_url: str
    target_link_uri: str
    redirect_uris: list[str]
    public_jwk_url: str
    scopes: list[str]
    extensions: list[dict[str, Any]]


class PlatformFields(BaseModel):
    """A learning platform. deployments: ids, none for any. token_audience: empty for token_url.
    adopts_accounts: its students get the account here that has their e-mail. makes_proctors: its
    instructors become proctors."""

    name: str = Field(min_length=1, max_length=120)
    issuer: str = Field(min_length=1, max_length=255)
    client_id: str = Field(min_length=1, max_length=255)
    auth_url: str = Field(max_length=1000)
    token_url: str = Field(max_length=1000)
    keys_url: str = Field(max_length=1000)
    deployments: list[str] = Field(default=[], max_length=50)
    token_audience: str = Field("", max_length=1000)
    adopts_accounts: bool = False
    makes_proctors: bool = False

    def form(self) -> PlatformForm:
        given = self.model_dump()
        return PlatformForm(**{**given, "deployments": tuple(given["deployments"])})


class PlatformChange(BaseModel):
    """platform: all of it as it is to be, or nothing to leave it as it is."""

    platform: PlatformFields | None = None
    disabled: bool | None = None


class PlatformDocument(PlatformFields):
    """links: places in its courses that open exams."""

    id: str
    disabled: bool
    links: int
    created_at: str


class PlatformsAnswer(BaseModel):
    items: list[PlatformDocument]


class GradeDocument(BaseModel):
    """A score on its way to a platform. place: the link's title there. state: none, waiting, sent
    or failed."""

    id: int
    platform: str
    exam: str
    place: str
    person: str
    points: float | None
    max_points: float | None
    state: str
    tries: int
    error: str
    due_at: str | None
    sent_at: str | None


class GradesAnswer(BaseModel):
    items: list[GradeDocument]


def configuration(addresses: Addresses) -> ToolConfiguration:
    placement = {
        "text": "Proctored exam",
        "message_type": "LtiDeepLinkingRequest",
        "target_link_uri": addresses.launch,
    }
    return ToolConfiguration(
        title="Proctor",
        description="Proctored exams",
        oidc_initiation_url=addresses.login,
        target_link_uri=addresses.launch,
        redirect_uris=[addresses.launch],
        public_jwk_url=addresses.keys,
        scopes=[SCORE_SCOPE],
        extensions=[
            {
                "platform": "canvas.instructure.com",
                "privacy_level": "public",
                "settings": {
                    "placements": [
                        {"placement": "assignment_selection", **placement},
                        {"placement": "link_selection", **placement},
                    ]
                },
            }
        ],
    )


def platform(view: PlatformView) -> PlatformDocument:
    form = view.form
    return PlatformDocument(
        id=view.id,
        name=form.name,
        issuer=form.issuer,
        client_id=form.client_id,
        auth_url=form.auth_url,
        token_url=form.token_url,
        keys_url=form.keys_url,
        deployments=list(form.deployments),
        token_audience=form.token_audience,
        adopts_accounts=form.adopts_accounts,
        makes_proctors=form.makes_proctors,
        disabled=view.is_disabled,
        links=view.links,
        created_at=iso(view.created_at),
    )


def grade(view: GradeView) -> GradeDocument:
    return GradeDocument(
        id=view.id,
        platform=view.platform,
        exam=view.exam,
        place=view.place,
        person=view.person,
        points=view.points,
        max_points=view.max_points,
        state=view.state,
        tries=view.tries,
        error=view.error,
        due_at=iso(view.due_at) if view.due_at else None,
        sent_at=iso(view.sent_at) if view.sent_at else None,
    )
