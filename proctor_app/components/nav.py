"""The ways between pages that belong together."""

import reflex as rx

_ADMIN = {
    "Overview": "/admin/dashboard",
    "Exams": "/admin/exams",
    "People": "/admin/users",
    "API keys": "/admin/keys",
    "Webhooks": "/admin/webhooks",
    "Platforms": "/admin/lti",
    "Log": "/admin/audit",
    "Live": "/proctor",
}
_DESK = {
    "Live": "/proctor",
    "Review": "/review",
    "Analytics": "/analytics",
    "Reports": "/reports",
    "Marking": "/marking",
}


def admin_nav(here: str) -> rx.Component:
    """Between the admins' pages; here: the name of this one."""
    return _nav(_ADMIN, here, "Administration")


def desk_nav(here: str) -> rx.Component:
    """Between the proctors' pages."""
    return _nav(_DESK, here, "Proctors' desk")


def _nav(pages: dict[str, str], here: str, label: str) -> rx.Component:
    return rx.el.nav(
        *(
            rx.link(
                name,
                href=href,
                underline="none",
                class_name="nav-link",
                custom_attrs={"aria-current": "page"} if name == here else {},
            )
            for name, href in pages.items()
        ),
        class_name="nav",
        aria_label=label,
    )
