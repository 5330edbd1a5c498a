"""Everything that must pass, one session each: `pip install nox && nox`.

`nox -l` lists the sessions; `nox -s tests -- -k ranges` passes arguments on to pytest.
Each session installs the package as a user would get it, so a file that the wheel forgot fails.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.2"
nox.options.sessions = ["lint", "types", "tests", "docs"]
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"

GROUPS = nox.project.load_toml("pyproject.toml")
ALL = ".[azure-mgmt,django,otel,postgres]"
CEPH = ("ceph-common", "ceph-mon", "ceph-osd", "radosgw")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PYTHON_SOURCES = ("src", "tests", "examples", "benchmarks", "noxfile.py")


def install(session: nox.Session, *groups: str, package: str | None = None) -> None:
    """Install dependency groups of pyproject.toml, and the package where it is asked for."""
    wanted = [line for group in groups for line in nox.project.dependency_groups(GROUPS, group)]
    session.install(*([package] if package else []), *wanted)


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff's rules and format, and the contracts of who may import whom."""
    install(session, "lint")
    sources = [path for path in PYTHON_SOURCES if Path(path).exists()]
    session.run("ruff", "check", *sources)
    session.run("ruff", "format", "--check", *sources)
    session.run("lint-imports", "--no-cache", env={"PYTHONPATH": "src"})


@nox.session
def types(session: nox.Session) -> None:
    """Mypy and pyright, both strict, over the package and over the uses of its public types."""
    install(session, "types", package=ALL)
    session.run("mypy")
    session.run("pyright", env={"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"})


@nox.session
def tests(session: nox.Session) -> None:
    """All tests but those of the documents and of Ceph; every server here must start."""
    browser = "chromium," if has_chromium(session) else ""
    install(session, "test", package=ALL)
    session.run(
        "pytest",
        "--ignore=tests/docs",
        "--numprocesses=auto",
        "--durations=20",
        "-m",
        "not ceph",
        *session.posargs,
        env={"MULTISTORE_REQUIRE": f"{browser}s3,azure,postgres"},
    )


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documents strictly, and run what they, the README and the examples show."""
    install(session, "docs", "test", package=ALL)
    session.run("towncrier", "build", "--draft", "--version", "next")
    session.run(
        "mkdocs",
        "build",
        "--strict",
        "--site-dir",
        str(Path(session.create_tmp()) / "site"),
        env={"NO_MKDOCS_2_WARNING": "1"},
    )
    session.run("pytest", "tests/docs", *session.posargs)


@nox.session
def ceph(session: nox.Session) -> None:
    """The same conformance suite against a real Ceph gateway, from Debian's own packages."""
    need_ceph(session)
    install(session, "test", package=ALL)
    session.run("pytest", "-m", "ceph", *session.posargs, env={"MULTISTORE_REQUIRE": "ceph"})


def has_chromium(session: nox.Session) -> bool:
    """See that there is a Chromium; as root on Debian or Ubuntu, install it.

    Elsewhere the tests of the page are skipped, and say so. In CI that is a failure.
    """
    if any(shutil.which(name) for name in BROWSERS):
        return True
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt_install(session, "chromium")
        return True
    if os.environ.get("CI") or os.environ.get("MULTISTORE_CI_RUN"):
        session.error("no Chromium found. On Debian: sudo apt-get install chromium")
    session.warn("no Chromium found: the page of `check` is not tried in a browser")
    return False


def need_ceph(session: nox.Session) -> None:
    """See that Ceph's daemons are there; as root on Debian or Ubuntu, install what is missing."""
    daemons = ("radosgw", "radosgw-admin", "ceph", "ceph-mon", "ceph-osd")
    missing = [name for name in daemons if shutil.which(name) is None]
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        session.error(
            f"{', '.join(missing)} not found. On Debian or Ubuntu: "
            f"sudo apt-get install --no-install-recommends {' '.join(CEPH)}"
        )
    apt_install(session, *CEPH)


def apt_install(session: nox.Session, *packages: str) -> None:
    """Install packages of Debian or Ubuntu, as root."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    session.run("apt-get", "-qq", "update", external=True, env=quiet)
    session.run(
        "apt-get",
        "-qq",
        "install",
        "--yes",
        "--no-install-recommends",
        *packages,
        external=True,
        silent=True,
        env=quiet,
    )


@nox.session
def bench(session: nox.Session) -> None:
    """Multistore beside its peers, in one run; `nox -s bench -- --help` names what to choose.

    `--server loopback,ceph,azurite` adds what a real gateway and an emulator leave of it; what
    is not installed is reported as absent.
    """
    install(session, "bench", "test", package=".[postgres]")
    # What an installation of multistore has. amazon-s3-encryption-client asks for less than 49 and
    # works with this one; 48 holds Python's lock while it seals (*measured*), for all who use it.
    session.install("--no-deps", "cryptography>=50")
    session.run("python", "-m", "benchmarks", *session.posargs)
