"""What a good token says, as frozen values: who comes, as what, from which place in which course.

LTI 1.3 Core, section 5; Deep Linking 2.0, section 4.4; Assignment and Grade Services 2.0.
"""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from proctor_app.domain.printable import is_printable, one_line
from proctor_app.services.lti_tokens import Claims, Expected, LaunchRefused
from proctor_app.services.outgoing import MAX_URL

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
GRADES = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
RESOURCE, CHOOSING = "LtiResourceLinkRequest", "LtiDeepLinkingRequest"
VERSION = "1.3.0"
_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
_ASSISTS = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"
_TEACHES = frozenset({f"{_ROLE}Instructor", _ASSISTS, "Instructor"})
_LEARNS = frozenset({f"{_ROLE}Learner", "Learner"})
_MAX_ID, _MAX_NAME, _MAX_TITLE, _MAX_EMAIL, _MAX_ROLES = 255, 120, 200, 254, 100
_MAX_DATA = 16 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a course. line_item: where its scores go, empty where none are taken."""

    resource_link: str
    title: str
    line_item: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The platform wants to know which exam is meant. data: goes back as it came."""

    return_url: str
    data: str


@dataclass(frozen=True, slots=True)
class Launch:
    """A person comes. exam_id: as the place names it, empty where it does not. place: None where
    somebody chooses, asked: None where somebody opens a place."""

    subject: str
    name: str
    email: str
    teaches: bool
    deployment: str
    exam_id: str
    place: Place | None
    asked: Asked | None


def launch_of(claims: Claims, expected: Expected) -> Launch:
    """Raises LaunchRefused for what is not LTI 1.3, or from another deployment."""
    if claims.get(f"{LTI}version") != VERSION:
        raise LaunchRefused("lti_version", "This is not a message of LTI 1.3.")
    kind = claims.get(f"{LTI}message_type")
    if kind not in (RESOURCE, CHOOSING):
        raise LaunchRefused("lti_message_type", "Nothing can be done with this kind of message.")
    deployment = _id(claims.get(f"{LTI}deployment_id"))
    if not deployment or (expected.deployments and deployment not in expected.deployments):
        raise LaunchRefused("lti_deployment", "The tool is not known in this part of the platform.")
    target = claims.get(f"{LTI}target_link_uri")
    if expected.target and target is not None and target != expected.target:
        raise LaunchRefused("lti_target", "The message leads elsewhere than the launch began.")
    subject = _id(claims.get("sub"))
    if not subject:
        raise LaunchRefused("lti_nobody", "The learning platform does not say who you are.")
    custom = claims.get(f"{LTI}custom")
    wanted = custom.get("exam_id") if isinstance(custom, dict) else None
    return Launch(
        subject=subject,
        name=_name(claims),
        email=_text(claims.get("email"), _MAX_EMAIL),
        teaches=_teaches(claims.get(f"{LTI}roles")),
        deployment=deployment,
        exam_id=_id(wanted)[:36],
        place=_place(claims) if kind == RESOURCE else None,
        asked=_asked(claims) if kind == CHOOSING else None,
    )


def _teaches(roles: object) -> bool:
    """Raises LaunchRefused for somebody who neither teaches nor learns there."""
    named = roles[:_MAX_ROLES] if isinstance(roles, list) else []
    found = {role for role in named if isinstance(role, str)}
    if found & _TEACHES:
        return True
    if not found & _LEARNS:
        raise LaunchRefused("lti_role", "Your role in the course neither sits exams nor sets them.")
    return False


def _place(claims: Claims) -> Place:
    link = claims.get(f"{LTI}resource_link")
    link = link if isinstance(link, dict) else {}
    resource_link = _id(link.get("id"))
    if not resource_link:
        raise LaunchRefused("lti_no_link", "The message does not say which link was opened.")
    return Place(resource_link, _text(link.get("title"), _MAX_TITLE), _line_item(claims))


def _line_item(claims: Claims) -> str:
    """Scores that can't be sent are no reason to keep anybody from an exam."""
    found = claims.get(GRADES)
    if not isinstance(found, dict):
        return ""
    scopes, url = found.get("scope"), found.get("lineitem")
    if not isinstance(scopes, list) or SCORE_SCOPE not in scopes or not isinstance(url, str):
        return ""
    return url if web_origin(url) else ""


def _asked(claims: Claims) -> Asked:
    found = claims.get(f"{LINKING}deep_linking_settings")
    found = found if isinstance(found, dict) else {}
    url, accepted = found.get("deep_link_return_url"), found.get("accept_types")
    if not isinstance(url, str) or not web_origin(url):
        raise LaunchRefused("lti_return_url", "The message does not say where the answer goes.")
    if not isinstance(accepted, list) or "ltiResourceLink" not in accepted:
        raise LaunchRefused("lti_accept_types", "This place of the platform takes no exams.")
    data = found.get("data")
    if data is not None and (not isinstance(data, str) or len(data) > _MAX_DATA):
        raise LaunchRefused("lti_token_malformed")
    return Asked(url, json.dumps(data))


def web_origin(url: str) -> str:
    """Scheme, host and port of an address that a browser may be sent to, empty for any other.
    What it gives can stand in a content security policy."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    is_plain = url.isascii() and url.isprintable() and len(url) <= MAX_URL
    if not is_plain or any(character in url for character in " \"'<>\\;,"):
        return ""
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def _name(claims: Claims) -> str:
    whole = claims.get("name")
    if not isinstance(whole, str) or not whole.strip():
        parts = (claims.get("given_name"), claims.get("family_name"))
        whole = " ".join(part for part in parts if isinstance(part, str))
    return _text(whole, _MAX_NAME)


def _text(value: object, most: int) -> str:
    """A line that can be shown, cut to its length; empty for anything else."""
    found = one_line(value[: most * 4])[:most] if isinstance(value, str) else ""
    return found if is_printable(found) else ""


def _id(value: object) -> str:
    """As it is written, never cut: another one's would be made of it. Databases take it for the
    same with a space behind it, so such a one is none."""
    is_fit = isinstance(value, str) and 0 < len(value) <= _MAX_ID and value.isprintable()
    return str(value) if is_fit and str(value).strip() == value else ""
