"""Exports YOLO weights to OpenVINO and registers them for the detector.

    .venv/bin/python -m tools.yolo                    Ultralytics' own yolo11n.pt, if it can be had
    .venv/bin/python -m tools.yolo --weights my.pt    weights of your own

Runs where `make yolo` installed Ultralytics and PyTorch; the server needs neither. The export is
fp16 (computed in fp32 on a CPU): int8 would be a little faster, but needs pictures to calibrate
with, which can't be had offline. Ultralytics is AGPL-3.0, and so are weights trained with it.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from proctor_app.vision.errors import DetectorUnusable
from proctor_app.vision.models import yolo

ROOT = Path(__file__).resolve().parent.parent
OWN_WEIGHTS = "yolo11n.pt"
_QUIET = {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "YOLO_VERBOSE": "false"}
"""Ultralytics would otherwise report usage and install packages while it works."""


class ExportError(Exception):
    """There is no export; the message says what happened and what to do."""


def export(weights: Path, imgsz: int, models_dir: Path) -> Path:
    """Export weights to models_dir/yolo and register them; gives the export's folder.

    Nothing is registered unless the result loads and names things that are looked for.
    """
    target = models_dir / yolo.REGISTRY.parent / f"{weights.stem}_{imgsz}_openvino_model"
    with tempfile.TemporaryDirectory(prefix="proctor-yolo-") as folder:
        copy = Path(folder) / weights.name  # the export is written beside its source
        shutil.copyfile(weights, copy)
        made = _exported(copy, imgsz, Path(folder))
        try:
            yolo.Yolo(made).close()
        except DetectorUnusable as error:
            raise ExportError(f"{weights} can't be used: {error}") from error
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, target)
    register(target, imgsz, _sha256(weights), models_dir)
    return target


def register(folder: Path, imgsz: int, weights_sha256: str, models_dir: Path) -> None:
    """Write the registry file, whole or not at all."""
    entry = {
        "path": folder.name,
        "imgsz": imgsz,
        "classes": len(yolo.read_names(folder / "metadata.yaml")),
        "sha256": yolo.network_digest(folder),
        "weights_sha256": weights_sha256,
    }
    file = models_dir / yolo.REGISTRY
    part = file.with_suffix(".part")
    part.write_text(json.dumps(entry, indent=2) + "\n", encoding="utf-8")
    part.replace(file)


def own_weights(folder: Path) -> Path:
    """Let Ultralytics fetch its own weights, where the network allows."""
    from ultralytics.utils.downloads import attempt_download_asset

    try:
        found = Path(attempt_download_asset(str(folder / OWN_WEIGHTS)))
    except Exception as error:
        raise ExportError(_no_weights()) from error
    if not found.is_file():
        raise ExportError(_no_weights())
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="Export YOLO weights and register them.")
    parser.add_argument("--weights", type=Path, help="a .pt file; default: Ultralytics' own")
    parser.add_argument("--imgsz", type=int, default=320, help="input, pixels a side (320)")
    parser.add_argument("--models", type=Path, default=ROOT / "models", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="proctor-weights-") as folder:
            weights = chosen.weights or own_weights(Path(folder))
            if not weights.is_file():
                raise ExportError(f"{weights} is no file")
            made = export(weights, chosen.imgsz, chosen.models.resolve())
    except (ExportError, OSError) as error:
        print(f"yolo: error: {error}", file=sys.stderr)
        return 1
    print(f"yolo: {made.name} is registered; PROCTOR_DETECTOR=auto or yolo uses it from now on")
    return 0


def _exported(weights: Path, imgsz: int, folder: Path) -> Path:
    os.environ.update(_QUIET, YOLO_CONFIG_DIR=str(folder))
    try:
        from ultralytics import YOLO
    except ImportError as error:
        raise ExportError("Ultralytics is not installed: run `make yolo`") from error
    try:
        model: Any = YOLO(str(weights), task="detect")
        return Path(model.export(format="openvino", imgsz=imgsz, half=True, device="cpu"))
    except Exception as error:
        raise ExportError(f"Ultralytics could not export {weights.name}: {error}") from error


def _no_weights() -> str:
    return (
        f"{OWN_WEIGHTS} could not be downloaded. Bring the file from a machine with a network "
        f"(Ultralytics publishes it with its releases) or train your own, then run: "
        f"make yolo WEIGHTS=path/to/{OWN_WEIGHTS}"
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


if __name__ == "__main__":
    sys.exit(main())
