"""The way from one of the admins' pages to the others."""

import reflex as rx

_PAGES = {
    "Overview": "/admin/dashboard",
    "People": "/admin/users",
    "Log": "/admin/audit",
    "Live": "/proctor",
}


def admin_nav(here: str) -> rx.Component:
    return rx.el.nav(
        *(
            rx.link(
                name,
                href=href,
                underline="none",
                class_name="nav-link",
                custom_attrs={"aria-current": "page"} if name == here else {},
            )
            for name, href in _PAGES.items()
        ),
        class_name="nav",
        aria_label="Administration",
    )
