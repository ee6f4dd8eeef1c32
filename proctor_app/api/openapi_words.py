"""The words of the OpenAPI document that no route says itself."""

from typing import Any

DESCRIPTION = """\
Proctor watches exams by the candidate's camera and browser; a person decides. This document has
every REST route. Frames and live incidents go over a WebSocket, which
[a page of its own](/api/docs/websocket) and [asyncapi.json](/api/asyncapi.json) describe; what this
server sends to others, signed, is under *webhooks*.

- **Who calls**: a bearer token (`POST /api/v1/auth/login/password`), the pages' session cookie, or,
  for machines, an API key in `X-API-Key` where the operation names a scope. One of them, not two.
- **Errors** are `{"detail": "...", "code": "snake_case"}`; programs look at `code`. Each operation
  lists the codes it answers. After 429 wait as many seconds as `Retry-After` says.
- **Lists** are `{"items": [...], "next": cursor or null}`; send `next` as `cursor` to go
  on. A list without `next` is all there is, or as many as its operation says.
- **Times** are ISO 8601 in UTC. `duration` and `total_duration` are minutes, names that end in
  `_s` and `maxDuration` seconds, `keepAliveInterval` milliseconds. Left and right are the
  candidate's own.
"""

TAGS = {
    "accounts": "Sign up, log in by password or by face, log out.",
    "own account": "The caller's sessions, password and second factor.",
    "own data": "What is held about the caller: export, face data, the wish to be erased.",
    "people": "Accounts, for admins.",
    "exam sessions": "Start, pause, stop and sum up a candidate's session.",
    "monitoring": "What clients tell of an open attempt, and the wall's pictures.",
    "attempts": "One candidate's sitting of one exam: its questions, answers and course.",
    "pictures": "Live pictures and the evidence of incidents, for those who may see them.",
    "exams": "Exams with their questions, rules and windows.",
    "rosters": "Who may sit an exam, with accommodations.",
    "review": "Verdicts, their release, appeals, and dismissing what a faulty rule found.",
    "reports": "Reports on attempts, and archives of exams.",
    "API keys": "Keys for machines, with scopes and limits; for admins.",
    "webhooks": "Where this server tells others what happened, and what it told; for admins.",
    "learning platforms": "LTI 1.3: launches, choosing exams, scores passed back.",
    "Safe Exam Browser": "Exams that are sat in Safe Exam Browser: its file and its proof.",
    "admin pages": "Addresses that are a page to a browser and a document to a program.",
    "operation": "Whether the service runs.",
}

STATUSES = {
    200: "Done",
    201: "Made",
    202: "Begun; it goes on after this answer",
    204: "Nothing to tell",
    302: "Goes on elsewhere",
    303: "Goes on at another page",
    400: "Not a valid request",
    401: "Without a valid way in",
    403: "Not for this caller",
    404: "Not there",
    405: "Not by this method",
    409: "Not in this state",
    413: "Too large",
    415: "Neither JPEG nor PNG",
    422: "Not valid",
    429: "Too many requests",
    500: "Something failed here",
    502: "The other side failed",
    503: "Not now",
}

_TEXT = {"type": "string"}
HEADERS: dict[str, dict[str, Any]] = {
    "Content-Disposition": {"description": "The file's name", "schema": _TEXT},
    "Location": {"description": "Where it goes on", "required": True, "schema": _TEXT},
    "Set-Cookie": {"description": "The session, for the pages", "schema": _TEXT},
    "Retry-After": {
        "description": "In how many seconds to ask again",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "WWW-Authenticate": {"description": "How to authenticate", "schema": _TEXT},
}

PARAMETERS = {
    "user_id": "The person's id; of a session, the candidate's.",
    "attempt_id": "The attempt's id; `sessionId` of a start.",
    "exam_id": "The exam's id.",
    "question_id": "The question's id.",
    "incident_id": "The incident's id.",
    "picture_id": "The picture's id.",
    "entry_id": "The roster entry's id.",
    "export_id": "The export's id.",
    "dismissal_id": "The dismissal's id.",
    "login_id": "The session's id.",
    "key_id": "The API key's id.",
    "webhook_id": "The webhook's id.",
    "delivery_id": "The delivery's number.",
    "platform_id": "The platform's id.",
    "grade_id": "The score's number.",
    "iss": "The platform's issuer.",
    "login_hint": "Whom the platform sends, in its own words.",
    "target_link_uri": "Where the launch is to lead.",
    "lti_message_hint": "What the platform wants back as it is.",
    "client_id": "This installation's id at the platform.",
    "lti_deployment_id": "The part of the platform it comes from.",
    "n": "The picture's number, from 0.",
    "limit": "How many items at most.",
    "link": "What the exam's page put into its seb:// address.",
    "cursor": "`next` of the answer before; left out for the first page.",
    "search": "Part of a name or title.",
    "sort": "By what, with `-` before it downwards.",
    "status": "Only those of this status.",
    "state": "Only those of this state.",
    "role": "Only those of this role.",
    "kind": "Only those of this kind.",
    "format": "Of what kind the file is.",
    "mode": "`add` keeps who is on the roster, `replace` removes who is not in the file.",
    "title": "The exam's title, where the file has none.",
    "pictures": "With pictures.",
    "download": "As a file to be kept, not shown.",
    "ids": "The attempts' ids, separated by commas.",
    "seen": "The numbers of the pictures seen last, in the same order.",
}

_TIMES = frozenset({"start_time", "end_time", "startTime", "time", "at"})


def is_time(name: str) -> bool:
    """Whether a field of this name is a moment, in ISO 8601."""
    return name in _TIMES or name.endswith("_at")
