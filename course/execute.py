"""Run a notebook's cells, and keep of the outputs what is the same in every run."""

from __future__ import annotations

import tempfile
from typing import Callable

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)

from course.notebook import LANGUAGE
from gluon_nets.environment.threads import one_thread

WIDGET = "application/vnd.jupyter.widget-view+json"
TIMEOUT = 300  # seconds for a cell


class LessonError(RuntimeError):
    """A cell failed; the message tells which one, and its error."""

    exit_code = 1


def execute(
    notebook: nbformat.NotebookNode,
    name: str,
    told: Callable[[int], object] = lambda cell: None,
) -> None:
    """Run all cells, in an empty folder; the outputs are put into the notebook.

    Parameters
    ----------
    notebook : NotebookNode
    name : str
        For messages.
    told : function
        Called with the number of each cell that is done.

    Raises
    ------
    LessonError
        Where a cell fails, unless it is tagged `raises-exception`.
    """
    # one thread: sums are added in the same order everywhere
    with tempfile.TemporaryDirectory() as folder, one_thread():
        client = NotebookClient(
            notebook,
            timeout=TIMEOUT,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
            record_timing=False,
            on_cell_executed=lambda cell, cell_index, execute_reply: told(cell_index),
        )
        try:
            client.execute()
        except CellTimeoutError:
            raise LessonError(f"{name}: a cell takes over {TIMEOUT} s") from None
        except (DeadKernelError, NoSuchKernel) as error:
            raise LessonError(f"{name}: no kernel: {error}") from None
        except CellExecutionError as error:
            cell = next(
                index
                for index, cell in enumerate(notebook.cells)
                if any(out.output_type == "error" for out in cell.get("outputs", ()))
                and "raises-exception" not in cell.metadata.get("tags", [])
            )
            raise LessonError(
                f"{name}, cell {cell}: {error.ename}: {error.evalue}"
            ) from None
    notebook.metadata.pop("widgets", None)  # their state, under random names
    notebook.metadata["language_info"] = LANGUAGE
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = _tidy(cell.outputs)


def _tidy(outputs: list) -> list:
    """Texts that follow each other as one, as nbval sees them; no transient data.

    Widgets are left out: without the kernel that made them they cannot be shown.
    """
    tidy: list = []
    for output in outputs:
        if WIDGET in output.get("data", {}):
            continue
        before = tidy[-1] if tidy else None
        if (
            before is not None
            and output.output_type == before.output_type == "stream"
            and output.name == before.name
        ):
            before.text += output.text
        else:
            output.pop("transient", None)
            tidy.append(output)
    return tidy
