"""The REST routes and the WebSocket: thin, no logic; every route authorises through a service."""
