"""A key service that somebody else wrote, from the protocol's text alone: keys in a dictionary.

It stands for Azure Key Vault or a PKCS#11 token, which a package brings by the entry-point group.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from multistore.errors import KeyDestroyedError, KeyUnavailableError, TamperedError
from multistore.keys.kms.base import KekLabel, MasterKey, MasterKeyState
from multistore.keys.secret import Secret


def from_url(url, *, base):
    return HsmKms(url)


class HsmKms:
    destroyable = True
    min_wait_days = 1
    attestable = True
    location = "HSM in 東京, rack 12"

    def __init__(self, url):
        self.url = url
        self.slots = {}

    def occupant(self):
        return None

    def find(self, label):
        return next((slot for slot, held in self.slots.items() if held["label"] == label), None)

    def create(self, label):
        found = self.find(label)
        if found:
            return found
        slot = f"slot-{len(self.slots)}"
        self.slots[slot] = {"label": label, "key": os.urandom(32), "state": "enabled", "due": None}
        return slot

    def wrap(self, key_id, plaintext, label):
        nonce = os.urandom(12)
        return nonce + AESGCM(self._usable(key_id)).encrypt(nonce, plaintext, _text(label))

    def unwrap(self, key_id, ciphertext, label):
        key = self._usable(key_id)
        try:
            plain = AESGCM(key).decrypt(ciphertext[:12], ciphertext[12:], _text(label))
        except (InvalidTag, ValueError):
            raise TamperedError("not wrapped by this HSM") from None
        return Secret(plain)

    def disable(self, key_id):
        if self.describe(key_id).state is MasterKeyState.ENABLED:
            self.slots[key_id]["state"] = "disabled"

    def enable(self, key_id):
        if self.describe(key_id).state is MasterKeyState.DESTROYED:
            raise KeyDestroyedError("too late")
        self.slots[key_id].update(state="enabled", due=None)

    def schedule_destruction(self, key_id, wait):
        if wait < timedelta(days=self.min_wait_days):
            raise ValueError("too soon")
        held = self.slots[key_id]
        if held["due"] is None:
            held.update(state="pending-destruction", due=datetime.now(UTC) + wait)
        return held["due"]

    def describe(self, key_id):
        held = self.slots.get(key_id)
        if held is None:
            return MasterKey(key_id, MasterKeyState.ABSENT, self.location)
        state = MasterKeyState(held["state"])
        return MasterKey(key_id, state, self.location, held["due"], held["label"])

    def close(self):
        pass

    def elapse(self):
        for held in self.slots.values():
            if held["state"] == "pending-destruction":
                held.update(state="destroyed", key=None)

    def _usable(self, key_id):
        known = self.describe(key_id)
        if known.state is MasterKeyState.DESTROYED:
            raise KeyDestroyedError(f"{key_id} was destroyed")
        if known.state is not MasterKeyState.ENABLED:
            raise KeyUnavailableError(f"{key_id} is {known.state}")
        return self.slots[key_id]["key"]


def _text(label: KekLabel) -> bytes:
    return repr(sorted(label.context.items())).encode()
