"""Text files that people bring: capped, then decoded."""

from proctor_app.errors import TooLarge
from proctor_app.services.exam_views import FileInvalid, Problem

MAX_FILE_BYTES = 4 * 1024 * 1024


def as_text(data: bytes, word: str = "Line") -> str:
    """The text of a UTF-8 file, with or without a byte order mark, its lines ended by "\\n".

    Raises TooLarge, FileInvalid with the line that has other bytes or characters.
    """
    if len(data) > MAX_FILE_BYTES:
        raise TooLarge("file_too_large", f"A file has at most {MAX_FILE_BYTES >> 20} MB.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileInvalid((Problem(line, "This is not UTF-8 text."),), word) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for odd in ("\x00", "\x1a"):
        if (at := text.find(odd)) >= 0:
            line = text.count("\n", 0, at) + 1
            raise FileInvalid((Problem(line, "There is a character that is no text."),), word)
    return text
