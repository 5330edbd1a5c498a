"""Whatever the command says itself, it can say in Japanese."""

import ast
import re
import string
from pathlib import Path

import pytest
from rich.cells import cell_len

import multistore.cli
from multistore.cli import demo, help_pages, messages, run, stores, usage
from multistore.cli.japanese import JAPANESE
from multistore.errors import InvalidArgumentError
from multistore.stores.probe.report import Question
from multistore.values import OutcomeStatus

SOURCES = sorted(Path(multistore.cli.__file__).parent.glob("*.py"))


@pytest.fixture(autouse=True)
def _english_again():
    yield
    messages.choose("en")


def _said():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = ast.unparse(node.func)
            if called in {"say", "messages.say"} and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value


def _commands(node, words=()):
    yield words, node
    for name, child in getattr(node, "commands", {}).items():
        yield from _commands(child, (*words, name))


def _help():
    """Give every help text, as it stands in the code."""
    import typer
    from typer.main import get_group

    from multistore.cli.app import app

    for _, node in _commands(get_group(app)):
        yield node.help
        for parameter in (*node.params, node.get_help_option(typer.Context(node))):
            yield getattr(parameter, "help", None)


def test_every_text_has_its_japanese():
    texts = {
        *_said(),
        *filter(None, _help()),
        *run.FRAMES.values(),
        *(text for _, text in usage.FORMS),
        usage.NEAR,
        usage.COMMANDS,
        usage.OPTIONS,
        usage.FIRST,
        help_pages.USAGE,
        *help_pages.HEADINGS.values(),
        *(step.title for step in demo.STEPS),
        *stores.ANSWERS.values(),
        *map(str, Question),
        *(str(status) for status in OutcomeStatus if status is not OutcomeStatus.FAILED),
    }
    assert len(texts) > 50
    assert sorted(texts - set(JAPANESE)) == []
    assert sorted(set(JAPANESE) - texts) == []


def test_both_languages_have_the_same_placeholders():
    def names(text):
        return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)

    assert {e: j for e, j in JAPANESE.items() if names(e) != names(j)} == {}


@pytest.mark.parametrize("columns", ["80", "70", "120"])
def test_the_help_is_in_the_language_and_nothing_of_it_is_cut(monkeypatch, capsys, columns):
    from multistore.cli.app import command

    monkeypatch.setenv("COLUMNS", columns)
    messages.choose("ja")
    pages = [words for words, _ in _commands(command())]
    assert len(pages) > 10
    for words in pages:
        command().main([*words, "--help"], prog_name="multistore", standalone_mode=False)
        page = capsys.readouterr().out
        assert "この説明を表示して終了します" in re.sub(r"[\s│]", "", page), words
        assert "…" not in page, words
        # What breaks lines is not seen: no space after a stop, and borders under one another.
        assert not re.search(r"[、。] [^\s│[]|[\x00-\x09\x0b-\x1f\ue000]", page), words
        assert (
            len({cell_len(line) for line in page.splitlines() if line[-1:] in set("│╮╯")}) <= 1
        ), words
        assert not re.search(r"Usage|Options|Arguments|Commands|required|default:", page), words


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja"}, "ja"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "jam_JM.UTF-8"}, "en"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ja_JP.UTF-8"}, "ja"),
        ({"LC_ALL": "", "LANG": "ja_JP.UTF-8"}, "ja"),
    ],
)
def test_the_locale_decides(environment, language):
    assert messages.of_environment(environment) == language


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["ls", "a"], (None, False, ["ls", "a"])),
        (["--lang", "ja", "ls"], ("ja", False, ["ls"])),
        (["ls", "--lang=en", "--debug"], ("en", True, ["ls"])),
        (["put", "--", "--debug", "--lang"], (None, False, ["put", "--", "--debug", "--lang"])),
    ],
)
def test_language_and_debug_stand_anywhere(argv, expected):
    assert run.taken_out(argv) == expected


@pytest.mark.parametrize("argv", [["--lang", "fr"], ["--lang"], ["--lang="]])
def test_another_language_is_refused(argv):
    with pytest.raises(InvalidArgumentError):
        run.taken_out(argv)
