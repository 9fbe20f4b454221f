"""Make the embedded sample: the same number of images of each class, by chance.

    python tools/make_sample.py

reads the full Fashion-MNIST, which it finds as the package does (or in --root), and
writes four gzipped IDX files and manifest.json into gluon_nets/data/sample/. The same
arguments give the same images, in the order that they have in the full set.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from gluon_nets.data.idx import DataError, idx_bytes, write_idx
from gluon_nets.data.sources import PARTS, REMEDIES, SAMPLE, find, load

PER_CLASS = {"train": 600, "test": 100}
SEED = 2017


def choose(labels: np.ndarray, per_class: int, rng: np.random.Generator) -> np.ndarray:
    """Return the sorted numbers of `per_class` images of each class."""
    chosen = [
        rng.choice(np.flatnonzero(labels == label), per_class, replace=False)
        for label in np.unique(labels)
    ]
    return np.sort(np.concatenate(chosen))


def make_sample(
    out: Path,
    root: Path | None = None,
    per_class: dict[str, int] = PER_CLASS,
    seed: int = SEED,
) -> dict:
    """Write the sample into a folder and return its manifest."""
    files = find(root)
    if files is None:
        raise DataError(f"the full Fashion-MNIST is needed; {REMEDIES}")
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    manifest = {"seed": seed, "per_class": dict(per_class), "sha256": {}}
    for part, names in PARTS.items():
        images, labels = load(files, part)
        chosen = choose(labels, per_class[part], rng)
        for name, array in zip(names, (images, labels.astype(np.uint8))):
            write_idx(out / f"{name}.gz", array[chosen])
            digest = hashlib.sha256(idx_bytes(array[chosen])).hexdigest()
            manifest["sha256"][name] = digest
    text = json.dumps(manifest, indent=2) + "\n"
    (out / "manifest.json").write_text(text, encoding="utf-8")
    return manifest


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, help="folder of the full set")
    parser.add_argument("--out", type=Path, default=SAMPLE)
    options = parser.parse_args(arguments)
    try:
        make_sample(options.out, options.root)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in options.out.glob("*.gz"))
    print(f"{options.out}: {size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
