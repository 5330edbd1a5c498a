"""How every command goes: choose the language, parse, run, and turn an error into one line."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import traceback
import warnings
from typing import TYPE_CHECKING, NoReturn

from multistore.cli import messages
from multistore.cli.exits import CheckStoppedError, Code, code_of
from multistore.cli.output import ReaderGoneError, abandon_stdout, flush
from multistore.cli.usage import misused
from multistore.errors import InvalidArgumentError, MultistoreError
from multistore.harmless import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typer.exceptions import TyperException


def run(argv: Sequence[str]) -> int:
    """Run one command line; never raises, never shows a traceback without ``--debug``."""
    debug = False
    _prepare_streams()
    messages.choose(messages.of_environment(os.environ))
    try:
        lang, debug, rest = taken_out(argv)
        messages.choose(lang or messages.of_environment(os.environ))
        if not debug:
            _silence_libraries()
        _end_cleanly_on_sigterm()
        return _invoke(rest or ["--help"])
    except ReaderGoneError:
        abandon_stdout()
        return Code.READER_GONE
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # typer's answer to a help page's
            abandon_stdout()
            return Code.READER_GONE
        return error.code if isinstance(error.code, int) else Code.FAILED
    except BaseException as error:  # noqa: BLE001 - this is the end of the line
        if debug:
            traceback.print_exc()
        code = _told(error)
        try:
            sys.stdout.flush()
        except OSError:  # the disk is full: the interpreter would complain once more
            abandon_stdout()
        return code


def taken_out(argv: Sequence[str]) -> tuple[str | None, bool, list[str]]:
    """Take ``--lang`` and ``--debug`` out of a command line, wherever they stand before ``--``.

    They concern the process and not the command, and help is built in the language asked for.

    Returns:
        The language or None, whether to debug, and the other arguments.

    Raises:
        InvalidArgumentError: another language than ``ja`` and ``en``.
    """
    lang: str | None = None
    debug = False
    rest: list[str] = []
    words = iter(argv)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word == "--debug":
            debug = True
        elif word == "--lang" or word.startswith("--lang="):
            lang = word.removeprefix("--lang=") if "=" in word else next(words, "")
            if lang not in messages.LANGUAGES:
                raise InvalidArgumentError(f"--lang {lang!r}", hint="It is ja or en.")
        else:
            rest.append(word)
    return lang, debug, rest


def _invoke(argv: list[str]) -> int:
    from typer.exceptions import Abort, TyperException  # noqa: PLC0415 - as above

    from multistore.cli.app import command  # noqa: PLC0415 - typer costs its import

    try:
        code = command().main(argv, prog_name="multistore", standalone_mode=False)
    except TyperException as error:
        raise _misused(error) from error
    except Abort as error:
        raise KeyboardInterrupt from error
    if code == Code.INTERRUPTED:
        raise KeyboardInterrupt
    flush()
    return code if isinstance(code, int) else Code.OK


def _misused(error: TyperException) -> InvalidArgumentError:
    """Say what was wrong, and which page of help says how it is right."""
    context = getattr(error, "ctx", None)
    if context is None:
        return misused(error.format_message())
    group = bool(getattr(context.command, "commands", None))
    # The page names its arguments as well where a group takes options of its own.
    page = context.command_path.split(" {")[0].split(" [")[0]
    return misused(error.format_message(), page, group=group)


def _told(error: BaseException) -> Code:
    """Tell the error in one line on standard error."""
    code = code_of(error)
    if isinstance(error, KeyboardInterrupt):
        text = messages.say("interrupted; nothing half-written was left")
    elif isinstance(error, CheckStoppedError):
        cause = error.__cause__ or error
        known = isinstance(cause, MultistoreError | OSError)
        why = messages.explained(cause) if known else _fault(cause)
        text = messages.say("the check stopped: {why}", why=why)
    elif isinstance(error, MultistoreError | OSError):
        text = f"{messages.say(FRAMES[code])}: {messages.explained(error)}"
    else:
        text = _fault(error)
    sys.stderr.write(f"multistore: {one_line(text)}\n")
    return code


def _fault(error: BaseException) -> str:
    return messages.say(
        "a fault of multistore itself: {name}; --debug shows where", name=type(error).__name__
    )


FRAMES = {
    Code.FAILED: "failed",
    Code.USAGE: "not understood",
    Code.RESIDENCY: "refused, residency",
    Code.KEYS: "keys or ledger",
    Code.INTEGRITY: "integrity",
    Code.UNAVAILABLE: "not available, try again",
}


def _prepare_streams() -> None:
    """Let no character stop a message: a terminal that cannot show one shows its number."""
    # A shell's >&- or 2>&- leaves no stream at all; what would go there goes nowhere.
    nothing = os.open(os.devnull, os.O_WRONLY) if None in (sys.stdout, sys.stderr) else -1
    sys.stdout = sys.stdout or os.fdopen(nothing, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(nothing, "w", encoding="utf-8", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _silence_libraries() -> None:
    """Keep other libraries' warnings and log lines out of the one line that we promise."""
    logging.getLogger().addHandler(logging.NullHandler())
    if not sys.warnoptions:
        warnings.simplefilter("ignore")


def _end_cleanly_on_sigterm() -> None:
    """Make SIGTERM run the ``finally`` blocks, so that temporary files go."""

    def ended(_signal: int, _frame: object) -> NoReturn:
        raise SystemExit(Code.TERMINATED)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, ended)
