"""A headless Chromium that opens a page and tells what it did: text, errors, every request.

It is spoken to over two pipes (the DevTools protocol, one JSON document per NUL byte), so that
neither a port nor a client library is needed. Debian's package is ``chromium``.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.servers.required import absent

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 60
_FRAME = "requestAnimationFrame"
_QUIET = (
    "--headless",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)


@dataclass
class Page:
    """One page that was opened, and what came of it."""

    browser: Chromium
    session: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def evaluate(self, expression):
        """Return the value of an expression in the page."""
        answer = self.browser.call(
            "Runtime.evaluate", session=self.session, expression=expression, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def visible(self):
        """Return the text that a reader sees now."""
        return self.evaluate("document.body.innerText")

    def printed(self):
        """Print the page on A4 as its own style asks for, and return the PDF as base64."""
        answer = self.browser.call(
            "Page.printToPDF", session=self.session, preferCSSPageSize=True, printBackground=True
        )
        return answer["data"]

    def media(self, name):
        """Let the page believe that it is printed, or shown."""
        self.browser.call("Emulation.setEmulatedMedia", session=self.session, media=name)


class Chromium:
    """One browser process; ``opened`` gives a fresh page in it."""

    def __init__(self, command, profile):
        there, ours = os.pipe()
        self._answers, theirs = os.pipe()
        self._orders = ours
        sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
        self._process = subprocess.Popen(
            [
                "bash",
                "-c",
                f'exec "$0" "$@" 3<&{there} 4>&{theirs}',
                command,
                *_QUIET,
                *sandbox,
                f"--user-data-dir={profile}",
                "about:blank",
            ],
            pass_fds=(there, theirs),
            env={**os.environ, "TMPDIR": str(profile)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(there)
        os.close(theirs)
        self._buffer = b""
        self._number = 0
        self._pages: dict[str, Page] = {}
        self._loaded: set[str] = set()

    def call(self, method, session=None, **parameters):
        """Call one method and return its result; what happens meanwhile is noted."""
        self._number += 1
        order = {"id": self._number, "method": method, "params": parameters}
        if session is not None:
            order["sessionId"] = session
        os.write(self._orders, json.dumps(order).encode() + b"\0")
        while True:
            message = self._next()
            if message.get("id") == self._number:
                assert "error" not in message, f"{method}: {message['error']}"
                return message["result"]
            self._note(message)

    def opened(self, url):
        """Open a page, wait until it is loaded, and return it."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable", session=session)
        self._loaded.discard(session)
        self.call("Page.navigate", session=session, url=url)
        while session not in self._loaded:
            self._note(self._next())
        # Whatever a page loads late has begun when two frames have been drawn.
        self.call(
            "Runtime.evaluate",
            session=session,
            expression=f"new Promise(done => {_FRAME}(() => {_FRAME}(done)))",
            awaitPromise=True,
        )
        return page

    def close(self):
        """End the browser, and every process that it has started."""
        self.call("Browser.close")
        os.close(self._orders)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._answers)

    def _next(self):
        deadline = time.monotonic() + SECONDS
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._answers], [], [], deadline - time.monotonic())
            assert ready, "Chromium does not answer"
            part = os.read(self._answers, 1 << 16)
            assert part, "Chromium has ended"
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def _note(self, message):
        page, method = self._pages.get(message.get("sessionId")), message.get("method")
        if page is None:
            return
        told = message["params"]
        if method == "Page.loadEventFired":
            self._loaded.add(page.session)
        elif method == "Network.requestWillBeSent":
            page.requests.append(told["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            page.errors.append(told["exceptionDetails"]["text"])
        elif method == "Runtime.consoleAPICalled":
            page.errors.append(str(told["args"]))
        elif method == "Log.entryAdded":
            page.errors.append(told["entry"]["text"])


@pytest.fixture(scope="session")
def chromium():
    """A browser for the whole session."""
    command = next((found for name in COMMANDS if (found := shutil.which(name))), None)
    if command is None:
        absent("chromium", "no Chromium is installed (Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Chromium(command, Path(profile))
        try:
            yield browser
        finally:
            browser.close()
