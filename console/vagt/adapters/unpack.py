"""Unpacks a compressed answer no further than anybody wants to read: a few bytes may hold gigabytes."""

from __future__ import annotations

import zlib
from collections.abc import Callable

ACCEPTED = "gzip, deflate"
"""What `Accept-Encoding` asks for (RFC 9110, 8.4.1)."""
_GZIP = 16 + zlib.MAX_WBITS


class PackedWrongly(ValueError):
    """What came is not packed as its header says, or more than once."""


class Unpacker:
    """The content of one answer, piece by piece."""

    def __init__(self, encoding: str) -> None:
        """`encoding`: the answer's Content-Encoding. Raises PackedWrongly where it is packed more than once."""
        names = [name.strip().lower() for name in encoding.split(",")]
        packed = [name for name in names if name in ("gzip", "x-gzip", "deflate")]
        if len(packed) > 1:
            raise PackedWrongly("it is packed more than once")
        # what is labelled with anything else is taken as it is: some servers write their charset there
        self._unpack: Callable[[bytes, int], bytes] = self._plain
        if packed:
            self._unpack = self._deflated if packed[0] == "deflate" else zlib.decompressobj(_GZIP).decompress

    def __call__(self, piece: bytes, most: int) -> bytes:
        """What is in the next `piece`, at most `most` bytes of it. Raises PackedWrongly."""
        try:
            return self._unpack(piece, most)
        except zlib.error as error:
            raise PackedWrongly(f"it cannot be unpacked ({error})") from None

    def _plain(self, piece: bytes, most: int) -> bytes:
        return piece[:most]

    def _deflated(self, piece: bytes, most: int) -> bytes:
        """With the header that the standard asks for, or without, as many servers send it."""
        try:
            whole = zlib.decompressobj()
            found = whole.decompress(piece, most)
        except zlib.error:
            whole = zlib.decompressobj(-zlib.MAX_WBITS)
            found = whole.decompress(piece, most)
        self._unpack = whole.decompress
        return found
