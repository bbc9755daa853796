"""Small studies of plain functions, run with several chunk sizes: what comes out must be the same to the bit."""

import sensitivity
from sensitivity.api import run_study


def run_in_chunks(folder, module, model, study, chunks):
    """Run a study of the function in `model`, ``CHUNK`` standing for the chunk size; return the result.

    Fails unless every chunk size gives the same content.
    """
    (folder / f"{module}.py").write_text(model)
    hashes, tree = set(), None
    for chunk in chunks:
        (folder / "study.yaml").write_text(study.replace("CHUNK", str(chunk)))
        opened, _ = run_study(folder / "study.yaml", folder / f"out{chunk}")
        tree = sensitivity.load(opened.directory.path)
        hashes.add(tree.attrs["content_hash"])
    assert len(hashes) == 1
    return tree
