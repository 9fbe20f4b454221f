"""onnxruntime, running our export."""

from __future__ import annotations

import onnxruntime

from benchmarks.sides.common import batch_of, threads


class OnnxRuntime:
    """A session of its CPU provider."""

    def __init__(self, work, folder):
        self.work, self.folder = work, folder
        self.images, _ = batch_of(work)

    def build(self) -> None:
        """The session."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads()
        (model,) = (self.folder / "onnx").glob("*.onnx")
        self.session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self.input = self.session.get_inputs()[0].name

    def exchange(self) -> None:
        """The weights are in the file."""

    def step(self):
        """The logits."""
        return self.session.run(None, {self.input: self.images})[0]

    def about(self) -> dict[str, str]:
        """Versions."""
        return {"onnxruntime": onnxruntime.__version__}
