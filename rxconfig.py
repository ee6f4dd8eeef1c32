"""Reflex's own settings; ours live in proctor_app/settings.py."""

import sys

import reflex as rx

from proctor_app.settings import SettingsError, load

try:
    settings = load()
except SettingsError as error:
    sys.exit(f"These settings are wrong:\n{error}")

config = rx.Config(
    app_name="proctor_app",
    frontend_port=settings.port,
    backend_port=settings.port,
    cors_allowed_origins=list(settings.allowed_origins),
    # Cookies and personal data are in the states: they stay in this process, whatever address of
    # a Redis is in the environment, and are gone an hour after they were last used.
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    disable_plugins=[rx.plugins.SitemapPlugin],
    plugins=[
        rx.plugins.RadixThemesPlugin(
            theme=rx.theme(accent_color="indigo", gray_color="slate", radius="medium")
        )
    ],
)
