"""The command answers at once: what a command does not need is not imported for it."""

import subprocess
import sys

import pytest

from tests.cli.command import environment, multistore, vault

HEAVY = ("boto3", "botocore", "azure", "obstore", "sqlalchemy", "alembic", "cryptography")
CLOUDS = ("boto3", "botocore", "azure", "obstore", "rich")


def imported(words, cwd):
    program = "import sys\nfrom multistore.cli import main\n"
    program += "code = main(sys.argv[1:])\nprint(*sys.modules, file=sys.stderr)\nsys.exit(code)"
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=cwd,
        env=environment(cwd),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return {name.partition(".")[0] for name in done.stderr.decode().split()}


@pytest.mark.parametrize("words", [["--help"], ["put", "--help"], ["--version"], ["init"]])
def test_help_and_init_open_nothing(tmp_path, words):
    assert imported(words, tmp_path).isdisjoint(HEAVY)


def test_a_local_vault_needs_no_cloud(tmp_path):
    vault(tmp_path)
    assert imported(["ls", "school-042/video/"], tmp_path).isdisjoint(CLOUDS)


def test_no_word_at_all_is_a_question_for_help(tmp_path):
    asked, bare = multistore("--help", cwd=tmp_path), multistore(cwd=tmp_path)
    assert bare.returncode == 0
    assert bare.stdout == asked.stdout
    assert b"Usage: multistore" in bare.stdout
