"""What can go wrong, in words for people and codes for programs. Knows nothing of HTTP."""


class ProctorError(Exception):
    """A refusal or failure the caller can understand: ``code`` is stable, ``detail`` is not."""

    code = "error"
    detail = "Something went wrong."

    def __init__(self, code: str | None = None, detail: str | None = None) -> None:
        self.code = code or self.code
        self.detail = detail or self.detail
        super().__init__(f"{self.code}: {self.detail}")


class NotAuthenticated(ProctorError):
    code = "not_authenticated"
    detail = "Log in first."


class NotAllowed(ProctorError):
    code = "not_allowed"
    detail = "You may not do this."


class SecondFactorMissing(NotAllowed):
    code = "second_factor_setup_required"
    detail = "Set up a second factor for your account first: this installation asks it of staff."


class NotFound(ProctorError):
    code = "not_found"
    detail = "There is no such thing here."


class Conflict(ProctorError):
    code = "conflict"
    detail = "This is not possible in the present state."


class Invalid(ProctorError):
    code = "invalid"
    detail = "The input is not valid."


class TooLarge(ProctorError):
    code = "too_large"
    detail = "The input is too large."


class Unsupported(ProctorError):
    code = "unsupported"
    detail = "This kind of input is not supported."


class Throttled(ProctorError):
    code = "throttled"
    detail = "Too many requests. Wait a moment and try again."

    def __init__(self, retry_after_s: int, detail: str | None = None) -> None:
        super().__init__(detail=detail)
        self.retry_after_s = retry_after_s


class Unavailable(ProctorError):
    code = "unavailable"
    detail = "The service is starting. Try again in a moment."
