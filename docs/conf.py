"""How the course's site is made; `make site` calls it."""

from __future__ import annotations

import gluon_nets
from tools.site_pages import with_both_papers

project = "Gluon Nets"
author = "the Gluon Nets authors, under the Apache License 2.0"
release = gluon_nets.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

html_theme = "sphinx_book_theme"
html_title = "Gluon Nets"
html_theme_options = {
    "use_download_button": True,
    "show_toc_level": 2,
    "home_page_in_toc": True,
    # no button that leads to a host: the site is read from a folder, too
    "use_repository_button": False,
    "use_source_button": False,
    "use_fullscreen_button": False,
    # or else PyData's theme, below this one, puts a bar with a second menu button into
    # each page, and the menu of a phone listens to that one, which is hidden
    "navbar_persistent": [],
}
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/icon.svg"
html_show_copyright = False

nb_execution_mode = "off"  # lessons are shown with the outputs that were stored
nb_ipywidgets_js: dict = {}  # would be fetched from a host; a picture stands below
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
autodoc_typehints = "none"  # numpydoc's sections have them
autodoc_member_order = "bysource"
napoleon_google_docstring = False
# references in backquotes are names of Python, told apart by their look alone
default_role = "literal"


def setup(app) -> None:
    """Lessons get each picture twice: for light and for dark paper."""

    def read(app, name: str, source: list[str]) -> None:
        if name.startswith("lessons/"):
            source[0] = with_both_papers(source[0])

    app.connect("source-read", read)
