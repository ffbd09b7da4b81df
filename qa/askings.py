"""What names an asking: a signed token, so that feedback finds its entry and no list is kept.

An id is 36 bytes in base64url: when it ends, a random number, a digest of the entry, and the first
128 bits of the HMAC-SHA-256 of all that (RFC 2104, section 5: truncation to half is sound).
"""

import base64
import hashlib
import hmac
import re
import secrets
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

LIFETIME: Final = timedelta(days=1)
"""How long an asking can be given feedback to."""

KEY_BYTES: Final = 32

_BODY: Final = struct.Struct("!I8s8s")  # seconds since 1970, random, entry
_SIGNATURE_BYTES: Final = 16
_ID: Final = re.compile("[A-Za-z0-9_-]{48}")


@dataclass(frozen=True, slots=True)
class Asking:
    """One asking, read from its id. `entry` is the id of the entry shown, "" if there was none.

    token: what no other asking has, (12,) bytes. ends: from when on its id is not known any more.
    """

    token: bytes
    entry: str
    ends: datetime


class Askings:
    """Makes ids of askings and reads them, for entries of one snapshot. Threads may share it."""

    def __init__(self, key: bytes, entries: Iterable[str]) -> None:
        """key: KEY_BYTES random bytes, the same in every process that shall know the ids."""
        self._key = key
        self._entry_of = {_digest(entry): entry for entry in ["", *entries]}

    def id_of(self, entry: str, at: datetime) -> str:
        """A new id for an asking that was shown this entry, "" for none; 48 URL-safe characters."""
        ends = int((at + LIFETIME).timestamp())
        body = _BODY.pack(ends, secrets.token_bytes(8), _digest(entry))
        return base64.urlsafe_b64encode(body + self._signature(body)).decode()

    def read(self, id_: str, at: datetime) -> Asking | None:
        """The asking; None when the id was not made with this key, is too old, or of an entry that
        there is no longer.
        """
        if not _ID.fullmatch(id_):
            return None
        raw = base64.urlsafe_b64decode(id_)
        body, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(body)):
            return None
        seconds, _, digest = _BODY.unpack(body)
        ends, entry = datetime.fromtimestamp(seconds, UTC), self._entry_of.get(digest)
        return Asking(body[:12], entry, ends) if entry is not None and at < ends else None

    def _signature(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")[:_SIGNATURE_BYTES]


def _digest(entry: str) -> bytes:
    """Eight bytes: among 20,000 entries, two alike once in 90 billion corpora."""
    return hashlib.sha256(entry.encode()).digest()[:8]
