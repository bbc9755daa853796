"""The report in a real browser: silent, offline, and its tables and slider do what a reader expects."""

import json
import re

import numpy as np
import pytest

from sensitivity.report import render
from tests import browser
from tests.sensitivity.test_plots import course, scalar, tree_of
from tests.sensitivity.test_report import both

ACTS = """
const told = document.createElement("pre");
told.id = "told";
const table = document.querySelector("table.sortable");
const names = () => [...table.tBodies[0].rows].map((row) => row.cells[1].textContent);
const head = [...table.tHead.rows[0].cells].findIndex((cell) => cell.textContent.startsWith("S1"));
const cell = table.tHead.rows[0].cells[head], button = cell.querySelector("button");
button.focus();
const reached = document.activeElement === button && button.tabIndex === 0;
const rules = [...document.styleSheets[0].cssRules]; // a window without focus, as here, draws no ring: read its rule
const ring = rules.find((rule) => rule.selectorText === "th button:focus-visible");
const outline = ring ? ring.style.outline : "none";
button.click();
const down = names(), sorted = [cell.getAttribute("aria-sort")];
button.click();
const up = names();
sorted.push(cell.getAttribute("aria-sort"));
const input = document.querySelector(".times input");
const rows = () => document.querySelector(".times tbody").textContent;
const last = rows();
input.value = 1;
input.dispatchEvent(new Event("input"));
const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
const time = document.querySelector(".times output").textContent;
const closed = () => document.querySelectorAll("details:not([open])").length;
const print = [closed()];
dispatchEvent(new Event("beforeprint"));
print.push(closed());
dispatchEvent(new Event("afterprint"));
print.push(closed());
const label = input.labels[0].textContent;
const keys = { sorted, reached, outline, label, print };
told.textContent = JSON.stringify({ down, up, keys, moved: last !== rows(), time, wide });
document.body.append(told);
"""


@pytest.fixture(scope="module")
def tree():
    return tree_of(both, (scalar(), course()))


@pytest.fixture(scope="module")
def html(tree):
    return render(tree)


@pytest.mark.parametrize("width", [1280, 420])
def test_the_page_is_silent_offline_and_acts(html, tree, tmp_path, width):
    page = tmp_path / "report.html"
    page.write_text(browser.acting(html, ACTS))
    out, console, asked = browser.visit(page, tmp_path, "--dump-dom", f"--window-size={width},900")
    assert console == []
    assert asked == set()
    told = json.loads(re.search(r'<pre id="told">(.*?)</pre>', out)[1])
    s1 = tree.sa.rank("y")["S1"].sort_values(ascending=False)
    assert [name[-2:] for name in told["down"]] == list(s1.index)
    assert told["up"] == told["down"][::-1]
    assert told["moved"]
    assert told["time"] == "1.5 day"  # the second of 15 times over 21 days
    assert not told["wide"]


def test_keys_reach_the_heads_and_paper_shows_what_is_folded(html, tmp_path):
    page = tmp_path / "report.html"
    page.write_text(browser.acting(html, ACTS))
    out, _, _ = browser.visit(page, tmp_path, "--dump-dom")
    told = json.loads(re.search(r'<pre id="told">(.*?)</pre>', out)[1])["keys"]
    assert told["sorted"] == ["descending", "ascending"]
    assert told["reached"]
    assert "3px solid" in told["outline"]  # the focus is seen
    assert told["label"].startswith("ST at time")
    first, *later = told["print"]
    assert first > 0
    assert later == [0, first]  # all is open on paper, and folded again


def test_the_browser_would_see_a_request_and_an_error(html, tmp_path):
    page = tmp_path / "report.html"
    page.write_text(browser.acting(html, 'fetch("http://localhost:9/x"); throw new Error("seen")'))
    _, console, _ = browser.visit(page, tmp_path, "--dump-dom")
    assert any("seen" in line for line in console)
    assert any("Content Security Policy" in line for line in console)


def test_a_foreign_script_does_not_run(html, tmp_path):
    page = tmp_path / "report.html"
    page.write_text(html.replace("</body>", "<script>document.body.dataset.bad = 1</script></body>"))
    out, _, _ = browser.visit(page, tmp_path, "--dump-dom")
    assert "data-bad" not in out


@pytest.mark.slow
@pytest.mark.parametrize("scheme", [0, 1])
def test_light_and_dark_differ(html, tmp_path, scheme):
    import matplotlib.image

    page, shot = tmp_path / "report.html", tmp_path / "shot.png"
    page.write_text(html)
    browser.visit(page, tmp_path, f"--screenshot={shot}", f"--blink-settings=preferredColorScheme={scheme}")
    corner = matplotlib.image.imread(shot)[:8, :8, :3]
    assert np.all(corner > 0.9) if scheme else np.all(corner < 0.2)
