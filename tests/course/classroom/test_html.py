"""What students write does nothing in the browser of who reads it."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest

pytest.importorskip("nbconvert")
from course.classroom.html import LONGEST, TAGS, safe_markdown  # noqa: E402

IMAGE = {"a.png": {"image/png": "aGk="}}


def html(source: str, attachments=None) -> str:
    return safe_markdown({"cell": {"attachments": attachments or {}}}, source)


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "<iframe src='javascript:alert(1)'></iframe>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,aGk=)",
        "[x]( JaVaScRiPt:alert(1))",
        "<a href='java&#115;cript:alert(1)'>x</a>",
        "![x](https://evil.example/pixel.png)",
        "![x](/api/contents)",
        "<form action='/formgrader'><input></form>",
        "<div style='position:fixed'>x</div>",
        "<meta http-equiv=refresh content='0;url=//evil.example'>",
        "```mermaid\n<script>alert(1)</script>\n```",
        "$<script>alert(1)</script>$",
        "<base href='//evil.example'>",
    ],
)
def test_nothing_can_act(source):
    for tag, attributes in Tags(html(source)).found:
        assert tag in TAGS
        for name, value in attributes:
            assert name in ("class", "href", "alt", "title")
            assert name != "href" or value.startswith(("http", "mailto", "#"))


class Tags(HTMLParser):
    """The tags of a text, with their attributes."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, attributes))


def test_markdown_and_formulas_stay():
    found = html("# A\n\n**b** $x^2$ [c](https://d.example)\n\n| e |\n|---|\n| f |")
    for good in ("<h1>", "<strong>b</strong>", "$x^2$", "https://d.example", "<td>f"):
        assert good in found
    hint = "<details><summary>Hint</summary>\n\n*a*</details>"
    assert "<summary>Hint</summary>" in html(hint)
    assert "data:image/png;base64,aGk=" in html("![x](attachment:a.png)", IMAGE)


def test_what_cannot_be_rendered_is_shown_as_it_is_written():
    assert html("![x](attachment:none.png)").startswith("<pre>")
    assert html("<" * (LONGEST + 1)).startswith("<pre>&lt;")


@pytest.mark.parametrize("text", ["[" * 5000, "*a_" * 5000, "`" * 9000, "> " * 3000])
def test_hostile_markdown_takes_no_time(text):
    begin = time.perf_counter()
    html(text)
    assert time.perf_counter() - begin < 20


@pytest.mark.parametrize("text", ["<div>" * 3900, "\\begin{a}" * 2200, "<b>" * 900])
def test_what_takes_the_square_of_the_time_is_not_rendered(text):
    begin = time.process_time()
    html(text)
    assert time.process_time() - begin < 2


def test_classes_are_those_of_colours():
    """Formgrader gives all points where the class full-credit is clicked."""
    assert "class" not in html('<div class="full-credit">x</div>')
    assert "class" not in html('<div class="k navbar-fixed-top">x</div>')
    assert 'class="k"' in html('<span class="k">x</span>')
