"""A real browser for tests: Debian's chromium, headless, driven over the DevTools protocol of one page."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import aiohttp

_START_SECONDS = 60.0
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--remote-debugging-port=0", "about:blank",
)  # fmt: skip


class NoBrowserError(Exception):
    """There is no chromium here: says how to get one."""


def find_browser() -> str:
    """The program; where we are root it is installed with apt-get. Errors: NoBrowserError."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        packages = ["chromium", "fonts-noto-cjk"]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "-qq", "update"], env=environment, capture_output=True, check=False, timeout=300)
        subprocess.run(
            ["apt-get", "-qq", "install", "-y", "--no-install-recommends", *packages],
            env=environment, capture_output=True, check=False, timeout=900,
        )  # fmt: skip
        if found := shutil.which("chromium"):
            return found
    raise NoBrowserError("chromium is not installed: sudo apt-get install chromium fonts-noto-cjk")


class Page:
    """One page: what it asked for, what its console said, and what it shows."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.loaded = False

    async def call(self, method: str, **parameters: object) -> dict:
        self._number += 1
        number = self._number
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            message = await self._next()
            if message.get("id") == number:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return message["result"]

    async def _next(self) -> dict:
        message = json.loads((await asyncio.wait_for(self._socket.receive(), 60)).data)
        parameters = message.get("params", {})
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(parameters["request"]["url"])
            case "Runtime.exceptionThrown":
                self.complaints.append(str(parameters["exceptionDetails"].get("exception") or parameters))
            case "Runtime.consoleAPICalled":
                self.complaints.append(str(parameters["args"]))
            case "Log.entryAdded":
                self.complaints.append(parameters["entry"]["text"])
            case "Page.javascriptDialogOpening":
                self.complaints.append(f"a dialog: {parameters['message']}")
            case "Page.loadEventFired":
                self.loaded = True
        return message

    async def open(self, url: str, width: int, height: int, scheme: str = "light", media: str = "") -> None:
        for domain in ("Page", "Network", "Runtime", "Log"):
            await self.call(f"{domain}.enable")
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        await self.call("Emulation.setEmulatedMedia", media=media, features=features)
        await self.call("Page.navigate", url=url)
        while not self.loaded:
            await self._next()

    async def value(self, script: str) -> object:
        answer = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def picture(self, box: Sequence[float] | None = None) -> bytes:
        """A PNG of the whole page, or of a part of it (left, top, width, height)."""
        clip = {"clip": {**dict(zip(("x", "y", "width", "height"), box, strict=True)), "scale": 1}} if box else {}
        answer = await self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, **clip)
        return base64.b64decode(answer["data"])


@contextlib.asynccontextmanager
async def browser_page():
    """A new page in a new browser with a profile of its own."""
    program = find_browser()
    profile = tempfile.mkdtemp(prefix="straitwire-browser-")
    process = subprocess.Popen(
        [program, f"--user-data-dir={profile}", *_FLAGS],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        port = await _port_of(process, Path(profile))
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [row for row in await answer.json(content_type=None) if row["type"] == "page"]
            address = pages[0]["webSocketDebuggerUrl"]
            async with session.ws_connect(address, max_msg_size=0) as socket:
                yield Page(socket)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        shutil.rmtree(profile, ignore_errors=True)


async def _port_of(process: subprocess.Popen, profile: Path) -> int:
    told = profile / "DevToolsActivePort"
    for _ in range(int(_START_SECONDS / 0.1)):
        if told.exists() and (lines := told.read_text().splitlines()):
            return int(lines[0])
        if process.poll() is not None:
            raise NoBrowserError(f"the browser ended with {process.returncode}")
        await asyncio.sleep(0.1)
    raise NoBrowserError(f"the browser did not start within {_START_SECONDS:.0f} s")
