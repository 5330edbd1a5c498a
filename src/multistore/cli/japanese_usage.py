"""The Japanese of what is wrong with a command line; the English is the key."""

from __future__ import annotations

USAGE = {
    "{said}. {more}": "{said}。{more}",
    "multistore --help shows the commands.": "コマンドの一覧は multistore --help で表示します。",
    "Did you mean {near}?": "もしかして: {near}。",
    "No such option: {name}": "{name} というオプションはありません",
    "No such command {name}": "{name} というコマンドはありません",
    "Missing argument {name}": "引数 {name} が必要です",
    "Missing option {name}": "オプション {name} が必要です",
    "Missing command": "コマンドを指定してください",
    "Option {name} requires an argument": "オプション {name} には値が必要です",
    "Option {name} does not take a value": "オプション {name} に値は指定できません",
    "Too many arguments: {name}": "引数が多すぎます: {name}",
    "Invalid value for {name}: {value} is not one of {choices}": (
        "{name} に {value} は指定できません。次から選んでください: {choices}"
    ),
    "Invalid value for {name}: {value} is not written as {choices}": (
        "{name} の値 {value} の書き方が違います。書式は {choices} です"
    ),
    "Invalid value for {name}: it is no number": "{name} には数値を指定してください",
    "Invalid value for {name}: {why}": "{name} の値に誤りがあります: {why}",
}
