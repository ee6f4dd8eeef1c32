"""OpenVINO: one network, one thread, one picture at a time."""

import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ONE_THREAD = {
    "INFERENCE_NUM_THREADS": 1,
    "NUM_STREAMS": 1,
    "ENABLE_CPU_PINNING": False,
    "INFERENCE_PRECISION_HINT": "f32",
}
"""The engine's threads use the cores. Pinned, two networks would share one of them. Where the
processor knows bfloat16 it would be chosen by itself: other scores on other machines."""
_EXACT_INT8 = {"avx512_vnni", "avx_vnni"}
"""Processors of x86 without these add int8 products in 16 bits, which overflow ("saturation issue"
in the runtime's documentation): a phone of 0.25 got 0.07. Without them, and where nothing tells of
them (ARM, no /proc/cpuinfo), quantised layers are computed in f32 on the same rounded values: the
same scores within 0.05, for half as much time again."""
_INT8_AS_F32 = {"LP_TRANSFORMS_MODE": False}
"""Internal to the runtime (ov::internal::enable_lp_transformations). No documented option does it:
neither the precision hint nor the execution mode touches layers that the model itself quantised."""


@cache
def _options() -> dict[str, Any]:
    cpu = Path("/proc/cpuinfo")
    flags = set(cpu.read_text().split()) if cpu.is_file() else set()
    return _ONE_THREAD if flags & _EXACT_INT8 else _ONE_THREAD | _INT8_AS_F32


def runtime() -> str:
    """Name the runtime with its version."""
    return f"openvino {version('openvino')}"


class Net:
    """A network on the CPU. Not thread-safe."""

    def __init__(
        self,
        model: Path,
        member: str = "",
        *,
        pixels: tuple[float, float] | None = None,
        change: Callable[[Any], None] | None = None,
    ) -> None:
        """Read an .xml or .tflite file and compile it.

        member: the network's name inside ``model``, which then is a zip archive such as MediaPipe's
        .task files; one level more by "outer.task/inner.tflite". pixels: mean and scale; then the
        network takes uint8 and itself turns values into (value - mean) / scale. change: what is to
        be done to the openvino.Model before it is compiled.
        """
        import openvino  # 0.3 s: only where a network is loaded

        core = openvino.Core()
        network = _read_member(core, model, member) if member else core.read_model(model)
        if change is not None:
            change(network)
        if network.is_dynamic():
            shapes = {one: [1, *list(one.partial_shape)[1:]] for one in network.inputs}
            network.reshape(shapes)
        if pixels is not None:
            prepared = openvino.preprocess.PrePostProcessor(network)
            mean, scale = pixels
            prepared.input().tensor().set_element_type(openvino.Type.u8)
            steps = prepared.input().preprocess().convert_element_type(openvino.Type.f32)
            steps.mean(mean).scale(scale)
            network = prepared.build()
        self._compiled = core.compile_model(network, "CPU", _options())
        self._request: Any = self._compiled.create_infer_request()
        self.input_shape = tuple(int(size) for size in self._compiled.input(0).shape)

    def run(self, tensor: NDArray[Any]) -> list[NDArray[np.float32]]:
        """Run the network on its one input; the outputs are valid until the next run."""
        self._request.infer([tensor], share_inputs=True, share_outputs=True)
        return [self._request.output_tensors[i].data for i in range(len(self._compiled.outputs))]

    def close(self) -> None:
        """Let the network go; later runs fail."""
        self._request = None
        self._compiled = None


def _read_member(core: Any, archive: Path, member: str) -> Any:
    """Read a network out of a zip archive: OpenVINO reads TFLite from files alone."""
    with tempfile.TemporaryDirectory(prefix="proctor-net-") as folder:
        for name in member.split("/"):
            with zipfile.ZipFile(archive) as opened:
                archive = Path(opened.extract(name, folder))
        return core.read_model(archive)
