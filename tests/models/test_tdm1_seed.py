"""Every row of the seed's Table 2 is a factor: the list against the review's own words."""

import json
import subprocess
import sys

import pytest

from models.tdm1 import TDM1, seed
from sensitivity.distributions import Distribution

# Table 2 of Barok 2014 as printed (blocks and rows; reconstructed in the project's parameters document).
PRINTED = {
    "T-DM1 binding to HER2": 5,
    "Trafficking and lysosomal degradation": 4,
    "Drug efflux": 1,
    "Altered DM1 target": 3,
    "Growth factors": 1,
    "Apoptotic pathway": 1,
    "Survival": 1,
}


def test_every_block_and_row_is_there():
    assert {block: len(rows) for block, rows in seed.TABLE_2.items()} == PRINTED
    words = " ".join(row.lower() for block in seed.TABLE_2.values() for row in block)
    for word in ("low cancer her2", "down-regulation", "shedding", "masking", "p95her2", "internalisation", "recycling",
                 "trafficking", "lysosomal degradation", "mdr1", "beta1", "beta3", "microtubule-associated",
                 "neuregulin", "apoptosis", "survival"):  # fmt: skip
        assert word in words


@pytest.mark.parametrize("name", seed.rows())
def test_each_stands_in_the_table_with_a_law_and_a_source(name):
    p = TDM1().parameters[name]
    assert p.distribution is not None
    arguments = dict(p.distribution)
    low, high = Distribution(arguments.pop("dist"), arguments).support
    assert low < high
    assert p.source
    assert p.unit


def test_no_row_is_merged_away():
    names = [name for block in seed.TABLE_2.values() for row in block.values() for name in row]
    assert len(names) == len(set(names))


def test_what_is_left_out_says_why():
    for word in ("taxanes", "PI3K", "lapatinib", "capecitabine", "endocrine", "radio", "IGF-IR", "cyclin E", "ADCC",
                 "HLA-I", "angiogenesis"):  # fmt: skip
        assert any(word in name and reason for name, reason in seed.NOT_MODELLED.items())


def test_the_command_lists_all_of_it():
    command = [sys.executable, "-m", "sensitivity", "models", "models.tdm1:TDM1"]
    run = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
    document = json.loads(run.stdout)["models.tdm1:TDM1"]
    rows = {row["name"]: row for row in document["parameters"]}
    assert rows["k_e"]["seed_row"] == "Poor HER2-T-DM1 internalisation"
    for key in ("symbol", "mechanism", "seed_row", "unit", "nominal", "distribution", "domain", "source"):
        assert all(key in row for row in rows.values())
    assert "taxanes" in document["notes"]["not modelled, because"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Poor HER2-T-DM1 internalisation" in text
    assert "taxanes" in text
