"""The Merkle tree of RFC 9162, section 2.1: roots, inclusion and consistency proofs from stored subtrees.

A node is named by its level and its index on that level: node (0, i) is the hash of leaf i, node (k, i) covers the 2ᵏ
leaves from i·2ᵏ on. Only full subtrees have a name; they never change once they are full, so each is stored once, and
whatever is asked about a tree of any earlier size can be answered from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256

Nodes = Callable[[int, int], bytes]
"""Gives the hash of the full subtree at (level, index)."""

EMPTY = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf (RFC 9162, 2.1.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node (RFC 9162, 2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def grown(size: int, leaf: bytes, node: Nodes) -> Iterator[tuple[int, int, bytes]]:
    """The subtrees that a further leaf fills, as (level, index, hash), the leaf itself first.

    Args:
        size: number of leaves before it.
        leaf: its hash.
    """
    level, index, current = 0, size, leaf
    yield level, index, current
    while index % 2:
        current = node_hash(node(level, index - 1), current)
        level, index = level + 1, index // 2
        yield level, index, current


def root(size: int, node: Nodes) -> bytes:
    """The root over the first `size` leaves."""
    return _hash(0, size, node) if size else EMPTY


def inclusion(index: int, size: int, node: Nodes) -> list[bytes]:
    """The path that proves leaf `index` in the tree of `size` leaves (RFC 9162, 2.1.3.1).

    Raises:
        ValueError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(index)
    path, begin, end = [], 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_hash(middle, end, node))
            end = middle
        else:
            path.append(_hash(begin, middle, node))
            begin = middle
    return path[::-1]


def consistency(old: int, new: int, node: Nodes) -> list[bytes]:
    """The path that proves that the tree of `new` leaves only adds to that of `old` (RFC 9162, 2.1.4.1).

    Raises:
        ValueError: not 0 < old ≤ new.
    """
    if not 0 < old <= new:
        raise ValueError(old)
    path, begin, end, whole = [], 0, new, True
    while old < end:
        middle = begin + _split(end - begin)
        if old <= middle:
            path.append(_hash(middle, end, node))
            end = middle
        else:
            path.append(_hash(begin, middle, node))
            begin, whole = middle, False
    return ([] if whole else [_hash(begin, end, node)]) + path[::-1]


def root_by_inclusion(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    """The root that an inclusion path leads to; None where the path does not fit (RFC 9162, 2.1.3.2)."""
    if index >= size:
        return None
    position, last, found = index, size - 1, leaf
    for one in path:
        if last == 0:
            return None
        if position % 2 or position == last:
            found = node_hash(one, found)
            while not position % 2 and position:
                position, last = position // 2, last // 2
        else:
            found = node_hash(found, one)
        position, last = position // 2, last // 2
    return found if last == 0 else None


def _hash(begin: int, end: int, node: Nodes) -> bytes:
    """The hash over the leaves from `begin` to `end` (exclusive), where `begin` is where some full subtree begins."""
    count = end - begin
    level = count.bit_length() - 1
    if count == 1 << level:
        return node(level, begin >> level)
    middle = begin + _split(count)
    return node_hash(_hash(begin, middle, node), _hash(middle, end, node))


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)
