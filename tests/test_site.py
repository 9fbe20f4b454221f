"""The site: built without warnings, each link leads somewhere, on a phone too."""

from __future__ import annotations

import html.parser
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlparse

import pytest

from course.places import exercises, sources
from gluon_nets.plot.picture import DARK_PNG
from tests.browser import browser, errors, served

ROOT = Path(__file__).resolve().parents[1]
DESKTOP, PHONE = (1280, 900), (390, 844)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    for module in ("sphinx", "myst_nb", "sphinx_book_theme"):
        pytest.importorskip(module)
    target = tmp_path_factory.mktemp("site") / "site"
    command = [sys.executable, "-m", "tools.make_site", str(target)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout.strip() == str(target / "index.html")
    return target


class Page(html.parser.HTMLParser):
    """Links, anchors, pictures and what is fetched by a page."""

    def __init__(self, path: Path):
        super().__init__()
        self.links, self.anchors, self.images, self.fetched = [], set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.anchors.add(found.get("id"))
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag == "img":
            self.images.append(found)
        if tag in ("script", "img", "iframe") and found.get("src"):
            self.fetched.append(found["src"])
        if tag == "link" and found.get("rel") in ("stylesheet", "preload"):
            self.fetched.append(found["href"])


def pages(site: Path) -> dict[str, Page]:
    found = {str(path.relative_to(site)): path for path in sorted(site.rglob("*.html"))}
    return {  # a theme's static files are no pages
        name: Page(path) for name, path in found.items() if not name.startswith("_")
    }


def test_all_lessons_and_pages_are_there(site):
    names = set(pages(site))
    assert {f"lessons/{name}.html" for name in sources()} <= names
    assert {"index.html", "api.html", "glossary.html", "search.html"} <= names
    assert {f"exercises/{name}.html" for name in exercises()} <= names
    for name in sources():
        assert (site / "_sources" / "lessons" / f"{name}.ipynb").exists()
    for name in exercises():
        assert (site / "_sources" / "exercises" / f"{name}.ipynb").exists()


def test_each_link_leads_to_a_page_and_a_place_on_it(site):
    found, count = pages(site), 0
    for name, page in found.items():
        for link in page.links:
            target, anchor = urldefrag(urljoin(f"http://x/{name}", link))
            if urlparse(target).netloc != "x" or not link or link == "#":
                continue
            path = unquote(urlparse(target).path).lstrip("/")
            assert (site / path).is_file(), f"{name}: {link}"
            if anchor and path in found:
                assert unquote(anchor) in found[path].anchors, f"{name}: {link}"
            count += 1
    assert count > 500


def test_nothing_is_fetched_from_elsewhere(site):
    for name, page in pages(site).items():
        for source in page.fetched:
            assert not urlparse(source).netloc, f"{name} fetches {source[:80]}"


def test_each_picture_has_words_and_lessons_have_both_papers(site):
    for name, page in pages(site).items():
        assert all(image.get("alt") for image in page.images), name
    for name in sources():
        text = (site / "lessons" / f"{name}.html").read_text(encoding="utf-8")
        notebook = json.loads(
            (site / "_sources" / "lessons" / f"{name}.ipynb").read_text()
        )
        drawn = sum(
            DARK_PNG in output.get("data", {})
            for cell in notebook["cells"]
            for output in cell.get("outputs", ())
        )
        for kind in ("only-light", "only-dark"):
            assert text.count(f'class="{kind}" src="data:') == drawn, name


def widest(page) -> list[str]:
    """Elements that reach beyond the window."""
    return page.execute_script(
        "return [...document.querySelectorAll('article *')]"
        ".filter(e => e.getBoundingClientRect().right > innerWidth)"
        ".slice(0, 5).map(e => e.outerHTML.slice(0, 120))"
    )


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_pages_fit_the_window_and_run_without_errors(site, size):
    with served(site) as address, browser(*size) as page:
        for name in pages(site):
            page.get(f"{address}/{name}")
            wide = page.execute_script("return document.documentElement.scrollWidth")
            assert wide <= size[0] + 1, f"{name} is {wide} pixels wide: {widest(page)}"
            assert not errors(page), name


def test_dark_pictures_are_shown_on_dark_paper(site):
    with served(site) as address, browser(*DESKTOP) as page:
        page.get(f"{address}/lessons/02_residual.html")
        shown = (
            "return [...document.querySelectorAll('img.only-dark')]"
            ".map(i => getComputedStyle(i).display != 'none')"
        )
        seen = []
        for theme in ("light", "dark"):
            page.execute_script(f"document.documentElement.dataset.theme = '{theme}'")
            seen.append(page.execute_script(shown))
        assert seen[0] and not any(seen[0]) and all(seen[1])


def test_search_finds_a_word(site):
    with served(site) as address, browser(*DESKTOP) as page:
        from selenium.webdriver.support.ui import WebDriverWait

        page.get(f"{address}/search.html?q=quantized")
        count = "return document.querySelectorAll('#search-results li').length"
        WebDriverWait(page, 20).until(lambda page: page.execute_script(count) > 0)
