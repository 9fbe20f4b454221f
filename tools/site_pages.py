"""The site's pages: docs/, the notebooks, and two pages of the root."""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path

from gluon_nets.plot.picture import DARK_PNG

ROOT = Path(__file__).resolve().parent.parent
PAGES = {"benchmarks/README.md": "benchmarks.md", "CHANGELOG.md": "changelog.md"}
# [words](target#anchor), but no address of another host
_LINK = re.compile(r"\[([^\]]+)\]\(([\w./-]+)(#[^)]*)?\)")


def assemble(folder: Path) -> None:
    """Put all pages into a folder, with links that lead to pages of the site.

    What a link leads to beside them (source files, results) is named without a link.
    """
    shutil.copytree(ROOT / "docs", folder, dirs_exist_ok=True)
    for kind in ("lessons", "exercises"):
        (folder / kind).mkdir()
        for path in (ROOT / "notebooks" / kind).glob("*.ipynb"):
            shutil.copyfile(path, folder / kind / path.name)
    origins = {ROOT / "docs" / path.name: path.name for path in folder.glob("*.md")}
    origins.update({ROOT / origin: name for origin, name in PAGES.items()})
    for origin, name in origins.items():
        text = origin.read_text(encoding="utf-8")
        linked = _relinked(text, origin.parent, origins)
        (folder / name).write_text(linked, encoding="utf-8")


def _relinked(text: str, folder: Path, pages: dict[Path, str]) -> str:
    def link(found: re.Match) -> str:
        words, target, anchor = found.group(1), found.group(2), found.group(3) or ""
        path = (folder / target).resolve()
        if path in pages:
            return f"[{words}]({pages[path]}{anchor})"
        if ROOT / "docs" in path.parents and path.exists():  # a picture
            return found.group(0)
        return words

    return _LINK.sub(link, text)


def with_both_papers(notebook: str) -> str:
    """A notebook whose pictures are shown as the page is, light or dark."""
    data = json.loads(notebook)
    for cell in data["cells"]:
        for output in cell.get("outputs", ()):
            bundle = output.get("data", {})
            dark = bundle.pop(DARK_PNG, None)
            if dark is not None:
                alt = "".join(bundle["text/plain"])
                bundle["text/html"] = "".join(
                    _image(picture, f"only-{name}", alt)
                    for name, picture in (
                        ("light", bundle["image/png"]),
                        ("dark", dark),
                    )
                )
    return json.dumps(data)


def _image(picture, kind: str, alt: str) -> str:
    text = "".join(picture).strip()
    return (
        f'<img class="{kind}" src="data:image/png;base64,{text}" '
        f'alt="{html.escape(alt)}">'
    )
