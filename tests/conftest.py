"""What several tests share."""

import json
import os

import pytest


@pytest.fixture(autouse=True, scope="session")
def _one_thread_each():
    """Worker processes use one thread each; so do the tests."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """Content hash of the study of `processes` when nothing happens to it."""
    from tests.processes import finish, prepare, start

    out, _ = finish(start(prepare(tmp_path_factory.mktemp("undisturbed")), "--json"))
    return json.loads(out)["content_hash"]
