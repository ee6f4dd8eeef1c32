"""Students with a face, and what the vision engine sees of whoever stands before the camera."""

import uuid
from collections.abc import Sequence

from proctor_app.db.repositories.users import Users
from proctor_app.db.tables import User
from proctor_app.services.accounts import SignUp
from proctor_app.vision.challenge import Action
from proctor_app.vision.observation import Observation
from tests.fakes import EMBEDDING, face, jpeg
from tests.unit.heads import head
from tests.world import HOME, PASSWORD, World

FRAMES = [jpeg(number) for number in range(3)]
"""A look, the action, a look back: what is in them is the scripted engine's say."""
ANOTHERS = tuple(number + 0.06 for number in EMBEDDING)
"""0.68 from EMBEDDING: somebody else."""


async def enrolled(world: World) -> str:
    """A student with EMBEDDING as the face; the e-mail."""
    email = f"{uuid.uuid4().hex[:12]}@example.test"
    world.engine.photo = face()
    await world.services.accounts.sign_up(SignUp(email, PASSWORD, jpeg()), HOME.address)
    world.engine.looked_at.clear()
    return email


def user(world: World, email: str) -> User:
    with world.database.read() as session:
        found = Users(session).by_email(email)
    assert found is not None
    return found


def acting(action: Action, embedding: tuple[float, ...] | None = None) -> Observation:
    match action:
        case Action.TURN_LEFT:
            return head(35.0, embedding=embedding)
        case Action.TURN_RIGHT:
            return head(-35.0, embedding=embedding)
        case Action.BLINK:
            return head(closed=1.0, embedding=embedding)
        case Action.OPEN_MOUTH:
            return head(mouth=0.22, embedding=embedding)


def another(action: Action) -> Action:
    """An action that was not asked, other than a blink, which everybody does now and then."""
    return Action.TURN_LEFT if action is Action.TURN_RIGHT else Action.TURN_RIGHT


def performed(
    world: World,
    action: Action,
    who: Sequence[tuple[float, ...] | None] = (EMBEDDING, EMBEDDING, EMBEDDING),
) -> None:
    """Let the engine see the action in three frames; who: the face of the look before, of the one
    after, and of the action."""
    world.engine.script.extend([head(), acting(action), head()])
    before, after, acts = who
    world.engine.script.extend(
        [head(embedding=before), head(embedding=after), acting(action, acts)]
    )
