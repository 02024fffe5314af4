"""MD5 (RFC 1321) of many messages of one length at once: numpy lanes for large batches, hashlib for small ones."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

_LANES = 8192  # the working arrays of this many messages stay in the processor's cache
_FEW = 512  # below this hashlib's call a message costs less than numpy's calls a step
_SHIFTS = np.repeat([[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]], 4, axis=0)
_SHIFTS = _SHIFTS.ravel().astype(np.uint32)
_BACK = np.uint32(32) - _SHIFTS
_SINES = np.floor(np.abs(np.sin(np.arange(1, 65))) * 2.0**32).astype(np.uint32)
_START = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)


def digests(messages: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(n, 16): the MD5 of each row of `messages`, (n, bytes)."""
    n, length = messages.shape
    if n < _FEW:
        rows = (hashlib.md5(row.tobytes(), usedforsecurity=False).digest() for row in messages)
        return np.frombuffer(b"".join(rows), np.uint8).reshape(n, 16)
    blocks = (length + 8) // 64 + 1
    result = np.empty((n, 16), np.uint8)
    for start in range(0, n, _LANES):
        lanes = messages[start : start + _LANES]
        padded = np.zeros((len(lanes), blocks * 64), np.uint8)
        padded[:, :length] = lanes
        padded[:, length] = 0x80
        padded[:, -8:] = np.frombuffer(np.array([8 * length], "<u8").tobytes(), np.uint8)
        words = np.ascontiguousarray(padded.view("<u4").T)
        result[start : start + _LANES] = _hash(words)
    return result


def _hash(words: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """(n, 16): the digests of padded messages given as (16 × blocks, n) words."""
    state = [np.full(words.shape[1], value, np.uint32) for value in _START]
    carried = np.empty_like(state[0])
    for block in range(0, len(words), 16):
        a, b, c, d = (part.copy() for part in state)
        for step in range(64):
            if step < 16:
                mixed, word = d ^ (b & (c ^ d)), step
            elif step < 32:
                mixed, word = c ^ (d & (b ^ c)), (5 * step + 1) % 16
            elif step < 48:
                mixed, word = b ^ c ^ d, (3 * step + 5) % 16
            else:
                mixed, word = c ^ (b | ~d), 7 * step % 16
            a += mixed
            a += words[block + word]
            a += _SINES[step]
            np.right_shift(a, _BACK[step], out=carried)
            a <<= _SHIFTS[step]
            a |= carried
            a += b
            a, b, c, d = d, a, b, c
        for total, part in zip(state, (a, b, c, d), strict=True):
            total += part
    return np.ascontiguousarray(np.stack(state, axis=1).astype("<u4")).view(np.uint8)
