"""Which object detector serves: EfficientDet, always there, or YOLO, where an operator added it."""

from pathlib import Path
from typing import Literal

from proctor_app.vision.models import files, yolo
from proctor_app.vision.models.objects import EfficientDet
from proctor_app.vision.models.phone_opinion import PhoneOpinion
from proctor_app.vision.things import ThingFinder

DetectorChoice = Literal["auto", "efficientdet", "yolo"]
"""auto: YOLO where a model is registered, else EfficientDet."""


def require_detector(models_dir: Path, choice: DetectorChoice) -> None:
    """Raise DetectorUnusable where YOLO is asked for and can't be had; loads nothing."""
    if choice == "yolo" and not yolo.is_ready(models_dir):
        yolo.load(models_dir)  # it knows what is missing


def load_things(models_dir: Path, choice: DetectorChoice) -> ThingFinder:
    """Load the detector and what gives it a second opinion; raises ModelsMissing.

    Beside YOLO, EfficientDet is the second opinion: each finds phones that the other does not.
    """
    efficient_det = EfficientDet(models_dir / files.OBJECT_DETECTOR)
    opinion = PhoneOpinion(models_dir / files.IMAGE_CLASSIFIER)
    if choice == "yolo" or (choice == "auto" and yolo.is_ready(models_dir)):
        return ThingFinder(yolo.load(models_dir), opinion, efficient_det)
    return ThingFinder(efficient_det, opinion)
