"""A study's results as a few numbers, and as a table."""

from __future__ import annotations

import csv
import io
import json
import statistics
from pathlib import Path
from typing import Any

from gluon_nets.files import write_atomically
from gluon_nets.quantized import fit_regnet
from gluon_nets.study.designs import COLUMNS
from gluon_nets.study.outcome import DONE, STATUSES


def summary(store) -> dict[str, Any]:
    """How many are done, and their errors and seconds."""
    counts = store.counts()
    rows = [r for r in store.rows() if r["status"] == DONE and not r["repeat"]]
    found: dict[str, Any] = {
        "name": store.name,
        "file": str(store.path),
        "designs": sum(counts.values()),
        **{status: counts.get(status, 0) for status in (*STATUSES, "pending")},
    }
    if rows:
        errors = [row["error"] for row in rows]
        found["least"], found["most"] = min(errors), max(errors)
        found["mean"] = statistics.fmean(errors)
        found["seconds"] = statistics.fmean(row["seconds"] for row in rows)
    return found


def write_table(store, path: Path) -> int:
    """Write the results as CSV or Parquet, by the file's name; how many.

    Raises
    ------
    ValueError
        Where the name ends otherwise, or Parquet's library is not there.
    """
    rows = [_flat(row) for row in store.rows()]
    if path.suffix == ".csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, rows[0] if rows else ["arch"])
        writer.writeheader()
        writer.writerows(rows)
        write_atomically(path, text.getvalue().encode())
    elif path.suffix == ".parquet":
        write_atomically(path, _parquet(rows))
    else:
        raise ValueError(f"{path}: its name must end with .csv or .parquet")
    return len(rows)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Stages as columns: depth_1 and so on; what is nested as JSON."""
    flat = {key: row[key] for key in ("seed", "number", "repeat", "status", "error")}
    flat.update({key: row[key] for key in ("seconds", "params", "flops", "acts")})
    for index, stage in enumerate(row["arch"].stages, 1):
        for name in COLUMNS:
            flat[f"{name}_{index}"] = getattr(stage, name)
    flat["fit_error"] = fit_regnet(row["arch"]).error
    flat["reason"], flat["finished"] = row["reason"], row["finished"]
    flat["arch"] = row["arch"].to_json()
    for key in ("curve", "about"):
        flat[key] = json.dumps(row[key])
    return flat


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ValueError(
            "Parquet needs pyarrow: pip install 'gluon-nets[dist]', or choose .csv"
        ) from None
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), buffer)
    return buffer.getvalue()
