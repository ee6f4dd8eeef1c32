"""E-mail addresses in their normal form."""

from email_validator import EmailNotValidError, validate_email

from proctor_app.errors import Invalid

_MAX_CHARACTERS = 254
NOWHERE = "lti.invalid"
"""Of addresses that no mail can reach (RFC 2606), for people whom a platform tells none of; nobody
can sign up with one, either."""


def normal_email(email: str) -> str:
    """The address in lower case and normal form; raises Invalid where it can't be one.

    Lower case, not case-folded: folding makes "groß.example" of somebody else "gross.example".
    """
    try:
        checked = validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise Invalid("email_invalid", "This is not an e-mail address.") from error
    normal = checked.normalized.lower()
    if len(normal) > _MAX_CHARACTERS:
        raise Invalid("email_invalid", "This e-mail address is too long.")
    return normal


def reaches_nobody(email: str) -> bool:
    return email.endswith(f"@{NOWHERE}")
