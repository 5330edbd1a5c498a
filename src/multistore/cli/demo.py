"""``demo``: the whole story on a local directory, each step with the Python that does it.

The steps are source text. What is printed after ``>>>`` is what is then compiled and run, so
the two cannot differ.
"""

from __future__ import annotations

import ast
import re
import shlex
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multistore.cli import messages, output
from multistore.errors import InvalidArgumentError, MultistoreError
from multistore.values import Address

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story.

    Attributes:
        title: what it shows, in English; messages.say knows the Japanese.
        code: the statements, printed and run. ``HOME``, ``FILES`` and ``LANGUAGE`` stand for
            the values of this run and are filled in before printing.
        refused: the name of the error that must stop it, where the point is a refusal.
    """

    title: str
    code: str
    refused: str | None = None


STEPS = (
    Step(
        "What the following lines need",
        """
import shutil
from pathlib import Path
import multistore
from multistore import Address, Span
from multistore.cli import init
from multistore.cli.demo import SEOUL, hexdump, on_disk
from multistore.cli.progress import moving
home = Path(HOME)
files = FILES
key = Address.parse(f"school-042/video/{files[0].name}").key
""",
    ),
    Step(
        "A vault on a fresh directory: an SQLite ledger, local keys, no cloud",
        """
init.write(home / "multistore.toml", LANGUAGE)
vault = multistore.open(home / "multistore.toml")
print(vault.explain(LANGUAGE))
""",
    ),
    Step(
        "Two tenants; each has keys of its own",
        """
vault.tenants.add("school-042")
vault.tenants.add("school-099")
""",
    ),
    Step(
        "The files go in, sealed, for both tenants",
        """
with moving(key, 2 * sum(file.stat().st_size for file in files)) as progress:
    for file in files:
        vault.put(f"school-042/video/{file.name}", file, progress=progress)
        vault.put(f"school-099/video/{file.name}", file, progress=progress)
""",
    ),
    Step(
        "On the disk: a header that begins with the format's magic, then ciphertext from byte 160",
        """
mine = on_disk(home / "objects", f"school-042/video/{key}")
print(mine)
print(hexdump(mine, 0, 32))
print(hexdump(mine, 160, 48))
""",
    ),
    Step(
        "A range comes back in the clear; only the chunks that it touches are opened",
        """
print(vault.read(f"school-042/video/{key}", Span(0, 64)))
""",
    ),
    Step(
        "A listing shows the sizes of the plaintext, with no further request",
        """
for info in vault.list("school-042/video/"):
    print(f"{info.size:>15,}  {info.address}")
""",
    ),
    Step(
        "One tenant's bytes under the other's name: the other tenant's key does not open them",
        """
theirs = on_disk(home / "objects", f"school-099/video/{key}")
shutil.copyfile(mine, theirs)
vault.read(f"school-099/video/{key}")
""",
        refused="ScopeMismatchError",
    ),
    Step(
        "A bucket in Seoul is refused before a byte leaves this machine",
        """
(home / "seoul.toml").write_text(SEOUL)
multistore.open(home / "seoul.toml")
""",
        refused="ResidencyError",
    ),
    Step(
        "Deleted",
        """
for file in files:
    vault.delete(f"school-042/video/{file.name}")
print(vault.exists(f"school-042/video/{key}"))
vault.close()
""",
    ),
)

SEOUL = """\
[vault]
ledger = "sqlite:///seoul.db"
keys = "local:keys/"

[stores.seoul]
provider = "aws"
region = "ap-northeast-2"
bucket = "classtream-seoul"
accepts = ["video"]

