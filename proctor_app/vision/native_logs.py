"""The chatter of the models' runtimes, written to the file descriptor, below Python's logging."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from proctor_app.vision.errors import ModelsMissing

_STDERR_FD = 2


@contextmanager
def held_back() -> Iterator[None]:
    """Keep whatever is written to stderr off the terminal while models load; show it where that
    fails for another reason than a missing file."""
    sys.stderr.flush()
    kept = os.dup(_STDERR_FD)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), _STDERR_FD)
        try:
            yield
        except ModelsMissing:
            raise
        except BaseException:
            held.seek(0)
            os.write(kept, held.read())
            raise
        finally:
            os.dup2(kept, _STDERR_FD)
            os.close(kept)
