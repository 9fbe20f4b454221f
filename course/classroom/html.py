"""What a student wrote, as HTML that cannot do anything in the instructor's browser."""

from __future__ import annotations

import html
import re

from jinja2 import pass_context
from pygments.token import STANDARD_TYPES

# what is longer, or has more of this, is shown as it is written: the time that parsers
# take grows with the square
LONGEST = 20_000  # characters
MARKS = re.compile(r"<|\\begin")
MOST = 1000
TAGS = (
    "a abbr b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i "
    "img li ol p pre s span strong sub summary sup table tbody td th thead tr ul"
).split()
ATTRIBUTES = {
    "*": ["title", "align"],
    "a": ["href"],
    "img": ["src", "alt", "width", "height"],
}
PROTOCOLS = ["http", "https", "mailto", "data"]
COLOURS = {"highlight", *STANDARD_TYPES.values()}  # of code
SHOWN = 100_000  # characters
IMAGES = ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,")


@pass_context
def safe_markdown(context, source: str) -> str:
    """Markdown as HTML, without scripts, forms, frames and styles: a filter of Jinja.

    Formulas stay as they are written. Images are shown if they are in the notebook:
    fetching others would tell a student who reads the submission, and when.
    """
    from bleach import clean
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    attachments = context.get("cell", {}).get("attachments", {})
    try:
        if len(source) > LONGEST or len(MARKS.findall(source)) > MOST:
            raise ValueError("too long")
        renderer = IPythonRenderer(
            escape=False, attachments=attachments, exclude_anchor_links=True
        )
        rendered = MarkdownWithMath(renderer=renderer).render(source)
    except Exception:  # what a parser raises at hostile texts
        return f"<pre>{html.escape(source[:SHOWN])}</pre>"
    return clean(
        rendered, tags=TAGS, attributes=_allowed, protocols=PROTOCOLS, strip=True
    )


def _allowed(tag: str, name: str, value: str) -> bool:
    if tag == "img" and name == "src":
        return value.startswith(IMAGES)
    if tag == "a" and name == "href":
        return not value.strip().lower().startswith("data:")
    if name == "class":  # formgrader's own make a button of what is clicked
        return COLOURS.issuperset(value.split())
    return name in ATTRIBUTES["*"] or name in ATTRIBUTES.get(tag, ())
