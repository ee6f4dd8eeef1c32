"""Learning platforms, launches that have begun, who comes from where, places that open exams."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, delete, func, select, update

from proctor_app.db.partner_tables import (
    LtiChoice,
    LtiKey,
    LtiLink,
    LtiLogin,
    LtiOffer,
    LtiPlatform,
    LtiUser,
)

MADE, TAKEN_BACK = 1, 2
"""Of ``LtiUser.made_proctor``."""


class LtiRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self, row: LtiPlatform | LtiLogin | LtiUser | LtiOffer | LtiLink | LtiChoice | LtiKey
    ) -> None:
        self._session.add(row)
        self._session.flush()

    # --- platforms ---

    def platforms(self, limit: int) -> list[LtiPlatform]:
        query = select(LtiPlatform).order_by(col(LtiPlatform.name), col(LtiPlatform.id))
        return list(self._session.exec(query.limit(limit)))

    def platform(self, platform_id: str) -> LtiPlatform | None:
        return self._session.get(LtiPlatform, platform_id)

    def locked_platform(self, platform_id: str) -> LtiPlatform | None:
        return self._session.get(LtiPlatform, platform_id, with_for_update=True)

    def count_platforms(self) -> int:
        return self._session.exec(select(func.count(col(LtiPlatform.id)))).one()

    def of_issuer(self, issuer: str, client_id: str) -> list[LtiPlatform]:
        """Those in use; client_id: empty for any. At most two: enough to know whether it is one."""
        query = select(LtiPlatform).where(
            LtiPlatform.issuer == issuer, col(LtiPlatform.disabled_at).is_(None)
        )
        if client_id:
            query = query.where(LtiPlatform.client_id == client_id)
        found = self._session.exec(query.limit(2))
        return [one for one in found if one.issuer == issuer and client_id in ("", one.client_id)]

    # --- launches that have begun ---

    def login(self, digest: str) -> LtiLogin | None:
        return self._session.get(LtiLogin, digest)

    def use_login(self, digest: str, now: datetime) -> bool:
        """Whether it was not used before; of many that ask at once one is told so."""
        done = self._session.execute(
            update(LtiLogin)
            .where(col(LtiLogin.digest) == digest, col(LtiLogin.used_at).is_(None))
            .values(used_at=now)
        )
        return bool(done.rowcount == 1)  # type: ignore[attr-defined]

    def forget(self, table: type[LtiLogin | LtiChoice], before: datetime, limit: int) -> int:
        """Remove some of what ended before; how many there were."""
        ended = select(table.digest).where(col(table.expires_at) < before).limit(limit)
        names = list(self._session.exec(ended))
        self._session.execute(delete(table).where(col(table.digest).in_(names)))
        return len(names)

    # --- people ---

    def user(self, platform_id: str, subject: str) -> LtiUser | None:
        return self._session.get(LtiUser, (platform_id, subject))

    def locked_user(self, platform_id: str, subject: str) -> LtiUser | None:
        """As ``user``, read anew; the account's row is locked before."""
        key = (platform_id, subject)
        return self._session.get(LtiUser, key, with_for_update=True, populate_existing=True)

    def places_of(self, user_ids: Iterable[str]) -> list[tuple[LtiUser, str]]:
        """The accounts' links to platforms, with the platforms' names, in their order."""
        query = (
            select(LtiUser, LtiPlatform.name)
            .join(LtiPlatform, col(LtiPlatform.id) == col(LtiUser.platform_id))
            .where(col(LtiUser.user_id).in_(list(user_ids)))
            .order_by(col(LtiPlatform.name), col(LtiPlatform.id))
        )
        return list(self._session.exec(query))

    def unlink(self, user_id: str, platform_id: str = "") -> int:
        """Remove the account's links; platform_id: of one platform alone. How many there were."""
        mine = col(LtiUser.user_id) == user_id
        if platform_id:
            mine = mine & (col(LtiUser.platform_id) == platform_id)
        done = self._session.execute(delete(LtiUser).where(mine))
        return int(done.rowcount)  # type: ignore[attr-defined]

    def take_back(self, user_id: str) -> None:
        """No platform makes the account a proctor any more."""
        mine = col(LtiUser.user_id) == user_id
        self._session.execute(update(LtiUser).where(mine).values(made_proctor=TAKEN_BACK))

    def is_linked(self, platform_id: str, user_id: str) -> bool:
        """Whether the account is somebody of the platform already."""
        query = select(LtiUser.user_id).where(
            LtiUser.platform_id == platform_id, LtiUser.user_id == user_id
        )
        return self._session.exec(query.limit(1)).first() is not None

    # --- places ---

    def offer(self, platform_id: str, exam_id: str) -> LtiOffer | None:
        return self._session.get(LtiOffer, (platform_id, exam_id))

    def link(self, platform_id: str, deployment: str, resource_link: str) -> LtiLink | None:
        query = select(LtiLink).where(
            LtiLink.platform_id == platform_id,
            LtiLink.deployment == deployment,
            LtiLink.resource_link == resource_link,
        )
        return self._session.exec(query).one_or_none()

    def count_links(self) -> dict[str, int]:
        """By platform."""
        query = select(LtiLink.platform_id, func.count()).group_by(col(LtiLink.platform_id))
        return dict(self._session.exec(query).all())

    # --- choosing ---

    def choice(self, digest: str) -> LtiChoice | None:
        return self._session.get(LtiChoice, digest)

    def use_choice(self, digest: str, now: datetime) -> bool:
        """As ``use_login``."""
        done = self._session.execute(
            update(LtiChoice)
            .where(col(LtiChoice.digest) == digest, col(LtiChoice.used_at).is_(None))
            .values(used_at=now)
        )
        return bool(done.rowcount == 1)  # type: ignore[attr-defined]

    # --- own keys ---

    def keys(self) -> list[LtiKey]:
        """Those that are not retired, the newest first."""
        query = select(LtiKey).where(col(LtiKey.retired_at).is_(None))
        query = query.order_by(col(LtiKey.created_at).desc(), col(LtiKey.id))
        return list(self._session.exec(query))
