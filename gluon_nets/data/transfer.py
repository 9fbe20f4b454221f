"""One HTTP transfer into a file, going on where an earlier one broke off."""

from __future__ import annotations

from pathlib import Path

_CHUNK = 1 << 16
_TIMEOUT = (10, 30)  # seconds to connect, seconds without a byte


class BrokenOff(Exception):
    """The connection ended before the whole file was there; it can be resumed."""


def transfer(url: str, part: Path, progress: bool = True) -> None:
    """Append to `part` what it lacks of the file at `url`.

    A server that knows no ranges sends the whole file, which then replaces what was
    there; so does one that says the range is wrong (416), when asked again.

    Raises
    ------
    BrokenOff
        Fewer bytes came than announced, or none for a while; `part` keeps them.
    requests.RequestException
        The server cannot be reached or answers with an error.
    OSError
        `part` cannot be written.
    """
    import requests

    start = part.stat().st_size if part.exists() else 0
    # 'identity': a decompressing client would change the bytes and their count
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as response:
        if start and not _goes_on(response, start):
            start = 0
            if response.status_code != 200:  # nothing that could be used: ask anew
                part.unlink()
                return transfer(url, part, progress)
        response.raise_for_status()
        _receive(response, part, start, progress)


def _goes_on(response, start: int) -> bool:
    """Whether the answer to a range request is the rest from `start` on.

    An error other than 416 says nothing about the range: `part` is to be kept.
    """
    if response.status_code == 206:
        return response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
    return response.status_code >= 400 and response.status_code != 416


def _receive(response, part: Path, start: int, progress: bool) -> None:
    """Write the body behind the first `start` bytes of `part`."""
    from tqdm.auto import tqdm

    length = response.headers.get("Content-Length", "")
    total = start + int(length) if length.isdigit() else None
    name = part.name[: -len(".part")]
    bar = {"total": total, "initial": start, "unit": "B", "unit_scale": True}
    size = start
    with open(part, "ab" if start else "wb") as file:
        with tqdm(desc=name, disable=not progress, **bar) as shown:
            for chunk in _chunks(response):
                size += file.write(chunk)
                shown.update(len(chunk))
    if total is not None and size < total:
        raise BrokenOff(f"broke off after {size:,} of {total:,} bytes")


def _chunks(response):
    """Yield the body as it is on the wire; a network error becomes BrokenOff."""
    from urllib3.exceptions import HTTPError

    try:
        yield from response.raw.stream(_CHUNK, decode_content=False)
    except (HTTPError, ConnectionError, TimeoutError) as error:
        raise BrokenOff(f"broke off: {type(error).__name__}") from None


def network_errors() -> tuple[type[Exception], ...]:
    """Return what `transfer` raises when the network or the server is at fault."""
    import requests

    return (requests.RequestException,)


def describe(error: Exception) -> str:
    """Say in a few words why a mirror did not serve; requests' own texts are long."""
    import requests

    if isinstance(error, requests.HTTPError):
        return f"HTTP {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "timed out"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return str(error)
