"""What a user did wrong is told in Japanese, from the command's own words to the library's."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import multistore
from multistore.cli import messages
from multistore.cli.errors_in_japanese import told, translated
from multistore.cli.japanese_errors import PARTS, TEXTS
from multistore.cli.run import run
from multistore.errors import NotFoundError, UnavailableError
from multistore.refusals import not_deleted
from multistore.values import Outcome, OutcomeStatus

HERE = Path(multistore.__file__).parent
# Where a user's own words are judged. What services answer stays as they say it.
MODULES = [
    *sorted(path for path in HERE.glob("cli/*.py") if path.name != "usage.py"),
    *(HERE / "erasure" / name for name in ("subject.py", "certificate.py", "signing.py")),
    *(HERE / "ledger" / name for name in ("holds.py", "tenants.py", "words.py")),
    *(HERE / "keys" / name for name in ("backup.py", "restoring.py", "rolling.py")),
]
FOR_PROGRAMS = {"a described object has a size"}
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")


@pytest.fixture(autouse=True)
def _english_again():
    yield
    messages.choose("en")


def _sample(node):
    """A text as it would be told, with something in each gap; None where it is made elsewhere."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.JoinedStr):
        if ast.unparse(node).startswith(("f'the {what} {fault}", "f'{said}")):
            return None  # put together of what is tried below
        return "".join(
            part.value if isinstance(part, ast.Constant) else "'x'" for part in node.values
        )
    return None


def _raised():
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Error")):
                continue
            hints = [word.value for word in node.keywords if word.arg == "hint"]
            for part in (*node.args[:1], *hints):
                for one in (part.body, part.orelse) if isinstance(part, ast.IfExp) else (part,):
                    text = _sample(one)
                    if text and text not in FOR_PROGRAMS:
                        yield path.name, text


def test_what_is_judged_here_has_its_japanese():
    raised = set(_raised())
    assert len(raised) > 100
    assert {each for each in raised if not JAPANESE.search(translated(each[1]))} == set()


@pytest.mark.parametrize("english", TEXTS)
def test_a_text_keeps_what_stands_in_its_gaps(english):
    gaps = re.findall(r"\{(\w+)\}", english)
    assert sorted(gaps) == sorted(re.findall(r"\{(\w+)\}", TEXTS[english]))
    said = translated(english.format(**{gap: f"<{gap}>" for gap in gaps}))
    assert all(f"<{gap}>" in said for gap in gaps)
    assert JAPANESE.search(said)


PUT_TOGETHER = {"No such file or directory", "ConnectFailed"}  # of a system, of a service


def test_each_text_is_one_that_is_told():
    """A sentence that was reworded would come in English, and nobody would notice."""
    paths = (path for path in HERE.rglob("*.py") if not path.name.startswith("japanese"))
    source = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    source = re.sub(r'"\s*\n\s*f?"', "", source).replace("\\'", "'")
    gone = [
        (text, piece)
        for text in TEXTS
        for piece in map(str.strip, re.split(r"\{\w+\}", text))
        if piece not in source and not any(piece.endswith(end) for end in PUT_TOGETHER)
    ]
    assert gone == []


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("japanese")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        assert run(["init"]) == 0
        assert run(["tenant", "add", "school-042"]) == 0
        (home / "file").write_bytes(b"x")
        (home / "folder").mkdir()
        (home / "empty.toml").write_text("nothing = 1\n")
        sound = (home / "multistore.toml").read_text(encoding="utf-8")
        odd = sound.replace('provider = "local"', 'provider = "lokal"')
        assert odd != sound
        (home / "odd.toml").write_text(odd, encoding="utf-8")
        assert run(["put", "file", "school-042/video/a"]) == 0
    return home


