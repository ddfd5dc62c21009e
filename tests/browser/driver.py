"""A small WebDriver client for Debian's Chromium: opens pages, clicks, presses keys, reads what the page became.

Source: https://www.w3.org/TR/webdriver2/ (commands), https://chromedriver.chromium.org/capabilities (`goog:`).
Must not know the console.
"""

from __future__ import annotations

import base64
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

# The id of an element in answers, fixed by the standard.
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
)  # fmt: skip
_PATIENCE_S = 10.0
_ANSWER_S = 30.0


class Browser:
    """One window. Waits for what it looks for up to ten seconds, then raises AssertionError."""

    def __init__(self, driver_url: str, session: str) -> None:
        self._base = f"{driver_url}/session/{session}"

    def open(self, url: str) -> None:
        """Loads a page, up to its load event."""
        self._post("url", {"url": url})

    def run(self, script: str, *arguments: object) -> Any:
        """The value of a function body run in the page."""
        return self._post("execute/sync", {"script": script, "args": list(arguments)})

    def wait_for(self, expression: str) -> None:
        """Waits until a JavaScript expression is true."""
        end = time.monotonic() + _PATIENCE_S
        while not self.run(f"return Boolean({expression})"):
            assert time.monotonic() < end, f"never became true: {expression}"
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        """Clicks the first element that a CSS selector finds."""
        self._post(f"element/{self._find(selector)}/click", {})

    def press(self, selector: str, keys: str) -> None:
        """Sends keys to the first element that a CSS selector finds."""
        self._post(f"element/{self._find(selector)}/value", {"text": keys})

    def complaints(self) -> list[str]:
        """What the browser's console said since the last call, warnings and errors only."""
        entries = self._post("se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("WARNING", "SEVERE")]

    def resize(self, *, width: int, height: int) -> None:
        """Gives the page this much room, in CSS pixels."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._post("goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics})

    def prefer(self, scheme: str) -> None:
        """Makes the page believe that its reader prefers `light` or `dark`."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._post("goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}})

    def picture(self) -> bytes:
        """A PNG of the window."""
        return base64.b64decode(_value(httpx2.get(f"{self._base}/screenshot", timeout=_ANSWER_S)))

    def close(self) -> None:
        """Ends the session and its browser."""
        _value(httpx2.delete(self._base, timeout=_ANSWER_S))

    def _find(self, selector: str) -> str:
        found = self._post("elements", {"using": "css selector", "value": selector})
        assert found, f"the page has no {selector}"
        return str(found[0][_ELEMENT])

    def _post(self, command: str, body: dict[str, object]) -> Any:
        return _call(f"{self._base}/{command}", body)


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Chromium with an empty profile of its own, ended with its driver."""
    with subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            port = next(
                found.group(1) for line in process.stdout if (found := re.search(r"started successfully on port (\d+)", line))
            )
            url = f"http://127.0.0.1:{port}"
            options = {"args": [*_FLAGS, f"--user-data-dir={profile}"], "binary": "/usr/bin/chromium"}
            wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
            session = _call(f"{url}/session", {"capabilities": {"alwaysMatch": wanted}})
            window = Browser(url, session["sessionId"])
            try:
                yield window
            finally:
                window.close()
        finally:
            process.terminate()


def _call(url: str, body: dict[str, object]) -> Any:
    return _value(httpx2.post(url, json=body, timeout=_ANSWER_S))


def _value(reply: httpx2.Response) -> Any:
    value = reply.json()["value"]
    assert reply.status_code == 200, value["message"]
    return value
