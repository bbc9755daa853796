"""A headless Chromium for pages: what it logs, asks of the network and shows. CI must have it."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess

import pytest

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")


def chromium():
    """Path of the browser; skip the test without it, fail where everything is required."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail("no Chromium: apt-get install chromium")
        pytest.skip("no Chromium: apt-get install chromium")
    return found


def visit(page, folder, *flags):
    """Open a file; return what was written to stdout, the console's lines and the addresses asked for."""
    log = folder / "net.json"
    own = [f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}", "--enable-logging=stderr", "--v=0"]
    done = subprocess.run(
        [chromium(), *FLAGS, *own, "--virtual-time-budget=4000", *flags, page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    asked = {
        event["params"]["url"]
        for event in json.loads(log.read_text())["events"]
        if "url" in event.get("params", {}) and event["params"].get("initiator", "").startswith("file")
    }
    return done.stdout, console, asked


def acting(html, script):
    """Return the page with a further script that its policy allows: what a reader would click."""
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    html = re.sub(r"script-src ('sha256-[^']*')", rf"script-src \1 'sha256-{allowed}'", html)
    return html.replace("</body>", f"<script>{script}</script></body>")
