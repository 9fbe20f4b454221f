"""A headless browser for tests; they skip where there is none."""

from __future__ import annotations

import contextlib
import functools
import http.server
import shutil
import threading
from typing import Iterator

import pytest

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--no-first-run", "--disable-background-networking", "--disable-sync"),
    *("--disable-component-update", "--disable-quic"),
)


@contextlib.contextmanager
def browser(width: int = 1280, height: int = 900) -> Iterator:
    """Chromium, driven by its ChromeDriver, with a window of this size."""
    webdriver = pytest.importorskip("selenium.webdriver")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.skip("no chromium and chromedriver: Debian's chromium-driver has both")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(driver)
    page = webdriver.Chrome(options, service)
    try:
        # narrower than Chromium's smallest window, as a phone is
        page.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )
        yield page
    finally:
        page.quit()


# the theme says so, as an error, where a visitor has not chosen light or dark yet
HARMLESS = "Got invalid theme mode"


def errors(page) -> list[str]:
    """What the page wrote to its console as errors since it was asked last."""
    found = [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"]
    return [e["message"] for e in found if HARMLESS not in e["message"]]


@contextlib.contextmanager
def served(folder) -> Iterator[str]:
    """A folder served on loopback; its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
