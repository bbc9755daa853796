"""The plan of a run: fixed when its directory is created, read back by every later command and every worker.

``plan.json`` holds the resolved study and the versions it was planned with; ``stages/<stage>.json`` holds what a
stage needs beyond it: the factors it varies, what it holds fixed, its chunk size and the shift of its sums. Both are
written once: of many processes that start together the first one's plan wins, and all of them read it back.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sensitivity import floors, stages
from sensitivity.contracts import Model
from sensitivity.errors import ResumeRefused, SensitivityError
from sensitivity.growth import refuse_other_size
from sensitivity.stage import Stage, evaluate, nominal_outputs
from sensitivity.store import RunDirectory, dump_json, write_atomically, write_once
from sensitivity.study import CHECK, Study
from sensitivity.study_json import from_json, identity, to_json

PLAN_SCHEMA = "sensitivity-plan/1"
STAGE_SCHEMA = "sensitivity-stage/1"

NUMBER_MAKERS = ("tdm1-sensitivity", "numpy", "scipy", "SALib", "numba", "llvmlite", "sympy")
"""Packages whose versions a run directory is bound to: another version may give other numbers."""

KEPT_ROWS_BYTES = 256 * 1024**2
"""Rows are kept up to this size: analysis holds them in memory several times over."""

CHUNK_BYTES = 16 * 1024**2
"""Points and outputs of a chunk: what a worker holds does not grow with the design."""

CHUNK_SECONDS = 5.0
"""Wall time aimed at for a chunk: long against the cost of starting it, short against a lost one."""

LEAST_SECONDS = 0.5
"""Wall time below which there are rather fewer chunks than workers could share: to schedule and store a chunk takes up
to 8 ms of processor time (Dask; 4 ms with joblib), which is to stay below 2 %."""


def versions() -> dict[str, str]:
    """Versions of the packages that make the numbers."""
    found = {}
    for package in NUMBER_MAKERS:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found


@dataclass(frozen=True)
class Plan:
    """A run directory and the study that it belongs to."""

    directory: RunDirectory
    study: Study
    name: str
    identity: str
    model_sha256: str
    time_unit: str
    versions: Mapping[str, str]

    @property
    def stage_names(self) -> list[str]:
        """Names of the stages, in order."""
        return self.study.stage_names


@dataclass(frozen=True)
class StagePlan:
    """A stage with its chunk grid.

    Attributes
    ----------
    sha256 : str
        Of all that makes the numbers of a block: what a chunk file must have been made with. The number of blocks is
        not in it, so that a larger design can take over the chunks of a smaller one.
    key : str
        Of the plan files as they are: tells a rewritten plan from the one that a worker remembers.
    """

    stage: Stage
    chunk_size: int
    keep_rows: bool
    sha256: str
    key: str

    @property
    def chunks(self) -> int:
        """Number of chunks."""
        return -(-self.stage.method.layout.blocks // self.chunk_size)

    def blocks(self, chunk: int) -> tuple[int, int]:
        """Blocks of a chunk, as (first, one past the last)."""
        start = chunk * self.chunk_size
        return start, min(start + self.chunk_size, self.stage.method.layout.blocks)

    def header(self, chunk: int) -> dict[str, Any]:
        """What the file of a chunk must say of itself.

        Where its blocks lie in the design is a part of it: rows beyond the last whole leaf move when a design grows.
        """
        start, stop = self.blocks(chunk)
        parts = dump_json(list(self.stage.method.layout.parts(start, stop)))
        return {"plan": self.sha256, "start": start, "stop": stop, "parts": hashlib.sha256(parts).hexdigest()}


def directory_of(study: Study, name: str, out: Path) -> RunDirectory:
    """Where the runs of a study go: the same place for every size of its design."""
    return RunDirectory(out / f"{name}-{identity(study)[:8]}")


def create(study: Study, name: str, out: Path, model: Model, model_sha256: str, config_text: str) -> Plan:
    """Create the run directory of a study, or take it up again.

    Raises
    ------
    ResumeRefused
        When the directory exists with another model source, package version, or a design that this one does not
        continue.
    """
    digest = identity(study)
    directory = directory_of(study, name, out)
    record = {
        "schema": PLAN_SCHEMA,
        "name": name,
        "identity": digest,
        "study": to_json(study),
        "model_sha256": model_sha256,
        "time_unit": model.time_unit,
        "versions": versions(),
    }
    created = write_once(directory.plan, dump_json(record))
    plan = load(directory.path)
    _refuse_other(plan, study, digest, model_sha256)
    if created or replace(plan.study, executor=study.executor) != study:
        # A later run may change what does not change a number: labels, the interval level, the failures allowed.
        write_atomically(directory.plan, dump_json(record))
        write_atomically(directory.path / "config.yaml", config_text.encode())
    return replace(plan, study=study)


def load(path: Path) -> Plan:
    """Read the plan of a run directory.

    Raises
    ------
    SensitivityError
        When there is no plan, or it is of a newer format.
    """
    directory = RunDirectory(Path(path))
    try:
        record = json.loads(directory.plan.read_bytes())
        if record["schema"] != PLAN_SCHEMA:
            raise SensitivityError(
                f"{directory.plan} has the format {record['schema']}; this version reads {PLAN_SCHEMA}"
            )
        names = ("name", "identity", "model_sha256", "time_unit", "versions")
        return Plan(directory, from_json(record["study"]), *(record[name] for name in names))
    except (FileNotFoundError, NotADirectoryError):
        raise SensitivityError(f"{path} is not a run directory: it has no plan.json") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SensitivityError(f"{directory.plan} is damaged ({error})") from None


def _refuse_other(plan: Plan, study: Study, digest: str, model_sha256: str) -> None:
    path = plan.directory.path
    if plan.identity != digest:
        raise ResumeRefused(f"{path} belongs to another study; give another --out")
    if plan.model_sha256 != model_sha256:
        raise ResumeRefused(f"{path} was made with another source of the model {study.model.use}; give another --out")
    now = versions()
    changed = [f"{name} {old} -> {now.get(name)}" for name, old in plan.versions.items() if now.get(name) != old]
    if changed:
        raise ResumeRefused(f"{path} was made with other versions ({', '.join(changed)}); give another --out")
    refuse_other_size(path, plan.study, study)


def plan_stage(plan: Plan, stage: Stage, model: Model, workers: int) -> StagePlan:
    """Fix the chunk grid and the shift of a stage, unless they are fixed already."""
    path = plan.directory.stage(stage.name)
    if not path.exists():
        shift = nominal_outputs(stage, model)
        stage = replace(stage, shift=shift)
        record = {
            "schema": STAGE_SCHEMA,
            "factors": [factor.name for factor in stage.factors],
            **({"kept": list(stage.groups["kept"])} if stage.name == CHECK else {}),
            "frozen": dict(stage.frozen),
            "shift": list(shift),
            "floors": list(floors.of_stage(model, stage)),
            "chunk_size": plan.study.executor.chunk_size or _timed_chunk_size(stage, model, workers),
            "keep_rows": rows_fit(plan.study, stage),
        }
        write_once(path, dump_json(record))
    return load_stage(plan, stage.name)


def load_stage(plan: Plan, name: str) -> StagePlan:
    """Read the plan of a stage."""
    path = plan.directory.stage(name)
    raw = path.read_bytes()
    try:
        return _parse_stage(plan, name, raw)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SensitivityError(f"{path} is damaged ({error})") from None


def _parse_stage(plan: Plan, name: str, raw: bytes) -> StagePlan:
    record = json.loads(raw)
    study = plan.study
    if name == CHECK:
        stage = stages.check_stage(study, record["kept"])
    elif study.screen is not None and name == plan.stage_names[0]:
        stage = stages.screening_stage(study)
    else:
        stage = stages.main_stage(study, record["factors"])
    stage = replace(stage, shift=tuple(record["shift"]), floors=tuple(record["floors"]), frozen=record["frozen"])
    makes = {
        "stage": record,
        "identity": plan.identity,
        "model": plan.model_sha256,
        "versions": dict(plan.versions),
        "scrambles": stage.method.layout.scrambles,
    }
    digest = hashlib.sha256(dump_json(makes)).hexdigest()
    key_ = hashlib.sha256(plan.directory.plan.read_bytes() + raw).hexdigest()
    # A design that has grown too large keeps no rows, as if it had been made large at once.
    keep_rows = record["keep_rows"] and rows_fit(study, stage)
    return StagePlan(stage, record["chunk_size"], keep_rows, digest, key_)


def rows_fit(study: Study, stage: Stage) -> bool:
    """Tell whether the rows of a stage are few enough to be kept."""
    # A kept row is its outputs, and in the result its values and quantiles of every factor.
    return 8 * (stage.elements[-1][1] + 2 * len(study.factors)) * stage.runs <= KEPT_ROWS_BYTES


@lru_cache(maxsize=16)
def cached_stage(path: str, name: str, key_: str) -> tuple[Plan, StagePlan]:
    """Plan and stage of a run directory, kept in a worker between chunks.

    Raises
    ------
    SensitivityError
        When the files are no longer those that `key_` was taken from.
    """
    plan = load(Path(path))
    stage = load_stage(plan, name)
    if stage.key != key_:
        raise SensitivityError(f"{path}: the plan of stage {name} changed under a running job")
    return plan, stage


def _timed_chunk_size(stage: Stage, model: Model, workers: int) -> int:
    """Blocks that take `LEAST_SECONDS` to `CHUNK_SECONDS`, a power of two, and few enough to keep every worker busy."""
    blocks = stage.method.layout.blocks
    probe = min(4, blocks)
    design = stage.design(0, probe)
    began = time.perf_counter()
    evaluate(stage, model, design)
    return chunk_size(stage, (time.perf_counter() - began) / probe, workers)


def chunk_size(stage: Stage, block_s: float, workers: int) -> int:
    """Blocks of a chunk, where a block takes `block_s` seconds on one core.

    No more than there are: a chunk that growth would fill up would be evaluated again.
    """
    blocks = stage.method.layout.blocks
    block_bytes = 8 * stage.block_size * stage.replicates * (2 * len(stage.factors) + stage.elements[-1][1])
    seconds = max(block_s, 1e-9)
    size = min(CHUNK_SECONDS / seconds, max(blocks / (4 * max(workers, 1)), 2 * LEAST_SECONDS / seconds))
    return 1 << max(0, int(min(size, blocks, CHUNK_BYTES / block_bytes)).bit_length() - 1)


def missing(opened: Plan, stage_plan: StagePlan, among: Iterable[int] | None = None) -> list[int]:
    """Numbers of the chunks that have no readable file, of all or of some."""
    name, read = stage_plan.stage.name, opened.directory.read_chunk
    among = range(stage_plan.chunks) if among is None else among
    return [chunk for chunk in among if read(name, chunk, stage_plan.header(chunk)) is None]
