"""What names an asking: a signed token, so that feedback finds its entry and no list is kept.

An id is 36 bytes in base64url: when it ends, a random number, a hash of the entry's id, and the
keyed BLAKE2b of all that, of 128 bits (RFC 7693). An HMAC would do, but OpenSSL takes 40
microseconds to begin with one where nothing of it is in the caches, and so it is when an answer
comes.
"""

import base64
import hmac
import random
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from index.lookup import text_hash

LIFETIME: Final = timedelta(days=1)
"""How long an asking can be given feedback to."""

KEY_BYTES: Final = 32

_BODY: Final = struct.Struct("!I8sQ")  # seconds since 1970, random, entry
_SIGNATURE_BYTES: Final = 16
_KEPT: Final = 4096  # hashes of entries' ids
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

    def __init__(self, key: bytes, entry_of_hash: Callable[[int], str | None]) -> None:
        """key: KEY_BYTES random bytes, the same in every process that shall know the ids.
        entry_of_hash: the id of an entry, by the `text_hash` of it; None when there is none.
        """
        self._key = key
        self._entry_of_hash = entry_of_hash
        self._hash_of = lru_cache(_KEPT)(text_hash)

    def id_of(self, entry: str, at: datetime) -> str:
        """A new id for an asking that was shown this entry, "" for none; 48 URL-safe characters."""
        ends = int((at + LIFETIME).timestamp())
        # It need not be secret, for it is signed; the system's randomness would take longer.
        body = _BODY.pack(ends, random.randbytes(8), self._hash_of(entry))  # noqa: S311 - as above
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
        seconds, _, hash_ = _BODY.unpack(body)
        ends = datetime.fromtimestamp(seconds, UTC)
        entry = "" if hash_ == self._hash_of("") else self._entry_of_hash(hash_)
        return Asking(body[:12], entry, ends) if entry is not None and at < ends else None

    def _signature(self, body: bytes) -> bytes:
        return blake2b(body, key=self._key, digest_size=_SIGNATURE_BYTES).digest()
