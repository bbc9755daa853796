"""The run directory: a plan written once, immutable chunk files, and nothing half-written that could pass for whole.

    results/<study>-<8 hex>/
      plan.json              the resolved study, what it was planned with          written once, first writer wins
      patients.npz           subjects at the nominal point, of a model that has them      written once
      stages/<stage>.json    its factors, chunk borders and shift                  written once, first writer wins
      chunks/<stage>/000012.npz, 000012.json    payload, then a marker with its sha256
      jobs/<job>.json, logs/<job>.log           who evaluated what, when and where
      config.yaml manifest.json result.nc report.html lock

Every file is written beside its place, flushed to disk and renamed. A chunk counts only if its marker is there and
the payload's checksum agrees with it. Chunks are NumPy archives without pickles rather than netCDF, because the bytes
of an archive are a pure function of its content: two writers of the same chunk write the same file, so a lost race
changes nothing.
"""

import hashlib
import io
import json
import os
import re
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

CHUNK_SCHEMA = "sensitivity-chunk/1"

TEMPORARY = re.compile(r"\..+\.\d+\.[0-9a-f]{32}")
"""Name of a file on its way: where it goes, who writes it, and a word of its own."""


def write_atomically(path: Path, payload: bytes) -> None:
    """Replace `path` by `payload`: a reader sees the old file or the new one, whole, also after a power cut."""
    temporary = _write_beside(path, payload)
    os.replace(temporary, path)
    _sync_folder(path.parent)


def write_once(path: Path, payload: bytes) -> bool:
    """Create `path` unless it exists; of many writers at once the first one wins. Tell whether it was this one."""
    temporary = _write_beside(path, payload)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    _sync_folder(path.parent)
    return True


def _write_beside(path: Path, payload: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.name}.{os.getpid()}.{uuid.uuid4().hex}"
    try:
        with open(temporary, "xb") as file:
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())
    except OSError:  # a full disk has no room for what nobody will read
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def dump_json(value: Any) -> bytes:
    """Canonical JSON: sorted keys, floats by their shortest exact representation, no NaN."""
    return (json.dumps(value, sort_keys=True, indent=1, allow_nan=False) + "\n").encode()


@dataclass(frozen=True)
class Chunk:
    """Content of a chunk file: what it is, and its arrays."""

    header: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class RunDirectory:
    """Paths and files of one run."""

    path: Path

    @property
    def plan(self) -> Path:
        """The resolved study."""
        return self.path / "plan.json"

    @property
    def patients(self) -> Path:
        """Subjects at the nominal point, of a model that has them."""
        return self.path / "patients.npz"

    @property
    def result(self) -> Path:
        """The result file."""
        return self.path / "result.nc"

    @property
    def report(self) -> Path:
        """The report."""
        return self.path / "report.html"

    @property
    def manifest(self) -> Path:
        """Who ran what, when and with which versions."""
        return self.path / "manifest.json"

    def sweep(self) -> None:
        """Remove what killed processes left half-written; only for the one owner of the directory."""
        for path in self.path.rglob(".*"):
            if TEMPORARY.fullmatch(path.name):
                path.unlink(missing_ok=True)

    def stage(self, name: str) -> Path:
        """Plan of one stage."""
        return self.path / "stages" / f"{name}.json"

    def payload(self, stage: str, chunk: int) -> Path:
        """Arrays of one chunk."""
        return self.path / "chunks" / stage / f"{chunk:06d}.npz"

    def marker(self, stage: str, chunk: int) -> Path:
        """Marker of one chunk, written last."""
        return self.payload(stage, chunk).with_suffix(".json")

    def write_chunk(self, stage: str, chunk: int, header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Write a chunk and then its marker."""
        header = {"schema": CHUNK_SCHEMA, "stage": stage, "chunk": chunk, **header}
        payload = archive({"header": np.frombuffer(dump_json(header), dtype=np.uint8), **arrays})
        write_atomically(self.payload(stage, chunk), payload)
        write_atomically(self.marker(stage, chunk), _marker(header, hashlib.sha256(payload).hexdigest(), payload))

    def read_chunk(self, stage: str, chunk: int, expected: Mapping[str, Any]) -> Chunk | None:
        """Read a chunk, or None when it is missing, torn, altered, or another chunk than `expected` says."""
        try:
            marker = self.marker(stage, chunk).read_bytes()
            payload = self.payload(stage, chunk).read_bytes()
        except FileNotFoundError:
            return None
        digest = hashlib.sha256(payload).hexdigest()
        if digest.encode() not in marker:
            return None
        try:
            with np.load(io.BytesIO(payload), allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            header = json.loads(arrays.pop("header").tobytes())
        except (KeyError, ValueError, OSError, zipfile.BadZipFile):
            return None
        if marker != _marker(header, digest, payload):
            return None
        expected = {"schema": CHUNK_SCHEMA, "stage": stage, "chunk": chunk, **expected}
        if any(header.get(name) != value for name, value in expected.items()):
            return None
        return Chunk(header, arrays)

    def markers(self, stage: str, chunks: int) -> Iterator[int]:
        """Chunks whose marker and payload exist; `read_chunk` decides whether they count."""
        for chunk in range(chunks):
            if self.marker(stage, chunk).exists() and self.payload(stage, chunk).exists():
                yield chunk


def _marker(header: Mapping[str, Any], digest: str, payload: bytes) -> bytes:
    return dump_json({**header, "sha256": digest, "bytes": len(payload)})


def archive(arrays: Mapping[str, np.ndarray]) -> bytes:
    """NumPy archive whose bytes depend on the arrays only (fixed dates, sorted names, no compression)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            array = io.BytesIO()
            np.lib.format.write_array(array, np.ascontiguousarray(arrays[name]), version=(1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), array.getvalue())
    return buffer.getvalue()
