"""From the kernel's messages to a cell's outputs, as a notebook keeps them."""

from __future__ import annotations

from typing import Any

_CUT = "[The outputs are cut here: they are larger than a submission may have.]\n"


class Budget:
    """Bytes of all outputs of a notebook, and those of them that have names.

    An output with a name can be changed later, from another cell too.
    """

    def __init__(self, size: int):
        self.left = size
        self.named: dict[str, list[dict[str, Any]]] = {}

    def take(self, size: int) -> bool:
        """Whether so many bytes are left; then they are used."""
        if size > self.left:
            return False
        self.left -= size
        return True


class Outputs:
    """Of one cell. What a submission sends may have any form: it is made to fit."""

    def __init__(self, budget: Budget):
        self.budget = budget
        self.kept: list[dict[str, Any]] = []
        self.size = 0
        self.clear_next = False
        self.cut = False

    def hear(self, kind: str, content: Any, size: int) -> None:
        """Take in a message of the kernel."""
        if kind == "clear_output":
            self._clear(bool(content.get("wait")))
        elif kind == "update_display_data":
            self._change(content, size)
        elif kind in ("", "stream", "display_data", "execute_result", "error"):
            if self.clear_next:
                self._clear(False)
            if self.budget.take(size):
                self._keep(kind, content, size)
            elif not self.cut:
                self.cut = True
                self.kept.append(_stream("stderr", _CUT))

    def finished(self) -> list[dict[str, Any]]:
        """The outputs, with texts joined."""
        for output in self.kept:
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
        return self.kept

    def _keep(self, kind: str, content: Any, size: int) -> None:
        self.size += size
        output = _output(kind, content)
        last = self.kept[-1] if self.kept else {}
        if kind == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
            return
        self.kept.append(output)
        name = _display_name(content)
        if name:
            self.budget.named.setdefault(name, []).append(output)

    def _change(self, content: Any, size: int) -> None:
        others = self.budget.named.get(_display_name(content), [])
        if others and self.budget.take(size):
            output = _output("display_data", content)
            for other in others:
                other.update(data=output["data"], metadata=output["metadata"])

    def _clear(self, wait: bool) -> None:
        self.clear_next = wait
        if not wait:
            self.budget.left += self.size
            self.kept, self.size, self.cut = [], 0, False


def _display_name(content: Any) -> str:
    transient = content.get("transient")
    return str(transient.get("display_id", "")) if isinstance(transient, dict) else ""


def _output(kind: str, content: Any) -> dict[str, Any]:
    if kind == "stream":
        name = "stderr" if content.get("name") == "stderr" else "stdout"
        return _stream(name, str(content.get("text", "")))
    if kind == "error":
        trace = content.get("traceback")
        lines = [str(line) for line in trace] if isinstance(trace, list) else []
        name, value = str(content.get("ename", "")), str(content.get("evalue", ""))
        error = {"output_type": "error", "ename": name, "evalue": value}
        return {**error, "traceback": lines}
    output = {"output_type": kind, "metadata": _mapping(content.get("metadata"))}
    output["data"] = {
        name: value if "json" in name else _text(value)
        for name, value in _mapping(content.get("data")).items()
    }
    if kind == "execute_result":
        count = content.get("execution_count")
        output["execution_count"] = count if type(count) is int else None
    return output


def _stream(name: str, text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": [text]}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "".join(map(str, value))
    return str(value)
