"""Under an error stands the line that it is about, with the place underlined; a warning and ``--set`` have one line."""

import pytest

from sensitivity.config import read_study
from sensitivity.errors import ConfigError, Diagnostic
from sensitivity.excerpt import WIDTH, excerpt, lines_of
from tests.sensitivity.mutations import STUDY, mutations


@pytest.mark.parametrize(
    ("line", "column", "underlined"),
    [
        ("  hgh: 1.5", 3, "hgh"),
        ("a: {dist: uniform, hgh: 1.0}", 20, "hgh"),
        ("window: [0 day, 21 dya]  # three weeks", 17, "21 dya"),
        ("unit: 1/hour # a rate", 7, "1/hour"),
        ('use: "models.tdm1:TDM1", x', 6, '"models.tdm1:TDM1"'),
        ("source: 'it''s, here'", 9, "'it''s, here'"),
        ("at: 12:30", 5, "12:30"),
        ("{a: 1}", 1, "{"),
    ],
)
def test_what_is_underlined(line, column, underlined):
    shown, carets = excerpt(["", line], 2, column).split("\n")
    assert shown == f"    2 | {line}"
    assert len(carets) - carets.count("^") == len("    2 | ") + column - 1
    assert line[column - 1 :].startswith(underlined)
    assert carets.count("^") == len(underlined)


def test_wide_characters_take_two_columns():
    shown, carets = excerpt(["日本: {hgh: 1}"], 1, 6).split("\n")
    assert carets.index("^") == shown.index("hgh") + 2


def test_a_long_line_is_cut_around_the_place():
    line = "x" * 500_000 + " hgh: " + "y" * 500_000
    shown, carets = excerpt([line], 1, 500_002).split("\n")
    assert len(shown) <= len("    1 | ") + WIDTH
    assert shown[carets.index("^") :].startswith("hgh")


def test_nothing_of_a_file_reaches_the_terminal_but_text(tmp_path):
    (tmp_path / "study.yaml").write_text("a: \x1b[31mred\x07\u202e\n", encoding="utf-8")
    assert excerpt(lines_of(tmp_path / "study.yaml"), 1, 4).isascii()
    assert excerpt(lines_of(tmp_path / "study.yaml"), 1, 4).replace("\n", "").isprintable()


def test_a_place_that_is_in_no_file_has_no_excerpt(tmp_path):
    assert lines_of("--set design.n_base=3") == []
    assert excerpt([], 1, 1) == excerpt(["", "  "], 2, 1) == excerpt(["a"], 2, 1) == ""


def test_lines_are_counted_as_yaml_does(tmp_path):
    (tmp_path / "study.yaml").write_bytes(STUDY.replace("gsd", "gsdd").replace("\n", "\r\n").encode())
    with pytest.raises(ConfigError) as caught:
        read_study(tmp_path / "study.yaml")
    assert "   24 |     gsdd: 2.0\n      |     ^^^^\n" in str(caught.value)


def test_an_error_is_followed_by_its_line_and_a_warning_is_not(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text("first: 1\nsecond: 2\n")
    error = ConfigError(
        [Diagnostic(str(path), 1, 1, "warning", "W201", "w"), Diagnostic(str(path), 2, 9, "error", "E104", "e")]
    )
    assert str(error).split("\n") == [
        f"{path}:1:1 warning[W201] w", f"{path}:2:9 error[E104] e", "    2 | second: 2", "      |         ^",
        "1 error, 1 warning. Nothing was run.",
    ]  # fmt: skip


def test_the_excerpt_is_of_the_file_that_wrote_the_mistake(tmp_path):
    (tmp_path / "base.yaml").write_text(STUDY.replace("gsd: 2.0", "gsd: 0.5"))
    (tmp_path / "study.yaml").write_text("extends: base.yaml\ntitle: upon another\n")
    with pytest.raises(ConfigError) as caught:
        read_study(tmp_path / "study.yaml")
    assert "base.yaml:24:10 error" in str(caught.value)
    assert "   24 |     gsd: 0.5\n" in str(caught.value)


def test_the_word_of_every_typo_is_underlined_whole(tmp_path):
    """What a misspelt key is told to be is what stands above the carets."""
    checked = 0
    for mutation in [m for m in mutations() if m.kind == "typo"][:40]:
        (tmp_path / "study.yaml").write_text(mutation.text)
        with pytest.raises(ConfigError) as caught:
            read_study(tmp_path / "study.yaml")
        found = next(d for d in caught.value.diagnostics if d.severity == "error")
        lines = str(caught.value).split("\n")
        shown, carets = lines[lines.index(str(found)) + 1 :][:2]
        word = shown[carets.index("^") : carets.rindex("^") + 1]
        if found.code == "E102":
            checked += 1
            assert f"unknown key '{word}'" in found.message
    assert checked >= 20
