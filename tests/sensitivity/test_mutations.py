"""200 mistakes in a study: all are caught, nearly all at the right line and with the right advice."""

import re

import pytest

from sensitivity.config import read_study
from sensitivity.errors import ConfigError
from tests.sensitivity.mutations import STUDY, mutations


def errors(path, text):
    path.write_text(text)
    try:
        read_study(path)
    except ConfigError as error:
        return [d for d in error.diagnostics if d.severity == "error"]
    return []


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    path = tmp_path_factory.mktemp("mutations") / "study.yaml"
    assert not errors(path, STUDY)
    found = [(mutation, errors(path, mutation.text)) for mutation in mutations()]
    for mutation, said in found:
        if not any(d.line == mutation.line and mutation.words in d.message for d in said):
            print(mutation.kind, mutation.line, mutation.words, [str(d) for d in said])
    return found


def test_every_mistake_is_caught(judged):
    assert len(judged) == 200
    assert [m for m, said in judged if not said] == []


def test_the_line_is_right_in_95_of_100(judged):
    right = sum(any(d.line == m.line for d in said) for m, said in judged)
    assert right >= 0.95 * len(judged), right


def test_the_advice_is_right_in_90_of_100(judged):
    right = sum(any(d.line == m.line and m.words in d.message for d in said) for m, said in judged)
    assert right >= 0.90 * len(judged), right


def test_one_mistake_is_one_message(judged):
    """But for a key that is moved: it is unknown where it stands and may be missing where it belongs."""
    assert [(m.line, m.words) for m, said in judged if m.kind != "moved" and len(said) > 1] == []


def test_messages_have_the_form_that_scripts_read(judged):
    form = re.compile(r".*study\.yaml:\d+:\d+ error\[E\d{3}\] \S.*", re.DOTALL)
    assert all(form.fullmatch(str(d)) and "\n" not in d.message for _, said in judged for d in said)
