"""Photos in a form: read no further than they may be large."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import File, UploadFile

from proctor_app.errors import TooLarge
from proctor_app.services.enrolment import MAX_PHOTOS
from proctor_app.vision.frame import PHOTO_LIMITS

Photos = Annotated[
    list[UploadFile],
    File(
        min_length=1,
        max_length=MAX_PHOTOS,
        description=f"JPEG or PNG with one face; 1 to {MAX_PHOTOS} of one person, 8 MB in all",
    ),
]


async def read_photos(files: Sequence[UploadFile]) -> list[bytes]:
    """The files' bytes. Raises TooLarge."""
    photos = [await file.read(PHOTO_LIMITS.max_bytes + 1) for file in files]
    if sum(map(len, photos)) > PHOTO_LIMITS.max_bytes:
        raise TooLarge("photo_too_large", "The photos have more than 8 MB.")
    return photos
