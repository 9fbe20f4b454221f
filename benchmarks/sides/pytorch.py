"""PyTorch: eager, channels_last, compiled, and compiled with frozen weights."""

from __future__ import annotations

import numpy as np

from benchmarks.sides.common import (
    LR,
    MOMENTUM,
    batch_of,
    forget_settings,
    load_weights,
    threads,
)
from benchmarks.works import spec_of

forget_settings()

import torch  # noqa: E402

from benchmarks.torch_twins import load, twin_of  # noqa: E402

MODES = ("eager", "channels_last", "compile", "frozen")


class Torch:
    """The twin of the network.

    Parameters
    ----------
    mode : str
        'eager'; 'channels_last'; 'compile': `torch.compile` of channels_last;
        'frozen': the same with the weights as constants, which folds BatchNorm.
    """

    def __init__(self, work, folder, mode: str):
        self.work, self.folder, self.mode = work, folder, mode
        self.arrays = batch_of(work)
        torch.set_num_threads(threads())

    def build(self) -> None:
        """The network, and what a step needs."""
        work = self.work
        spec = spec_of(work.net)
        self.model = twin_of(spec, work.classes, work.channels, work.size)
        self.x, self.y = (torch.from_numpy(array) for array in self.arrays)
        self.y = self.y.long()
        if self.mode != "eager":
            self.model = self.model.to(memory_format=torch.channels_last)
            self.x = self.x.to(memory_format=torch.channels_last)
        self.objective = torch.nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self.model.parameters(), LR, MOMENTUM)
        if work.kind == "infer":
            self.model.eval()
        if self.mode == "frozen":
            import torch._inductor.config as inductor

            inductor.freezing = True
        compiled = self.mode in ("compile", "frozen")
        self.call = torch.compile(self.model) if compiled else self.model

    def exchange(self) -> None:
        """Read the weights."""
        load(self.model, load_weights(self.folder))

    def step(self) -> np.ndarray:
        """One update, and the mean loss before it; or the logits."""
        if self.work.kind == "infer":
            # frozen weights need no_grad: inductor does not fold in inference mode
            mode = torch.no_grad if self.mode == "frozen" else torch.inference_mode
            with mode():
                return self.call(self.x).numpy()
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.objective(self.call(self.x), self.y)
        loss.backward()
        self.optimizer.step()
        return loss.detach().numpy()

    def logits(self) -> np.ndarray:
        """The logits of the batch, of the network as it is not compiled."""
        self.model.eval()
        with torch.no_grad():
            logits = self.model(self.x).numpy()
        self.model.train()
        return logits

    def about(self) -> dict[str, str]:
        """Versions."""
        return {"torch": torch.__version__}
