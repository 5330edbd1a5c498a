"""A certificate is what was signed, byte for byte, or it is refused."""

from __future__ import annotations

import base64
import json

import pytest
import rfc8785
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from multistore.erasure import signing
from multistore.erasure.certificate import Certificate, issued
from multistore.erasure.page import page
from multistore.errors import ConfigurationError, FormatError, TamperedError
from tests.erasure.estate import put

PAYLOAD = {
    "type": "multistore-erasure-certificate",
    "version": 1,
    "id": "00ff",
    "status": "COMPLETE",
    "media": [{"bytes": 12, "name": "第1回 😀"}],
}


@pytest.fixture
def signer(tmp_path):
    return signing.opened(tmp_path / "key.pem")


def test_anybody_can_verify_it_by_the_specification(signer):
    certificate = json.loads(issued(PAYLOAD, signer).to_json())
    data = b"multistore-erasure-certificate-v1\n" + rfc8785.dumps(certificate["payload"])
    (signature,) = certificate["signatures"]
    raw = base64.urlsafe_b64decode(signature["sig"])
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    signer.public.verify(der, data, ec.ECDSA(hashes.SHA256()))
    assert signature["alg"] == "ES256"


def test_the_order_of_the_members_does_not_matter(signer):
    text = json.loads(issued(PAYLOAD, signer).to_json())
    text["payload"] = dict(reversed(text["payload"].items()))
    Certificate.from_json(json.dumps(text)).verify(signer.public)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "PARTIAL"},
        {"media": []},
        {"media": [{"bytes": 0, "name": "第1回 😀"}]},
        {"more": None},
    ],
)
def test_any_change_is_seen(signer, change):
    whole = json.loads(issued(PAYLOAD, signer).to_json())
    whole["payload"].update(change)
    with pytest.raises(TamperedError, match="altered"):
        Certificate.from_json(json.dumps(whole)).verify(signer.public)


def test_another_key_has_not_signed(signer, tmp_path):
    other = signing.opened(tmp_path / "other.pem")
    with pytest.raises(TamperedError, match="has not signed"):
        issued(PAYLOAD, signer).verify(other.public)


def test_a_claimed_kid_is_not_believed(signer, tmp_path):
    other = signing.opened(tmp_path / "other.pem")
    whole = json.loads(issued(PAYLOAD, signer).to_json())
    whole["signatures"][0]["kid"] = other.kid
    with pytest.raises(TamperedError):
        Certificate.from_json(json.dumps(whole)).verify(other.public)


@pytest.mark.parametrize("alg", ["none", "EdDSA", "HS256"])
def test_the_file_does_not_choose_the_algorithm(signer, alg):
    whole = json.loads(issued(PAYLOAD, signer).to_json())
    whole["signatures"][0]["alg"] = alg
    with pytest.raises(TamperedError):
        Certificate.from_json(json.dumps(whole)).verify(signer.public)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"payload": {}, "signatures": []}',
        '{"payload": {"type": "multistore-erasure-certificate", "version": 2}, "signatures": []}',
        '{"payload": 1, "payload": 2, "signatures": []}',
        "[" * 100_000,
        (
            '{"payload": {"type": "multistore-erasure-certificate", "version": 1, "id": 7,'
            ' "status": "COMPLETE"}, "signatures": []}'
        ),
    ],
)
def test_what_is_no_certificate_is_refused(text):
    with pytest.raises(FormatError):
        Certificate.from_json(text)


def test_what_is_not_signed_has_no_place_in_a_certificate(signer):
    whole = json.loads(issued(PAYLOAD, signer).to_json())
    with pytest.raises(FormatError, match="more than"):
        Certificate.from_json(json.dumps({**whole, "note": "all copies destroyed"}))


@pytest.mark.parametrize("sig", ["", "AAAA", "!!!!", "A" * 86 + "=="])
def test_a_broken_signature_is_refused(signer, sig):
    whole = json.loads(issued(PAYLOAD, signer).to_json())
    whole["signatures"][0]["sig"] = sig
    with pytest.raises(TamperedError):
        Certificate.from_json(json.dumps(whole)).verify(signer.public)


def _write(path, key):
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(pem)
    path.chmod(0o600)


def test_an_ed25519_key_signs_too(tmp_path):
    _write(tmp_path / "ed.pem", ed25519.Ed25519PrivateKey.generate())
    signer = signing.opened(tmp_path / "ed.pem")
    certificate = issued(PAYLOAD, signer)
    certificate.verify(signer.public)
    assert certificate.signatures[0]["alg"] == "EdDSA"


@pytest.mark.parametrize(
    "make",
    [
        lambda p: _write(p, ec.generate_private_key(ec.SECP384R1())),
        lambda p: _write(p, rsa.generate_private_key(65537, 2048)),
        lambda p: (p.write_bytes(b"nothing"), p.chmod(0o600)),
        lambda p: (_write(p, ec.generate_private_key(ec.SECP256R1())), p.chmod(0o644)),
    ],
    ids=["p384", "rsa", "nothing", "readable by others"],
)
def test_an_unfit_key_is_refused(tmp_path, make):
    make(tmp_path / "key.pem")
    with pytest.raises(ConfigurationError, match="key"):
        signing.opened(tmp_path / "key.pem")


def test_a_private_key_is_never_shown(signer):
    assert repr(signer) == f"Signer(ES256, {signer.kid})"


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_page_escapes_what_people_wrote(eraser, memory, lang):
    put(memory, "acme/video/<b>&")
    certificate = eraser(
        "acme/video/<b>&", {"memory": memory}, reason="<script>alert(1)</script>"
    ).certificate
    html = page(certificate, lang)
    assert "<script>" not in html
    assert "&lt;b&gt;&amp;" in html
    assert "http" not in html  # nothing is loaded from anywhere
    assert certificate.id in html


def test_the_page_says_not_looked_at_and_never_zero(eraser, memory):
    from multistore.errors import AccessDeniedError
    from multistore.testing.faults import Before, FaultyStore

    def denied():
        raise AccessDeniedError("no", code="AccessDenied")

    faulty = FaultyStore(memory)
    faulty.on("list", Before(denied))
    html = page(eraser("acme/video/a", {"memory": faulty}).certificate, "en")
    assert "0 → not looked at" in html
    assert "Not complete" in html
