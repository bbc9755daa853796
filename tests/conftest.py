"""What several tests share."""

import os

import pytest


@pytest.fixture(autouse=True, scope="session")
def _one_thread_each():
    """Worker processes use one thread each; so do the tests."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
