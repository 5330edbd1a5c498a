"""The Japanese of what is wrong with a command line; the English is the key."""

from __future__ import annotations

USAGE = {
    "Usage: ": "用法: ",
    "Arguments": "引数",
    "Options": "オプション",
    "Commands": "コマンド",
    "[required]": "[必須]",
    "[default: {}]": "[既定: {}]",
    "[env var: {}]": "[環境変数: {}]",
    "{said}. {more}": "{said}。{more}",
    "{said} {more}": "{said}{more}",
    "Options stand behind the command: multistore COMMAND {name}. {more}": (
        "オプションはコマンドの後に書きます: multistore COMMAND {name}。{more}"
    ),
    "{page} --help shows the commands.": "コマンドの一覧は {page} --help で表示します。",
    "{page} --help shows how it is written.": "書き方は {page} --help で表示します。",
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
    "Invalid value for {name}: {value} is no day written as 2026-03-31": (
        "{name} の値 {value} は日付ではありません。2026-03-31 のように書いてください"
    ),
    "Invalid value for {name}: it is no number": "{name} には数値を指定してください",
    "Invalid value for {name}: it is at most {most}": "{name} は {most} 以下で指定してください",
    "Invalid value for {name}: it is at least {least}": "{name} は {least} 以上で指定してください",
    "Invalid value for {name}: {why}": "{name} の値に誤りがあります: {why}",
}
