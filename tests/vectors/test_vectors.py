"""The committed vectors hold, the tool that checks them finds every change, and both are real."""

from __future__ import annotations

import copy
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from multistore.testing.vectors import check, main
from tests.vectors import generate
from tests.vectors.generate import tiny, two_keys
from tests.vectors.raw import Sealed

HERE = Path(__file__).parent
POSITIVE = json.loads((HERE / "mso1-kat.json").read_text(encoding="utf-8"))
NEGATIVE = json.loads((HERE / "negative.json").read_text(encoding="utf-8"))


def _label(vector):
    return vector["label"]


@pytest.mark.parametrize("vector", POSITIVE + NEGATIVE, ids=_label)
def test_vector(vector):
    assert list(check(vector)) == []


def test_labels_are_unique():
    labels = [vector["label"] for vector in POSITIVE + NEGATIVE]
    assert len(set(labels)) == len(labels)


def test_the_negative_file_is_what_its_generator_writes():
    assert generate.PATH.read_text(encoding="utf-8") == generate.text()


@pytest.mark.parametrize(
    "vector", [v for v in POSITIVE if v["metadata"] is None and v["chunk_log2"] < 20], ids=_label
)
def test_the_generator_s_own_sealing_meets_the_known_answers(vector):
    """So its negative objects differ from good ones in what they say they differ in, only."""
    size = vector["plaintext_len"]
    sealed = Sealed(
        name=vector["name"],
        plain=bytes(i % 251 for i in range(size)),
        scope_key=bytes.fromhex(vector["scope_key"]),
        scope_id=bytes.fromhex(vector["scope_id"]),
        key_version=vector["key_version"],
        salt=bytes.fromhex(vector["salt"]),
        k=vector["chunk_log2"],
        unknown=vector["length_unknown"],
        created=vector["created_at_us"],
    )
    assert hashlib.sha256(sealed.object).hexdigest() == vector["object_sha256"]


@pytest.mark.parametrize("sealed", [tiny, generate.body, generate.live, generate.described])
def test_what_the_negative_objects_are_made_from_opens(sealed):
    good = {
        "scope_key": sealed.scope_key.hex(),
        "scope_id": sealed.scope_id.hex(),
        "key_version": 1,
        "name": sealed.name,
        "object_hex": sealed.object.hex(),
        "sealed_metadata_b64url": sealed.carried,
        "expect": "IntegrityError",
        "released": 0,
    }
    lines = list(check(good))
    assert f"whole read: no IntegrityError, and {len(sealed.plain)} bytes" in lines


def test_the_salamander_really_opens_under_both_keys():
    raw = bytes.fromhex(two_keys()["object_hex"])
    chunk = raw[160:]
    attacker = Sealed(plain=bytes(32), scope_key=generate.noise("the attacker's key", 32))
    opened = []
    for sealed in (attacker, attacker.but(scope_key=tiny.scope_key)):
        keys = sealed.keys()
        opened.append(AESGCM(keys["body"]).decrypt(keys["base"], chunk, b""))
    assert opened[0] != opened[1]


def _changed(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, dict):
        return {**value, "content_type": "text/changed"}
    return ("1" if value[0] != "1" else "2") + value[1:] if value else "00" * 12


@pytest.mark.parametrize("field", sorted(set(POSITIVE[3]) - {"label", "keys"}))
def test_a_change_of_any_field_of_a_known_answer_is_found(field):
    vector = copy.deepcopy(POSITIVE[3])
    vector[field] = _changed(vector[field])
    assert list(check(vector))


@pytest.mark.parametrize("name", ["body", "base", "meta", "hdr", "name"])
def test_a_change_of_any_key_of_a_known_answer_is_found(name):
    vector = copy.deepcopy(POSITIVE[0])
    vector["keys"][name] = _changed(vector["keys"][name])
    assert list(check(vector)) == [f"the key {name!r} is another"]


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({"expect": "FormatError"}, "TamperedError instead of FormatError"),
        ({"expect": "LookupError"}, "TamperedError instead of LookupError"),
        ({"released": 0}, "whole read: 16384 bytes were released, not 0"),
        ({"inspect": "fails"}, "inspect: no TamperedError"),
        ({"object_b64": "not base64!"}, "the vector cannot be used"),
        ({"scope_key": "zz"}, "the vector cannot be used"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_negative_vector_that_does_not_hold_is_found(changes, lines):
    vector = next(v for v in NEGATIVE if v["label"] == "chunks: a bit flipped in the second")
    assert any(lines in line for line in check({**vector, **changes}))


@pytest.mark.parametrize("expect", ["IntegrityError", "MultistoreError", "Exception"])
def test_a_base_of_the_error_will_do(expect):
    vector = next(v for v in NEGATIVE if v["label"] == "chunks: swapped")
    assert list(check({**vector, "expect": expect, "released": -1})) == []


def test_the_command(tmp_path, capsys):
    bad = copy.deepcopy(POSITIVE[1])
    bad["final_tag"] = "00" * 16
    path = tmp_path / "vectors.json"
    path.write_text(json.dumps([bad, POSITIVE[0]]), encoding="utf-8")
    assert main([str(path)]) == 1
    out = capsys.readouterr().out.splitlines()
    assert len(out) == 2
    assert out[0].startswith(f"{path}: one byte: final_tag is ")
    assert out[1] == "2 vectors, 1 differences"


@pytest.mark.parametrize("content", [None, "", "[]", "{}", "[1]"])
def test_a_file_that_proves_nothing_is_no_success(tmp_path, content):
    path = tmp_path / "vectors.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert main([str(path)]) == 2
    assert main([]) == 2


def test_the_command_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "multistore.testing.vectors", HERE / "mso1-kat.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "8 vectors, 0 differences\n"
