"""Study files of strangers: no traceback, no hang, no code run, and no text of theirs that a browser would obey."""

import random
import time
from html.parser import HTMLParser

import pytest

from sensitivity.api import run_study
from sensitivity.config import read_study
from sensitivity.errors import ConfigError
from tests import browser
from tests.sensitivity.mutations import STUDY

HAZARDS = (  # what YAML 1.1, tags, anchors and lax readers make of text
    "no", "yes", "on", "off", "y", "n", "NO", "Yes", "012", "0o14", "0x1F", "1_000", "12:30", "190:20:30", "1e3", "1E5",
    ".5", "5.", "+1", "~", "null", "NULL", "", "2026-11-25", "2026-11-25T10:00:00Z", ".inf", "-.INF", ".nan", "=", "<<",
    "!!python/object/apply:os.system ['true']", "!!python/name:os.system", "!!binary aGk=", "!!str 3", "!!int '3'",
    "!!set {a, b}", "!!timestamp 2026-11-25", "!local x", "&a x", "*a", "&a [*a]", "{<<: {a: 1}}", "[a, b", "{a: b",
    "'x", '"x', "@x", "`x`", "%x", "? x", "- x", "| x", "> x", "a: b: c", "\tx", "x\ty",
    "# x", '"\\u0000"', '"\\ud800"',
    "9" * 500,
)  # fmt: skip

SCRIPTS = tuple(
    template.replace("@", payload)
    for template in (
        "<script>@</script>", "</script><script>@</script>", "</title><script>@</script>", "<img src=x onerror=@>",
        "<svg onload=@>", "\"><script>@</script>", "'><script>@</script>", "<iframe src=\"javascript:@\"></iframe>",
        "<a href=\"javascript:@\">x</a>", "<style>@import 'http://x'</style>", "<!-- @ --><script>@</script>",
        "-->{{ @ }}<script>@</script>", "{{ @ }}", "{% for x in y %}@{% endfor %}", "${@}", "<base href='http://x'>@",
        "<meta http-equiv=refresh content='0;url=http://x'>@", "]]><script>@</script>", "&lt;script&gt;@",
        "<ScRiPt\n>@</sCrIpT >",
    )
    for payload in (
        "alert(1)", "fetch('http://x')", "7*7", "document.cookie", "self.__init__.__globals__", "\u2028alert(1)//",
        "new Image().src='//x'", "eval(name)", "top.location='//x'", "`alert(1)`",
    )
)  # fmt: skip

MODEL = "def f(x):\n    return {'y': x['a'] + 2 * x['b']}\n"

SMALL = """\
schema: sensitivity-config/1
title: TITLE
context_of_use: TEXT
model: {use: "plain_sum:f"}
factors:
  a: {dist: uniform, low: 0, high: 1, unit: "1", label: LABEL, source: SOURCE, mechanism: MECHANISM}
  b: {dist: uniform, low: 0, high: 1, unit: "1", source: here}
outputs:
  y: {of: y, unit: "1"}
design: {method: morris, trajectories: 10, seed: 1}
executor: {kind: serial}
"""


def read_or_told(path):
    """The study, or its errors; anything else that is raised is a defect."""
    try:
        return read_study(path)[0], []
    except ConfigError as error:
        return None, [d for d in error.diagnostics if d.severity == "error"]


def quoted(text):
    return '"' + "".join(f"\\U{ord(c):08x}" for c in text) + '"'


@pytest.mark.parametrize("number", range(len(HAZARDS)))
def test_a_hazard_of_yaml_is_text_or_an_error(tmp_path, number, monkeypatch):
    """In a title: either the very text, or a message; never another value, and nothing is run."""
    monkeypatch.setattr("os.system", lambda command: pytest.fail("a command was run"))
    hazard = HAZARDS[number]
    (tmp_path / "plain_sum.py").write_text(MODEL)
    text = SMALL.replace("LABEL", "l").replace("SOURCE", "s").replace("MECHANISM", "m").replace("TEXT", "t")
    (tmp_path / "study.yaml").write_text(text.replace("TITLE", hazard), encoding="utf-8")
    study, told = read_or_told(tmp_path / "study.yaml")
    assert all(d.line >= 1 and d.code.startswith("E1") for d in told)
    if study is not None:
        shown = hazard.split("#")[0].strip() if not hazard.startswith("#") else ""
        assert study.title in {shown, " ".join(hazard.split()), hazard, "x", ""}
    assert len(HAZARDS) == 60


class Page(HTMLParser):
    """What a browser would make of a page: its scripts, handlers and addresses, and its text."""

    def __init__(self):
        super().__init__()
        self.scripts, self.bad, self.text, self.inside = [], [], "", ""

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        if tag == "script":
            self.scripts.append(dict(attrs).get("type"))
        if tag in {"iframe", "object", "embed", "base", "img", "link", "form"}:
            self.bad.append(tag)
        for name, value in attrs:
            if name.startswith("xmlns"):
                continue
            if name.startswith("on") or (value or "").strip().lower().startswith(("javascript:", "http:", "//")):
                self.bad.append((tag, name, value))
        if tag == "meta" and dict(attrs).get("http-equiv", "").lower() == "refresh":
            self.bad.append(attrs)

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside not in {"script", "style"}:
            self.text += data


@pytest.fixture(scope="module")
def clean_page(tmp_path_factory):
    return page(tmp_path_factory.mktemp("clean"), "plain")


