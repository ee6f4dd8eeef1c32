"""This installation as a tool of learning platforms (LTI 1.3 Advantage): its parts, wired."""

from dataclasses import dataclass

from proctor_app.clock import Clock
from proctor_app.db.session import Database
from proctor_app.errors import Invalid
from proctor_app.services.audit import Audit
from proctor_app.services.joining import Joining
from proctor_app.services.logins import Logins
from proctor_app.services.lti_choices import Choices
from proctor_app.services.lti_grades import Grades
from proctor_app.services.lti_keys import ToolKeys
from proctor_app.services.lti_keysets import KeySets
from proctor_app.services.lti_launches import Launches
from proctor_app.services.lti_people import PlatformPeople
from proctor_app.services.lti_platforms import Platforms
from proctor_app.services.lti_scores import Scores
from proctor_app.services.lti_unlinking import OwnPlatforms
from proctor_app.services.outgoing import Outgoing
from proctor_app.services.password_reset import Site, link_base
from proctor_app.services.throttle import Throttle
from proctor_app.services.vault import Vault
from proctor_app.services.versions import Versions


@dataclass(frozen=True, slots=True)
class Addresses:
    """What a platform's admin enters there."""

    login: str
    launch: str
    keys: str


@dataclass(frozen=True, slots=True)
class Lti:
    """Lives on one event loop, from ``start`` to ``close``."""

    site: Site
    outgoing: Outgoing
    keys: ToolKeys
    platforms: Platforms
    choices: Choices
    launches: Launches
    grades: Grades
    own: OwnPlatforms

    def base(self, asked_at: str) -> str:
        """Where people reach this installation; asked_at: the origin that the request names.
        Raises Invalid where that can't be believed and no setting tells."""
        base = link_base(self.site, asked_at)
        if not base:
            raise Invalid(
                "no_public_url", "Whoever runs this installation has to set PROCTOR_PUBLIC_URL."
            )
        return base

    def addresses(self, asked_at: str) -> Addresses:
        """Raises Invalid as ``base``."""
        base = self.base(asked_at)
        return Addresses(f"{base}/lti/login", f"{base}/lti/launch", f"{base}/lti/jwks")

    def start(self) -> None:
        self.grades.start()

    async def close(self) -> None:
        await self.grades.close()
        await self.outgoing.close()


def build(
    database: Database,
    versions: Versions,
    joining: Joining,
    logins: Logins,
    vault: Vault,
    throttle: Throttle,
    audit: Audit,
    clock: Clock,
    site: Site,
    outgoing: Outgoing,
) -> Lti:
    keys = ToolKeys(database, vault, throttle, audit, clock)
    choices = Choices(database, versions, keys, audit, clock)
    launches = Launches(
        database,
        KeySets(outgoing, clock),
        PlatformPeople(logins, clock),
        choices,
        logins,
        joining,
        throttle,
        audit,
        clock,
    )
    scores = Scores(outgoing, keys, clock)
    return Lti(
        site=site,
        outgoing=outgoing,
        keys=keys,
        platforms=Platforms(database, outgoing, audit, clock),
        choices=choices,
        launches=launches,
        grades=Grades(database, versions, scores, launches, audit, clock),
        own=OwnPlatforms(database, logins, audit),
    )
