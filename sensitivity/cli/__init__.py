"""The command line: a thin shell over `sensitivity.api`. Data to stdout, everything else to stderr.

Every module of this folder holds the commands of one kind.
"""

from sensitivity.cli import beginning, inspecting, reading, running, studies, trusting
from sensitivity.cli.app import app

__all__ = ["app", "beginning", "inspecting", "reading", "running", "studies", "trusting"]
