"""Which scope an API key needs for a route. A route that is not in the table refuses every key.

What no key may, whatever its scopes: judge (verdicts, dismissals, answers to appeals), release
results, hide incidents, end somebody's attempt, change accounts (a key that gave roles away could
make itself a person), sit an exam, touch an account of one's own, make keys.
"""

from collections.abc import Collection

from proctor_app.domain.scopes import Scope
from proctor_app.errors import NotAllowed

_EXAMS, _EXAM = "/api/v1/exams", "/api/v1/exams/{exam_id}"
_ATTEMPT = "/api/v1/attempts/{attempt_id}"

KEYED: dict[tuple[str, str], Scope | None] = {
    ("GET", "/api/v1/key"): None,
    ("GET", "/admin/dashboard"): Scope.ATTEMPTS_READ,
    ("GET", "/admin/exams"): Scope.EXAMS_READ,
    ("POST", "/admin/exams"): Scope.EXAMS_WRITE,
    ("GET", "/admin/users"): Scope.PEOPLE_READ,
    ("GET", "/api/v1/admin/users"): Scope.PEOPLE_READ,
    ("GET", "/api/v1/admin/users/{user_id}"): Scope.PEOPLE_READ,
    ("GET", _EXAMS): Scope.EXAMS_READ,
    ("POST", _EXAMS): Scope.EXAMS_WRITE,
    ("POST", f"{_EXAMS}/import"): Scope.EXAMS_WRITE,
    ("GET", _EXAM): Scope.EXAMS_READ,
    ("PATCH", _EXAM): Scope.EXAMS_WRITE,
    ("DELETE", _EXAM): Scope.EXAMS_WRITE,
    ("POST", f"{_EXAM}/publish"): Scope.EXAMS_WRITE,
    ("POST", f"{_EXAM}/close"): Scope.EXAMS_WRITE,
    ("POST", f"{_EXAM}/reopen"): Scope.EXAMS_WRITE,
    ("POST", f"{_EXAM}/duplicate"): Scope.EXAMS_WRITE,
    ("PUT", f"{_EXAM}/proctors"): Scope.EXAMS_WRITE,
    ("GET", f"{_EXAM}/export"): Scope.EXAMS_READ,
    ("GET", f"{_EXAM}/pictures"): Scope.EXAMS_READ,
    ("POST", f"{_EXAM}/pictures"): Scope.EXAMS_WRITE,
    ("GET", f"{_EXAM}/pictures/{{picture_id}}"): Scope.EXAMS_READ,
    ("DELETE", f"{_EXAM}/pictures/{{picture_id}}"): Scope.EXAMS_WRITE,
    ("GET", f"{_EXAM}/roster"): Scope.ROSTERS_READ,
    ("GET", f"{_EXAM}/roster/export"): Scope.ROSTERS_READ,
    ("POST", f"{_EXAM}/roster"): Scope.ROSTERS_WRITE,
    ("POST", f"{_EXAM}/roster/import"): Scope.ROSTERS_WRITE,
    ("PATCH", f"{_EXAM}/roster/{{entry_id}}"): Scope.ROSTERS_WRITE,
    ("DELETE", f"{_EXAM}/roster/{{entry_id}}"): Scope.ROSTERS_WRITE,
    ("GET", "/api/v1/attempts"): Scope.ATTEMPTS_READ,
    ("GET", _ATTEMPT): Scope.ATTEMPTS_READ,
    ("POST", f"{_ATTEMPT}/message"): Scope.ATTEMPTS_WRITE,
    ("GET", "/api/v1/exam/session/{user_id}"): Scope.ATTEMPTS_READ,
    ("POST", "/api/v1/exam/pause/{user_id}"): Scope.ATTEMPTS_WRITE,
    ("POST", "/api/v1/exam/resume/{user_id}"): Scope.ATTEMPTS_WRITE,
    ("GET", "/api/v1/exam/summary/{user_id}"): Scope.INCIDENTS_READ,
    ("GET", f"{_ATTEMPT}/incidents"): Scope.INCIDENTS_READ,
    ("GET", "/api/v1/incidents/{incident_id}/evidence/{n}"): Scope.INCIDENTS_READ,
    ("GET", "/api/v1/review"): Scope.INCIDENTS_READ,
    ("GET", f"{_EXAM}/dismissals"): Scope.INCIDENTS_READ,
    ("GET", f"{_ATTEMPT}/report"): Scope.REPORTS_READ,
    ("POST", f"{_EXAM}/exports"): Scope.REPORTS_READ,
    ("GET", "/api/v1/exports"): Scope.REPORTS_READ,
    ("GET", "/api/v1/exports/{export_id}"): Scope.REPORTS_READ,
    ("DELETE", "/api/v1/exports/{export_id}"): Scope.REPORTS_READ,
    ("GET", "/api/v1/exports/{export_id}/file"): Scope.REPORTS_READ,
}
"""By method and path template; None: for every key."""


class KeyNotAllowed(NotAllowed):
    code = "key_not_allowed"
    detail = "No API key may do this: a person has to log in for it."


class ScopeMissing(NotAllowed):
    code = "scope_missing"


def check(scopes: Collection[Scope], method: str, template: str) -> None:
    """Return if a key with these scopes may call the route; raise KeyNotAllowed, ScopeMissing."""
    if (method, template) not in KEYED:
        raise KeyNotAllowed
    needed = KEYED[method, template]
    if needed is not None and needed not in scopes:
        raise ScopeMissing(detail=f"This API key lacks the scope {needed}.")
