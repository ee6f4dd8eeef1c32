"""Places in courses, and the exams they open."""

import uuid
from datetime import datetime

from proctor_app.db.partner_tables import LtiLink, LtiOffer
from proctor_app.db.repositories.lti import LtiRows
from proctor_app.db.session import Transaction
from proctor_app.domain.access import Actor
from proctor_app.services.lti_claims import Place


def keep_link(
    session: Transaction,
    link: LtiLink | None,
    platform_id: str,
    deployment: str,
    exam_id: str,
    place: Place,
    now: datetime,
) -> LtiLink:
    """Write down what the place opens; link: its row, None where there is none yet. A place that
    opens an exam goes on to open that one, whatever it names. Scores go where they went before,
    unless the place names another address."""
    if link is None:
        link = LtiLink(
            id=str(uuid.uuid4()),
            platform_id=platform_id,
            deployment=deployment,
            resource_link=place.resource_link,
            exam_id=exam_id,
            created_at=now,
        )
        LtiRows(session).add(link)
    link.title = place.title
    link.line_item = place.line_item or link.line_item
    return link


def keep_offer(
    session: Transaction, platform_id: str, exam_id: str, actor: Actor, now: datetime
) -> None:
    """Let links of the platform name the exam."""
    rows = LtiRows(session)
    if rows.offer(platform_id, exam_id) is None:
        rows.add(
            LtiOffer(
                platform_id=platform_id, exam_id=exam_id, created_by=actor.user_id, created_at=now
            )
        )