def page(folder, text):
    (folder / "plain_sum.py").write_text(MODEL)
    written = SMALL
    for name in ("TITLE", "TEXT", "LABEL", "SOURCE", "MECHANISM"):
        written = written.replace(name, quoted(text), 1)
    (folder / "study.yaml").write_text(written, encoding="utf-8")
    opened, _ = run_study(folder / "study.yaml", folder / "results")
    return parsed(opened.directory.report)


def parsed(report):
    found = Page()
    found.feed(report.read_text(encoding="utf-8"))
    return found


def in_a_browser(folder, reports):
    """Open reports as frames of one page; return what the console says and which addresses are asked for.

    A script that stands in a report is refused by its policy, which the console tells: silence means that none stands
    there.
    """
    frames = "".join(f'<iframe src="{report.as_uri()}"></iframe>' for report in reports)
    (folder / "frames.html").write_text(f"<!doctype html>{frames}", encoding="utf-8")
    _, console, asked = browser.visit(folder / "frames.html", folder)
    return console, {address for address in asked if not address.startswith("file:")}


def check(found, clean, text):
    assert found.scripts == clean.scripts
    assert found.bad == clean.bad == []
    if text.isprintable():
        assert " ".join(text.split()) in " ".join(found.text.split())


@pytest.mark.parametrize("number", range(0, len(SCRIPTS), 40))
def test_a_script_in_a_title_or_source_is_text(tmp_path, number, clean_page):
    assert len(SCRIPTS) == 200
    check(page(tmp_path, SCRIPTS[number]), clean_page, SCRIPTS[number])


@pytest.mark.slow  # forty studies, run, reported and opened in a browser: 2 minutes
def test_no_script_of_200_gets_through(tmp_path, clean_page):
    """Five to a study, one behind the other: each must be there as text, whole."""
    reports = []
    for number in range(0, 200, 5):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = page(folder, " ".join(SCRIPTS[number : number + 5]))
        for text in SCRIPTS[number : number + 5]:
            check(found, clean_page, text)
        reports += folder.glob("results/*/report.html")
    assert len(reports) == 40
    for first in range(0, 40, 20):  # as many as a browser has room for
        assert in_a_browser(tmp_path, reports[first : first + 20]) == ([], set())


def test_the_browser_tells_a_script_that_gets_through(tmp_path):
    """In a frame as in a page of its own, and whether it is refused or runs."""
    page(tmp_path, "plain")
    (report,) = tmp_path.glob("results/*/report.html")
    clean = report.read_text(encoding="utf-8")
    (tmp_path / "clean.html").write_text(clean, encoding="utf-8")
    report.write_text(clean.replace("plain", "<script>alert(1)</script>"), encoding="utf-8")
    console, _ = in_a_browser(tmp_path, [tmp_path / "clean.html", report])
    assert any("Content Security Policy" in line for line in console)
    assert in_a_browser(tmp_path, [tmp_path / "clean.html"]) == ([], set())


@pytest.mark.parametrize("text", [*SCRIPTS[::7], *(pytest.param(s, marks=pytest.mark.slow) for s in SCRIPTS)])
def test_a_script_is_no_name(tmp_path, text):
    (tmp_path / "plain_sum.py").write_text(MODEL)
    for old in ("  y: {of", "  a: {dist"):
        written = SMALL.replace(old, f"  {quoted(text)}: {old.split(': ')[1]}")
        (tmp_path / "study.yaml").write_text(written, encoding="utf-8")
        with pytest.raises(ConfigError, match="E108"):
            read_study(tmp_path / "study.yaml")


VALUES = ("1e308", "-1", "0", "[]", "{}", "1e-320", "9" * 30)
LINES = ("scenarios: {a: , b: {}}", "noise: {replicates: 3}", "extends: x.yaml", "---", "a: 1")


def fuzzed(rng):
    """The study with a few lines dropped, doubled, moved or re-indented, and characters or values replaced."""
    lines = STUDY.split("\n")
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(lines))
        kind = rng.randrange(8)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(rng.randrange(len(lines)), lines[at])
        elif kind == 2:
            lines[at] = " " * rng.randrange(6) + lines[at].lstrip()
        elif kind == 3 and lines[at]:
            i = rng.randrange(len(lines[at]))
            lines[at] = lines[at][:i] + rng.choice("{}[]:,&*!|>'\"%@`#-? \t0e.\x00\u2028é~") + lines[at][i + 1 :]
        elif kind == 4:
            lines[at] = lines[at].partition(":")[0] + ": " + rng.choice(HAZARDS)
        elif kind == 5:
            lines[at] = lines[at].partition(":")[0] + ": " + rng.choice(VALUES)
        elif kind == 6:
            lines[at] = rng.choice(LINES)
        else:
            lines = lines[: at + 1]
        lines = lines or [""]
    return "\n".join(lines)


def fuzz(path, number, seed):
    slowest = 0.0
    for n in range(number):
        path.write_text(fuzzed(random.Random(f"{seed} {n}")), encoding="utf-8")
        began = time.perf_counter()
        study, told = read_or_told(path)
        assert (study is None) == bool(told)
        slowest = max(slowest, time.perf_counter() - began)
    return slowest


def test_no_broken_study_gives_a_traceback_or_hangs(tmp_path):
    """A study of this size takes 20 ms here; 10 s is a hang, on any machine."""
    assert fuzz(tmp_path / "study.yaml", 200, "fast") < 10.0


@pytest.mark.slow  # 2 minutes
def test_no_broken_study_of_10000_gives_a_traceback_or_hangs(tmp_path):
    slowest = fuzz(tmp_path / "study.yaml", 10_000, "slow")
    print(f"10,000 broken studies, the slowest took {slowest:.2f} s")
    assert slowest < 10.0
