"""Runs the real command, as a shell would find it, in an environment of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.cli import forking

BIN = Path(sys.executable).parent


def environment(home, **more):
    """The environment of a test: nothing of the developer's own reaches the command."""
    return {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "TZ": "Asia/Tokyo",
        "COLUMNS": "100",
        "TERM": "dumb",
        **more,
    }


def multistore(*words, cwd, stdin=b"", timeout=120, **more):
    """Run one command line to its end; standard input is a pipe with these bytes."""
    return forking.run(
        [*map(str, words)],
        cwd=cwd,
        environment=environment(cwd, **more),
        stdin=stdin,
        timeout=timeout,
    )


def started(*words, cwd, secrets=None, **options):
    """Start one command line in a session of its own, for tests that signal it."""
    return subprocess.Popen(
        [str(BIN / "multistore"), *map(str, words)],
        cwd=cwd,
        env=environment(cwd, **(secrets or {})),
        start_new_session=True,
        **options,
    )


def vault(directory):
    """Make a vault with one tenant in a directory, by the command itself."""
    for words in (["init"], ["tenant", "add", "school-042"]):
        done = multistore(*words, cwd=directory)
        assert done.returncode == 0, done.stderr.decode()
    return directory
