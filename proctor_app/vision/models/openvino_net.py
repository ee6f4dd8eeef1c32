"""OpenVINO, an optional package: one network, one thread, one picture at a time."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ONE_THREAD = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "ENABLE_CPU_PINNING": False}
"""The engine's threads use the cores. Pinned, two networks would share one of them."""


def runtime() -> str:
    """Name the runtime with its version; raises PackageNotFoundError where it is missing."""
    return f"openvino {version('openvino')}"


class Net:
    """A network on the CPU. Not thread-safe."""

    def __init__(self, model: Path) -> None:
        """Read an .xml or .tflite file and compile it; raises ImportError without OpenVINO."""
        import openvino  # optional, and 0.3 s: only where a network is loaded

        core = openvino.Core()
        self._compiled = core.compile_model(core.read_model(model), "CPU", _ONE_THREAD)
        self._request: Any = self._compiled.create_infer_request()
        self.input_shape = tuple(int(size) for size in self._compiled.input(0).shape)

    def run(self, tensor: NDArray[Any]) -> list[NDArray[np.float32]]:
        """Run the network on its one input; the outputs are valid until the next run."""
        results = self._request.infer([tensor])
        return [np.asarray(results[output]) for output in self._compiled.outputs]

    def close(self) -> None:
        """Let the network go; later runs fail."""
        self._request = None
        self._compiled = None
