"""What the OpenAPI document says of an operation beyond what its route shows by itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """id: stable, as programs generated from the document call it. codes: of the errors it answers
    beside those that its kind brings along, separated by blanks; ``code/409`` where a code comes
    with several statuses. media: of the answer, where it is no JSON document alone. is_file: it
    has a name to be saved under."""

    id: str
    summary: str
    codes: str = ""
    media: str = ""
    is_file: bool = False
