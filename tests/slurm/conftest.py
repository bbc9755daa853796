"""A real Slurm of four nodes on this machine: munge, slurmctld and four slurmd in a temporary folder."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.processes import wait_for

NODES = 4
DAEMONS = ("munged", "slurmctld", "slurmd", "sbatch")
SBIN = os.pathsep.join([os.environ["PATH"], "/usr/sbin"])


def absent():
    """Why there is no Slurm here; empty when there is one."""
    missing = [name for name in DAEMONS if not shutil.which(name, path=SBIN)]
    if missing:
        return f"no {', '.join(missing)}: apt-get install --no-install-recommends slurmctld slurmd slurm-client munge"
    host = socket.gethostname().split(".")[0]
    try:
        socket.gethostbyname(host)
    except OSError:
        return f"the host name {host} does not resolve: add '127.0.0.1 {host}' to /etc/hosts"
    return ""


def free_ports(count):
    """Ports that follow each other and that nothing listens to."""
    for first in range(20000 + os.getpid() % 10000, 60000, count):
        try:
            for port in range(first, first + count):
                with socket.socket() as attempt:
                    attempt.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise OSError("no free ports")


def stop(folder):
    """End what the pid files of this folder name, and nothing else."""
    pids = [int(path.read_text()) for path in sorted(folder.glob("*.pid")) if path.read_text().strip()]
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        if number == signal.SIGTERM:
            try:
                wait_for(lambda: not any(running(pid) for pid in pids), 5)
            except AssertionError:
                continue


def running(pid):
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture(scope="session")
def slurm():
    """Bring the cluster up; gives the environment in which its commands work."""
    why = absent()
    if why:
        assert not os.environ.get("REQUIRE_ALL"), why
        pytest.skip(why)
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    folder.chmod(0o755)
    first = free_ports(NODES + 1)
    text = (Path(__file__).parent / "slurm.conf").read_text()
    host = socket.gethostname().split(".")[0]
    conf = folder / "slurm.conf"
    conf.write_text(text.format(
        host=host, user=getpass.getuser(), folder=folder, port=first, first=first + 1, last=first + NODES,
    ))  # fmt: skip
    (folder / "munge.key").write_bytes(os.urandom(128))
    (folder / "munge.key").chmod(0o600)
    environment = {**os.environ, "PATH": SBIN, "SLURM_CONF": str(conf)}

    def call(*command):
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)

    try:
        places = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munged.pid",
                  "log-file": "munged.log", "seed-file": "munged.seed"}  # fmt: skip
        call("munged", "--force", *(f"--{option}={folder / name}" for option, name in places.items()))
        (folder / "state").mkdir()
        call("slurmctld", "-i")
        for node in range(1, NODES + 1):
            (folder / f"spool.n{node}").mkdir()
            call("slurmd", "-N", f"n{node}")

        def idle():
            asked = ("sinfo", "-h", "-p", "main", "-t", "idle", "-o", "%D")
            said = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False).stdout
            return said.strip() == str(NODES)

        wait_for(idle)
        yield environment
    finally:
        subprocess.run(["scancel", "-f", f"--user={getpass.getuser()}"], env=environment, capture_output=True,
                       timeout=20, check=False)  # fmt: skip
        stop(folder)
        shutil.rmtree(folder, ignore_errors=True)
