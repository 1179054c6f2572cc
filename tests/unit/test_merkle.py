"""The stored tree against the recursive definitions of RFC 9162, for every size and for random ones."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.proof import merkle
from engine.proof.verify import Frontier


class Stored:
    """Subtrees as a store keeps them."""

    def __init__(self, size: int) -> None:
        self.leaves = [str(number).encode() for number in range(size)]
        self.nodes: dict[tuple[int, int], bytes] = {}
        for number, leaf in enumerate(self.leaves):
            for level, index, hash_ in merkle.grown(number, merkle.leaf_hash(leaf), self.node):
                assert (level, index) not in self.nodes  # each is stored once
                self.nodes[level, index] = hash_

    def node(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]


def power_below(count: int) -> int:
    return max(power for power in (1 << exponent for exponent in range(20)) if power < count)


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, as it is written there."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    k = power_below(len(leaves))
    return sha256(b"\1" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 9162, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = power_below(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_proof(m: int, leaves: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 9162, 2.1.4.1."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = power_below(len(leaves))
    if m <= k:
        return [*naive_proof(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_proof(m - k, leaves[k:], False), naive_root(leaves[:k])]


@pytest.mark.parametrize("size", range(0, 34))
def test_every_small_tree_has_the_roots_and_proofs_of_the_rfc(size: int) -> None:
    stored, frontier = Stored(size), Frontier()
    for earlier in range(size + 1):
        root = naive_root(stored.leaves[:earlier])
        assert merkle.root(earlier, stored.node) == frontier.root() == root
        for index in range(earlier):
            path = merkle.inclusion(index, earlier, stored.node)
            assert path == naive_path(index, stored.leaves[:earlier])
            assert merkle.root_by_inclusion(index, earlier, merkle.leaf_hash(stored.leaves[index]), path) == root
        if earlier:
            assert merkle.consistency(earlier, size, stored.node) == naive_proof(earlier, stored.leaves)
        if earlier < size:
            frontier.append(merkle.leaf_hash(stored.leaves[earlier]))


@given(st.data())
def test_large_trees_too(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 400))
    stored, index = Stored(size), data.draw(st.integers(0, size - 1))
    assert merkle.root(size, stored.node) == naive_root(stored.leaves)
    assert merkle.inclusion(index, size, stored.node) == naive_path(index, stored.leaves)
    assert merkle.consistency(index + 1, size, stored.node) == naive_proof(index + 1, stored.leaves)


@given(st.data())
def test_a_path_proves_one_leaf_at_one_place_only(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 100))
    stored, index = Stored(size), data.draw(st.integers(0, size - 1))
    path, root = merkle.inclusion(index, size, stored.node), merkle.root(size, stored.node)
    leaf = merkle.leaf_hash(stored.leaves[index])
    other = data.draw(st.integers(0, size - 1).filter(lambda other: other != index))
    assert merkle.root_by_inclusion(other, size, leaf, path) != root
    assert merkle.root_by_inclusion(index, size, merkle.leaf_hash(b"x"), path) != root
    assert merkle.root_by_inclusion(index, size, leaf, path[:-1]) != root
    assert merkle.root_by_inclusion(index, size, leaf, [*path, root]) != root


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_there_is_no_path_to_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError):
        merkle.inclusion(index, size, Stored(3).node)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3)])
def test_nothing_proves_a_later_tree_by_an_earlier_one(old: int, new: int) -> None:
    with pytest.raises(ValueError):
        merkle.consistency(old, new, Stored(4).node)


def test_a_leaf_is_never_taken_for_a_node() -> None:
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)
