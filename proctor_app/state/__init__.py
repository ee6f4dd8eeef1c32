"""One Reflex State per page: every handler authorises, then calls one service."""
