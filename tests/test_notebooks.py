"""The notebooks run from top to bottom in a kernel of their own, and what they show is there."""

from pathlib import Path

import jupytext
import nbclient
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "results" / "notebooks").glob("*.py"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(path):
    notebook = jupytext.read(path)
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown = [output for cell in code for output in cell.outputs]
    assert len(code) >= 3
    assert all(cell.outputs for cell in code[1:]), "a cell shows nothing"
    assert not [output for output in shown if output.get("name") == "stderr"]
    assert any("image/png" in output.get("data", {}) for output in shown), "no figure"


def test_there_are_notebooks():
    assert {path.stem for path in NOTEBOOKS} == {"read_a_result", "compare_scenarios", "own_model", "convergence"}