HOLD = ["tenant", "hold", "school-042/", "--name", "n", "--reason"]
WRONG = [
    ["put", "file", "school-042/x"],
    ["put", "nothing", "school-042/video/"],
    ["put", ".", "school-042/video/"],
    ["put", "file", "file", "school-042/video/x"],
    ["put", "-", "school-042/video/"],
    ["put", "file", "file", "school-042/video/"],
    ["put", "file", "school-042/video/a", "--create"],
    ["put", "file", "school-042/video/a", "--create", "--if-match", "x"],
    ["put", "file", "school-042/video/a", "--meta", "x"],
    ["put", "file", "school-042/video/" + "あ" * 301],
    ["put", "file", "school-042/video/a/../b"],
    ["put", "file", "Schule/video/a"],
    ["put", "file", "nobody/video/a"],
    ["put", "file", "school-042/vido/a"],
    ["get", "school-042/video/none"],
    ["get", "school-042/video/a", "folder/none/x"],
    ["get", "school-042/video/a", "-", "--json"],
    ["cat", "school-042/video/none"],
    ["cat", "school-042/video/a", "--range", "abc"],
    ["cat", "school-042/video/a", "--range", "9-"],
    ["ls", "school-042"],
    ["ls", "school-042/video/", "-r", "--delimiter", "x"],
    ["ls", "school-042/video/", "--delimiter", ""],
    ["stat", "school-042/video/none"],
    ["cp", "file", "school-042/video/a"],
    ["cp", "school-042/video/a", "school-042/video/a", "--create"],
    ["rm", "none"],
    ["erase", "school-042/video/a"],
    ["erase", "school-042/video/a", "--reason", "x"],
    ["erase", "school-042/video/a", "--reason", " ", "--yes"],
    ["erase", "school-042/video/a", "--reason", "x", "--plan", "00"],
    ["erase", "school-042/video/a", "--reason", "x", "--yes", "--certificate", "folder"],
    ["erase", "school-042/vid", "--dry-run"],
    ["certificate", "show", "none"],
    ["certificate", "verify", "none", "--key", "file"],
    ["certificate", "verify", "file", "--key", "file"],
    ["tenant", "add", "Schule"],
    ["tenant", "add", "school-042"],
    ["tenant", "status", "none"],
    ["tenant", "end", "school-042"],
    ["tenant", "end", "school-042", "--cancel"],
    ["tenant", "end", "school-042", "--cancel", "--reason", "x"],
    ["tenant", "end", "school-042", "--on", "昨日"],
    ["tenant", "approve", "school-042"],
    [*HOLD, ""],
    [*HOLD, "x", "--by", "x" * 300],
    ["tenant", "hold", "school-042", "--name", "n", "--reason", "r"],
    ["tenant", "release", "school-042", "--name", "n", "--reason", "r"],
    ["probe", "none"],
    ["probe", "local"],
    ["check", "--explain", "none"],
    ["check", "--rules", "--format", "html"],
    ["check", "none"],
    ["check", "--output", "folder"],
    ["init"],
    ["init", "--path", "folder/none/x"],
    ["demo", "none"],
    ["keys", "backup", "folder"],
    ["keys", "restore", "file"],
    ["keys", "roll", "--backup", "kb", "--soak", "nan"],
    ["keys", "roll", "--backup", "kb", "--wait", "99"],
    ["keys", "roll", "--backup", "kb", "--soak", "-1"],
    ["events", "--after", "-1"],
    ["events", "--after", "999"],
    ["events", "verify", "--head", "x"],
    ["events", "notified", "none"],
    ["ls", "a/b/", "--config", "none.toml"],
    ["ls", "a/b/", "--config", "folder"],
    ["ls", "a/b/", "--config", "empty.toml"],
    ["ls", "a/b/", "--config", "odd.toml"],
    ["--lang", "fr", "ls"],
]
COMMANDS = re.compile(
    r"multistore [a-z ]+|tenant end|(events|certificate) verify|lifecycle run|format html|'[^']*'"
)
ENGLISH = re.compile(r"\b[A-Za-z]{2,} [a-z]{2,}\b|\b(at|is|no|not|the|of) ")


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_wrong_use_is_told_in_japanese(home, monkeypatch, capsys, words):
    monkeypatch.chdir(home)
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    assert run(words) in {1, 2, 5}
    told_of = capsys.readouterr().err.splitlines()[-1]
    assert JAPANESE.search(told_of)
    assert not ENGLISH.search(COMMANDS.sub("", told_of.removeprefix("multistore: "))), told_of


def test_where_and_why_are_told_in_japanese_and_codes_stay():
    error = UnavailableError(
        "no connection to the service",
        operation="list",
        store="tokyo",
        code="ConnectFailed",
        request_id="R1",
        hint="Check the endpoint's name, the network and the firewall.",
    )
    assert told(error) == (
        "サービスに接続できません（操作 list、ストア tokyo、コード ConnectFailed、"
        "リクエスト ID R1）。接続先の名前、ネットワーク、ファイアウォールを確認してください。"
    )
    assert told(NotFoundError("something new")) == "something new"
    assert told(OSError(28, "No space left on device", "x")) == "空き容量がありません: x"
    assert told(not_deleted([Outcome("a/b/c", None, OutcomeStatus.FAILED, code="X")], 1)) == (
        "1 個のうち 1 個のオブジェクトを削除できませんでした: a/b/c: 失敗 (X)（操作 delete）。"
        "接続先の名前、ネットワーク、ファイアウォールを確認してください。"
        "もう一度削除しても差し支えありません。"
    )
    assert translated("No space left on device") == PARTS["No space left on device"]


def test_a_sentence_that_ends_by_itself_gets_no_second_full_stop():
    error = NotFoundError("[NET-014] No bucket is named.", hint="Add bucket to the store.")
    assert str(error) == "[NET-014] No bucket is named. Add bucket to the store."
    assert ".。" not in told(error)
    assert "。。" not in told(NotFoundError("名前がありません。", hint="Add bucket."))
