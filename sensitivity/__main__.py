"""Entry point of the command line: turns errors into messages and exit codes."""

import errno
import os
import sys


def main() -> None:
    """Run the command line and exit with the codes that scripts rely on."""
    from sensitivity.errors import SensitivityError

    try:
        from sensitivity.cli import app

        app(standalone_mode=True)
    except SensitivityError as error:
        print(f"{error}" if error.exit_code == 3 else f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("stopped; finished chunks are kept, run again to go on", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:  # a full disk, a folder that is a file, missing rights
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            print("error: the disk is full. What is finished is kept: make room and run again", file=sys.stderr)
        else:
            print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        if os.environ.get("SENSITIVITY_DEBUG"):
            raise
        print(
            f"internal error: {type(error).__name__}: {error}\n"
            "This is a defect of the program; SENSITIVITY_DEBUG=1 shows where.",
            file=sys.stderr,
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
