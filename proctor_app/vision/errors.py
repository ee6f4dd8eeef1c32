"""What can go wrong behind the engine, apart from pictures and photos that are refused."""

from pathlib import Path


class ModelsMissing(RuntimeError):
    """A model file is not where it should be."""

    code = "models_missing"

    def __init__(self, path: Path) -> None:
        super().__init__(f"model file {path} is missing: run `make setup`")
        self.path = path


class DetectorUnusable(ModelsMissing):
    """The object detector that was asked for can't be had; the text says what to do."""

    code = "detector_unusable"

    def __init__(self, text: str) -> None:
        RuntimeError.__init__(self, text)


class VisionFailed(RuntimeError):
    """A model failed on a frame; the frame counts as not judged."""

    code = "vision_failed"
