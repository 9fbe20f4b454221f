"""The site: built without warnings, each link leads somewhere, on a phone too.

Links are looked at twice: in the files, and followed by a browser.
"""

from __future__ import annotations

import html.parser
import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlparse

import pytest

from course.places import exercises, sources
from gluon_nets.plot.picture import DARK_PNG
from tests.browser import browser, errors, served

ROOT = Path(__file__).resolve().parents[1]
DESKTOP, PHONE = (1280, 900), (390, 844)
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
LINKS = "return [...document.querySelectorAll('a[href]')].map(link => link.href)"
STATUS = "return performance.getEntriesByType('navigation')[0].responseStatus"

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


@SIZES
def test_pages_fit_the_window_and_run_without_errors(site, size):
    with served(site) as address, browser(*size) as page:
        for name in pages(site):
            page.get(f"{address}/{name}")
            wide = page.execute_script("return document.documentElement.scrollWidth")
            assert wide <= size[0] + 1, f"{name} is {wide} pixels wide: {widest(page)}"
            assert not errors(page), name


@SIZES
def test_each_link_can_be_followed(site, size):
    with served(site) as address, browser(*size) as page:
        links = set()
        for name in pages(site):
            page.get(f"{address}/{name}")
            links.update(page.execute_script(LINKS))
        own = sorted(link for link in links if link.startswith(f"{address}/"))
        assert len(own) > 200, "there are hardly any links"
        for link in own:
            target, anchor = urldefrag(link)
            if not target.endswith((".html", "/")):  # a file to be downloaded
                urllib.request.urlopen(target).close()  # raises where it is missing
                continue
            page.get(link)
            assert page.execute_script(STATUS) == 200, link
            if anchor:
                assert page.find_elements("id", unquote(anchor)), link


def click(page, selector: str) -> None:
    """Click what is shown of these elements, in the middle of the window."""
    from selenium.webdriver.support.ui import WebDriverWait

    def shown(page):
        found = page.find_elements("css selector", selector)
        return next((element for element in found if element.is_displayed()), None)

    element = WebDriverWait(page, 20).until(shown)
    middle = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})"
    page.execute_script(middle, element)
    element.click()


def arrive(page, address: str) -> None:
    """Wait for a page that a click leads to."""
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(page, 20).until(
        lambda page: urldefrag(page.current_url).url == address,
        f"a click does not lead to {address}",
    )


@SIZES
def test_next_and_previous_lead_through_the_lessons(site, size):
    names = list(sources())
    with served(site) as address, browser(*size) as page:
        page.get(f"{address}/lessons/{names[0]}.html")
        for name in names[1:]:
            click(page, ".prev-next-area .right-next")
            arrive(page, f"{address}/lessons/{name}.html")
        for name in reversed(names[:-1]):
            click(page, ".prev-next-area .left-prev")
            arrive(page, f"{address}/lessons/{name}.html")


def test_a_phone_has_a_menu_of_all_lessons(site):
    with served(site) as address, browser(*PHONE) as page:
        for name in sources():
            page.get(f"{address}/index.html")
            click(page, "button.primary-toggle")
            click(page, f".bd-sidebar-primary a[href$='{name}.html']")
            arrive(page, f"{address}/lessons/{name}.html")


@SIZES
def test_the_button_for_dark_paper_shows_dark_pictures(site, size):
    shown = (
        "return [...document.querySelectorAll('img.only-{}')]"
        ".map(i => getComputedStyle(i).display != 'none')"
    )
    with served(site) as address, browser(*size) as page:
        page.get(f"{address}/lessons/02_residual.html")
        for theme, other in (("dark", "light"), ("light", "dark")):
            click(page, ".theme-switch-button")
            click(page, f".theme-change-button[data-mode='{theme}']")
            ours, theirs = (
                page.execute_script(shown.format(kind)) for kind in (theme, other)
            )
            assert ours and all(ours), f"{theme} pictures are not shown"
            assert not any(theirs), f"{other} pictures are shown"
            assert not errors(page)


def test_search_finds_a_word(site):
    with served(site) as address, browser(*DESKTOP) as page:
        from selenium.webdriver.support.ui import WebDriverWait

        page.get(f"{address}/search.html?q=quantized")
        count = "return document.querySelectorAll('#search-results li').length"
        WebDriverWait(page, 20).until(lambda page: page.execute_script(count) > 0)
