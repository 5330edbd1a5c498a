"""What was wrong with a command line, in the reader's language; typer says it in English only."""

from __future__ import annotations

import re

from multistore.cli.messages import say
from multistore.errors import InvalidArgumentError

NEAR = "Did you mean {near}?"
FORMS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), text)
    for pattern, text in (
        (
            r"No such option: (?P<name>.+?)(?: \(Possible options: (?P<near>.+)\))?",
            "No such option: {name}",
        ),
        (
            r"No such command (?P<name>.+?)(?:\. Did you mean (?P<near>.+)\?)?",
            "No such command {name}",
        ),
        (r"Missing argument (?P<name>.+)", "Missing argument {name}"),
        (r"Missing option (?P<name>.+)", "Missing option {name}"),
        (r"Missing command", "Missing command"),
        (r"Option (?P<name>.+) requires an argument", "Option {name} requires an argument"),
        (r"Option (?P<name>.+) does not take a value", "Option {name} does not take a value"),
        (r"Got unexpected extra argument\(s\) \((?P<name>.+)\)", "Too many arguments: {name}"),
        (
            r"Invalid value for (?P<name>.+?): (?P<value>.+) is not one of (?P<choices>.+)",
            "Invalid value for {name}: {value} is not one of {choices}",
        ),
        (
            r"Invalid value for (?P<name>.+?): (?P<value>.+) does not match .*?'%Y-%m-%d'",
            "Invalid value for {name}: {value} is no day written as 2026-03-31",
        ),
        (
            r"Invalid value for (?P<name>.+?): Input should be a valid (?:integer|number).*",
            "Invalid value for {name}: it is no number",
        ),
        (
            r"Invalid value for (?P<name>.+?): .* less than or equal to (?P<most>.+)",
            "Invalid value for {name}: it is at most {most}",
        ),
        (
            r"Invalid value for (?P<name>.+?): .* greater than or equal to (?P<least>.+)",
            "Invalid value for {name}: it is at least {least}",
        ),
        (r"Invalid value for (?P<name>.+?): (?P<why>.+)", "Invalid value for {name}: {why}"),
    )
)
"""What typer says, and what we say for it; the first that fits."""


COMMANDS = "{page} --help shows the commands."
OPTIONS = "{page} --help shows how it is written."
FIRST = "Options stand behind the command: multistore COMMAND {name}. {more}"


def misused(message: str, page: str = "multistore", *, group: bool = True) -> InvalidArgumentError:
    """Give the error for what typer says of a command line; in its words where none of ours fit.

    Args:
        message: what typer says.
        page: the command that was misused, whose page of help is pointed to.
        group: whether it is one that only has commands below it.
    """
    said = message.replace("Value error, ", "").rstrip(".")
    more = say(COMMANDS if group else OPTIONS, page=page)
    near = None
    for pattern, text in FORMS:
        found = pattern.fullmatch(said)
        if found is not None:
            named = {name: value for name, value in found.groupdict().items() if value}
            near = named.pop("near", None)
            said = say(text, **named)
            if text.startswith("No such option") and page == "multistore":
                more = say(FIRST, name=named["name"], more=more)
            break
    if near is not None:
        said = say("{said}. {more}", said=said, more=say(NEAR, near=near))
        return InvalidArgumentError(say("{said} {more}", said=said, more=more))
    return InvalidArgumentError(say("{said}. {more}", said=said, more=more))
