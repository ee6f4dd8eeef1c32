"""Learning platforms, as admins enter them."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from proctor_app.clock import Clock
from proctor_app.db.partner_tables import LtiPlatform
from proctor_app.db.repositories.lti import LtiRows
from proctor_app.db.session import AlreadyThere, Database
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.printable import is_printable, one_line
from proctor_app.errors import Conflict, Invalid, NotFound
from proctor_app.services.access import allow
from proctor_app.services.audit import Audit
from proctor_app.services.outgoing import Outgoing

MOST_PLATFORMS = 200
_MAX_NAME, _MAX_ID, _MAX_DEPLOYMENTS = 120, 255, 1000


@dataclass(frozen=True, slots=True)
class PlatformForm:
    """What an admin enters. deployments: their ids, none for any. token_audience: empty for
    token_url. adopts_accounts: its students get the account here that has their e-mail.
    makes_proctors: its instructors become proctors."""

    name: str
    issuer: str
    client_id: str
    auth_url: str
    token_url: str
    keys_url: str
    deployments: tuple[str, ...] = ()
    token_audience: str = ""
    adopts_accounts: bool = False
    makes_proctors: bool = False


@dataclass(frozen=True, slots=True)
class PlatformView:
    """links: places in its courses that open exams."""

    id: str
    form: PlatformForm
    is_disabled: bool
    links: int
    created_at: datetime


class Platforms:
    def __init__(self, database: Database, outgoing: Outgoing, audit: Audit, clock: Clock) -> None:
        self._database = database
        self._outgoing = outgoing
        self._audit = audit
        self._clock = clock

    def all(self, actor: Actor) -> tuple[PlatformView, ...]:
        """By name. Raises NotAllowed."""
        allow(actor, Action.ADMINISTER)
        with self._database.read() as session:
            rows = LtiRows(session)
            counts = rows.count_links()
            found = rows.platforms(MOST_PLATFORMS)
        return tuple(_view(row, counts.get(row.id, 0)) for row in found)

    def add(self, actor: Actor, form: PlatformForm) -> PlatformView:
        """Raises NotAllowed, Invalid, Conflict (platform_known, too_many_platforms)."""
        allow(actor, Action.ADMINISTER)
        row = LtiPlatform(
            id=str(uuid.uuid4()),
            created_by=actor.user_id,
            created_at=self._clock(),
            **_columns(self._checked(form)),  # type: ignore[arg-type]
        )
        try:
            with self._database.write() as session:
                rows = LtiRows(session)
                if rows.count_platforms() >= MOST_PLATFORMS:
                    raise Conflict("too_many_platforms", f"There are {MOST_PLATFORMS} already.")
                rows.add(row)
                self._audit.note(session, actor, "lti.platform_added", "lti_platform", row.id)
        except AlreadyThere as error:
            raise _known() from error
        return _view(row, 0)

    def change(
        self,
        actor: Actor,
        platform_id: str,
        form: PlatformForm | None = None,
        disabled: bool | None = None,
    ) -> PlatformView:
        """None leaves it as it is. Whoever is logged in already stays so.

        Raises NotAllowed, NotFound, Invalid, Conflict (platform_known).
        """
        allow(actor, Action.ADMINISTER)
        columns = _columns(self._checked(form)) if form is not None else {}
        try:
            with self._database.write() as session:
                rows = LtiRows(session)
                row = rows.locked_platform(platform_id)
                if row is None or row.id != platform_id:
                    raise NotFound("no_platform", "There is no such learning platform.")
                for name, value in columns.items():
                    setattr(row, name, value)
                if disabled is not None and disabled != (row.disabled_at is not None):
                    row.disabled_at = self._clock() if disabled else None
                session.flush()
                self._audit.note(
                    session, actor, "lti.platform_changed", "lti_platform", row.id,
                    is_disabled=row.disabled_at is not None,
                )  # fmt: skip
                links = rows.count_links().get(row.id, 0)
        except AlreadyThere as error:
            raise _known() from error
        return _view(row, links)

    def _checked(self, form: PlatformForm) -> PlatformForm:
        """As it is kept. Raises Invalid with what is wrong."""
        name = one_line(form.name)
        if not name or len(name) > _MAX_NAME or not is_printable(name):
            raise Invalid("name_invalid", f"A name has 1 to {_MAX_NAME} characters.")
        deployments = tuple(dict.fromkeys(one.strip() for one in form.deployments if one.strip()))
        if len("\n".join(deployments)) > _MAX_DEPLOYMENTS:
            raise Invalid("deployments_invalid", f"{_MAX_DEPLOYMENTS} characters at most.")
        return replace(
            form,
            name=name,
            issuer=_id(form.issuer, "issuer"),
            client_id=_id(form.client_id, "client id"),
            deployments=tuple(_id(one, "deployment id") for one in deployments),
            auth_url=self._outgoing.check(form.auth_url.strip()),
            token_url=self._outgoing.check(form.token_url.strip()),
            keys_url=self._outgoing.check(form.keys_url.strip()),
            token_audience=_audience(form.token_audience),
        )


def _id(text: str, what: str) -> str:
    found = text.strip()
    if not 0 < len(found) <= _MAX_ID or not found.isprintable():
        raise Invalid("id_invalid", f"The {what} has 1 to {_MAX_ID} characters.")
    return found


def _audience(text: str) -> str:
    found = text.strip()
    if len(found) > 1000 or not found.isprintable():
        raise Invalid("id_invalid", "The audience of tokens has at most 1000 characters.")
    return found


def _columns(form: PlatformForm) -> dict[str, str | bool]:
    return {
        "name": form.name,
        "issuer": form.issuer,
        "client_id": form.client_id,
        "deployments": "\n".join(form.deployments),
        "auth_url": form.auth_url,
        "token_url": form.token_url,
        "token_audience": form.token_audience,
        "keys_url": form.keys_url,
        "adopts_accounts": form.adopts_accounts,
        "makes_proctors": form.makes_proctors,
    }


def _view(row: LtiPlatform, links: int) -> PlatformView:
    form = PlatformForm(
        name=row.name,
        issuer=row.issuer,
        client_id=row.client_id,
        auth_url=row.auth_url,
        token_url=row.token_url,
        keys_url=row.keys_url,
        deployments=tuple(row.deployments.split("\n")) if row.deployments else (),
        token_audience=row.token_audience,
        adopts_accounts=row.adopts_accounts,
        makes_proctors=row.makes_proctors,
    )
    return PlatformView(row.id, form, row.disabled_at is not None, links, row.created_at)


def _known() -> Conflict:
    return Conflict("platform_known", "There is a platform with this issuer and client id already.")