[collections.video]
store = "seoul"
"""

SAMPLE_NAME = "第1回 ようこそ.txt"
SAMPLE = "Nobody reads this line at rest. 保存されている間、この行は誰にも読めません。\n"


def demo(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="Your own files, of any size; else a sample."),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help="Work in this directory and leave it there."),
    ] = None,
) -> None:
    """Show the whole story on this machine: no configuration, no cloud, no network."""
    chosen = usable(files or [])
    with _home(keep) as home:
        if not chosen:
            sample = home / SAMPLE_NAME
            sample.write_text(SAMPLE * 5_000, encoding="utf-8")
            chosen = [sample]
        _tell(home, chosen)
        if keep is not None:
            output.line(messages.say("Everything is still in {home}.", home=str(home)))
    output.line(messages.say("Next, with a vault of your own:"))
    output.line("  multistore init && multistore tenant add school-042")
    named = " ".join(shlex.quote(str(path)) for path in files or [Path("FILE")])
    output.line(f"  multistore put {named} school-042/video/")
    output.flush()


def usable(files: Sequence[Path]) -> list[Path]:
    """Return the files by their whole paths.

    Raises:
        InvalidArgumentError: one is not a file, has a name that cannot be a key, or shares its
            name with another.
    """
    names: dict[Address, Path] = {}
    for path in files:
        if not path.is_file():
            raise InvalidArgumentError(f"{path} is not a file", hint="Name files, one by one.")
        address = Address("school-042", "video", path.name)
        if address in names:
            raise InvalidArgumentError(
                f"{names[address]} and {path} have one name", hint="Rename one of them."
            )
        names[address] = path
    return [path.absolute() for path in names.values()]


@contextmanager
def _home(keep: Path | None) -> Generator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="multistore-demo-") as home:
            yield Path(home)
        return
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise InvalidArgumentError(
            f"{keep} is not an empty directory", hint="The demo writes nothing over."
        )
    keep.mkdir(parents=True, exist_ok=True)
    yield keep.absolute()


def _tell(home: Path, files: Sequence[Path]) -> None:
    filled = {
        "HOME": repr(str(home)),
        "FILES": f"[{', '.join(f'Path({str(path)!r})' for path in files)}]",
        "LANGUAGE": repr(messages.language()),
    }
    names: dict[str, Any] = {}
    try:
        for number, step in enumerate(STEPS, 1):
            output.text(f"\n{number}. {messages.say(step.title)}\n")
            _run(step, filled, names)
            output.flush()
    finally:
        if "vault" in names:
            names["vault"].close()
    output.line("")


def _run(step: Step, filled: Mapping[str, str], names: dict[str, Any]) -> None:
    """Print and run each statement of a step."""
    code = PLACEHOLDERS.sub(lambda match: filled[match[0]], step.code.strip())
    refusal: MultistoreError | None = None
    for statement in ast.parse(code).body:
        source = ast.get_source_segment(code, statement) or ""
        output.text("    >>> " + source.replace("\n", "\n    ... ") + "\n")
        program = compile(ast.Module([statement], []), "<demo>", "exec")
        try:
            exec(program, names)  # noqa: S102 - the program is the constant printed above
        except MultistoreError as error:
            if type(error).__name__ != step.refused:
                raise
            refusal = error
            output.line(f"multistore.errors.{step.refused}: {messages.explained(error)}")
    if step.refused is not None and refusal is None:
        raise AssertionError(f"{step.refused} did not stop {step.title!r}")


PLACEHOLDERS = re.compile(r"\b(HOME|FILES|LANGUAGE)\b")


def on_disk(directory: Path, address: str) -> Path:
    """Return the file in which a local store keeps an object."""
    from multistore.stores.local.names import pieces  # noqa: PLC0415 - help needs no store

    return directory.joinpath(*(piece.decode() for piece in pieces(address)))


def hexdump(path: Path, begin: int, count: int) -> str:
    """Return some bytes of a file, 16 on a line, in hexadecimal and in ASCII."""
    with path.open("rb") as file:
        file.seek(begin)
        data = file.read(count)
    rows: list[str] = []
    for start in range(0, len(data), 16):
        row = data[start : start + 16]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        rows.append(f"{begin + start:08x}  {row.hex(' '):<47}  {shown}")
    return "\n".join(rows)
