"""A command line that is wrong is told as such in the language that was asked for."""

import re

import pytest

from multistore.cli import messages, usage
from multistore.cli.run import run

WRONG = {
    "option": (["check", "--nope"], "No such option: --nope.", "--nope というオプション"),
    "option before the command": (
        ["--config", "x.toml", "ls"],
        "No such option: --config. Options stand behind the command: multistore COMMAND --config.",
        "オプションはコマンドの後に書きます: multistore COMMAND --config。コマンドの一覧",
    ),
    "near option": (
        ["check", "--offlin"],
        "No such option: --offlin. Did you mean --offline?",
        "もしかして: --offline。",
    ),
    "command": (["fetch"], "No such command 'fetch'.", "'fetch' というコマンドはありません。"),
    "near command": (
        ["chek"],
        "No such command 'chek'. Did you mean 'check'? multistore --help",
        "もしかして: 'check'。コマンドの一覧",
    ),
    "no command": (["tenant"], "Missing command.", "コマンドを指定してください。"),
    "argument": (["cp", "a"], "Missing argument 'DST'.", "引数 'DST' が必要です。"),
    "needed option": (
        ["keys", "roll"],
        "Missing option '--backup'.",
        "オプション '--backup' が必要",
    ),
    "value": (
        ["check", "--format"],
        "Option '--format' requires an argument.",
        "'--format' には値が必要です。",
    ),
    "needless value": (
        ["check", "--offline=3"],
        "Option '--offline' does not take a value.",
        "'--offline' に値は指定できません。",
    ),
    "too many": (["cat", "a", "b", "c"], "Too many arguments: b c.", "引数が多すぎます: b c。"),
    "choice": (
        ["check", "--format", "pdf"],
        "Invalid value for '--format': 'pdf' is not one of 'text', 'json'",
        "'--format' に 'pdf' は指定できません。次から選んでください: 'text', 'json'",
    ),
    "day": (
        ["tenant", "end", "t", "--on", "xx"],
        "Invalid value for '--on': 'xx' is no day written as 2026-03-31.",
        "'--on' の値 'xx' は日付ではありません。2026-03-31 のように書いてください。",
    ),
    "too much": (
        ["keys", "roll", "--backup", "b", "--wait", "99"],
        "Invalid value for '--wait': it is at most 30.",
        "'--wait' は 30 以下で指定してください。",
    ),
    "too little": (
        ["events", "--after", "-1"],
        "Invalid value for '--after': it is at least 0.",
        "'--after' は 0 以上で指定してください。",
    ),
    "number": (
        ["keys", "roll", "--backup", "b", "--wait", "abc"],
        "Invalid value for '--wait': it is no number.",
        "'--wait' には数値を指定してください。",
    ),
}


@pytest.fixture(autouse=True)
def _english_again():
    yield
    messages.choose("en")


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_is_wrong_is_said_in_the_language(capsys, case, language):
    words, english, japanese = WRONG[case]
    assert run(["--lang", language, *words]) == 2
    err = capsys.readouterr().err
    assert (japanese if language == "ja" else english) in err
    assert not re.search(r"Value error|\?\.|\.\.", err)
    if language == "ja":  # beyond the words of the command line itself nothing is English
        assert not re.search(r"(?i)\b(no such|missing|invalid|requires|argument|shows)\b", err)


@pytest.mark.parametrize(
    ("words", "page"),
    [
        (["nope"], "multistore --help shows the commands."),
        (["tenant"], "multistore tenant --help shows the commands."),
        (["tenant", "nope"], "multistore tenant --help shows the commands."),
        (["put"], "multistore put --help shows how it is written."),
        (["tenant", "end", "--nope"], "multistore tenant end --help shows how it is written."),
        (["events", "--after", "x"], "multistore events --help shows the commands."),
    ],
)
def test_the_page_that_says_how_it_is_right_is_named(capsys, words, page):
    assert run(words) == 2
    err = capsys.readouterr().err
    assert err.endswith(f" {page}\n")


@pytest.mark.parametrize("words", [[], ["put"], ["tenant"], ["tenant", "end"]])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_short_word_for_help_is_known(capsys, words, language):
    assert run(["--lang", language, *words, "-h"]) == 0
    short = capsys.readouterr().out
    assert run(["--lang", language, *words, "--help"]) == 0
    assert capsys.readouterr().out == short


def test_what_has_no_words_of_ours_is_said_in_typers():
    assert str(usage.misused("Something new.")) == (
        "Something new. multistore --help shows the commands."
    )
