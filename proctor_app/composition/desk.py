"""The proctor's desk: the wall, what calls for attention, and what is done about it."""

from typing import TypedDict

from proctor_app.composition.ground import Ground, Records
from proctor_app.composition.sittings import Sittings
from proctor_app.services.acknowledging import Acknowledging
from proctor_app.services.attention import Attention
from proctor_app.services.desk import Desk
from proctor_app.services.desk_actions import DeskActions
from proctor_app.services.wall import Wall
from proctor_app.services.wall_pictures import WallPictures
from proctor_app.services.wall_snapshot import WallReader


class ProctorsDesk(TypedDict):
    attention: Attention
    wall: Wall
    wall_pictures: WallPictures
    acknowledging: Acknowledging
    desk: Desk
    desk_actions: DeskActions


def build_desk(ground: Ground, records: Records, sittings: Sittings) -> ProctorsDesk:
    database, broadcast, clock = ground.database, ground.broadcast, ground.clock
    monitoring = sittings["monitoring"]
    attention = Attention(database, broadcast, clock)
    reader = WallReader(database, records.rules, clock)
    return ProctorsDesk(
        attention=attention,
        wall=Wall(database, reader, monitoring, attention, broadcast, clock),
        wall_pictures=WallPictures(database, monitoring, clock),
        acknowledging=Acknowledging(database, broadcast, ground.audit, clock),
        desk=Desk(database, records.rules, records.versions, monitoring, clock),
        desk_actions=DeskActions(database, sittings["sessions"], sittings["sitting"]),
    )
