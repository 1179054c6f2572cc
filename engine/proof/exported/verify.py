"""Checks an export of the processing history without the program that made it: python3 verify.py EXPORT.zip

1. `listed`: the archive holds nothing that could harm who reads it.
2. `follow`: each stream of events is whole: every hash, link, number and payload.
3. `check_deleted`: what is gone was deleted by a decision that the stream itself tells.
4. `check_files`: every file is what its name says; none is missing, none was added.
5. `check_log`: every event lies in the tree whose root the newest checkpoint states; the earlier checkpoints and the
   one that somebody kept lie in its past; all were signed by keys on record, the last one by a key that is trusted.
6. `report`: what was proved, what could not be, what is wrong and where.

Standard library alone. Signatures (Ed25519) are checked by the package `cryptography` where it is installed, else by
the command `openssl`. Ends with 0: everything was proved; 1: something is wrong; 2: nothing is wrong, but something
could not be proved; 3: nothing was checked, since a file could not be read. The format is described in the README of
each export.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

LINE = 64 * 1024 * 1024
FILE = 1024 * 1024 * 1024
RATIO, SMALL = 400, 16 * 1024 * 1024
SHOWN = 200
NAMES = re.compile(
    r"README\.txt|verify\.py|log/checkpoint\.txt|log/checkpoints\.jsonl"
    r"|events/[a-z]+-[\w.:-]+\.jsonl|(content|versions)/[0-9a-f]{64}"
)
SHA256 = re.compile("[0-9a-f]{64}")
LEAF = {"position", "envelope", "salt", "payload"}
GENESIS = "0" * 64
DECISION = ("decision", "decided_on")
CODE = re.compile(r"[\w.-]{1,40}")
KEY = re.compile(r"[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+")
UNCHECKED = 3
WORDS = {
    "bad_zip": ("Tệp không phải bản xuất hợp lệ: {0}", "The file is no valid export: {0}"),
    "chain": ("{0}, sự kiện {1}: {2}", "{0}, event {1}: {2}"),
    "gap": ("thiếu sự kiện đứng trước", "an event before it is missing"),
    "link": ("không nối tiếp sự kiện đứng trước", "does not follow the event before it"),
    "stream": ("thuộc về chuỗi khác", "belongs to another stream"),
    "unreadable": ("không đọc được", "cannot be read"),
    "payload": ("nội dung đã bị sửa", "what it says was altered"),
    "payload_gone": ("nội dung không còn", "what it says is gone"),
    "inclusion": ("không có trong nhật ký đã ký", "is not in the signed log"),
    "position": ("vị trí trong nhật ký bị trùng hoặc sai", "its position in the log is doubled or wrong"),
    "missing_file": ("tệp {0} không có trong bản xuất", "the file {0} is not in the export"),
    "file": ("Tệp {0} đã bị sửa hoặc bị thay", "The file {0} was altered or replaced"),
    "extra": ("Tệp {0} không thuộc bản xuất này", "The file {0} does not belong to this export"),
    "no_export": ("Thiếu sự kiện ghi nhận việc xuất", "The event that records the export is missing"),
    "cut": ("Chuỗi {0} không đúng độ dài: {1} sự kiện lúc xuất, ở đây {2}", "{0}: {1} events when exported, {2} here"),
    "root": ("Nhật ký không khớp điểm kiểm tra {0}", "The log does not agree with checkpoint {0}"),
    "count": (
        "Điểm kiểm tra nói {0} sự kiện, ở đây {1}; vị trí không khớp: {2}",
        "{0} events signed, {1} here; at {2}",
    ),
    "signature": ("Chữ ký của điểm kiểm tra {0} không đúng", "The signature of checkpoint {0} is wrong"),
    "key": ("Điểm kiểm tra không do khóa đã giao ký", "The checkpoint is not signed by the key that was given"),
    "revoked": ("Khóa ký {0} đã bị thu hồi", "The signing key {0} was revoked"),
    "older": (
        "Bản xuất ({0} sự kiện) cũ hơn điểm kiểm tra đang giữ ({1}): bản cũ được đưa lại, hoặc phần đuôi bị cắt",
        "The export ({0} events) is older than the checkpoint held ({1}): an old export replayed, or its tail cut off",
    ),
    "origin": ("Điểm kiểm tra {0} thuộc nhật ký khác", "Checkpoint {0} is of another log"),
    "p_chain": ("{0} chuỗi, {1} sự kiện nguyên vẹn và nối tiếp", "{0} streams, {1} events unaltered and in sequence"),
    "p_deleted": (
        "{0}: nội dung của {1} sự kiện đã được xóa hợp pháp theo quyết định {2} ngày {3}; chuỗi vẫn nguyên vẹn",
        "{0}: what {1} events said was deleted lawfully by decision {2} of {3}; the chain is whole",
    ),
    "p_files": ("{0} tệp nguyên vẹn, không thừa không thiếu", "{0} files unaltered, none added, none left out"),
    "p_complete": ("đây là toàn bộ nhật ký, không sót sự kiện nào", "this is the whole log, no event left out"),
    "p_partial": (
        "mọi sự kiện có trong nhật ký đã ký; không chuỗi nào bị cắt, tính đến lúc xuất {0}",
        "all events are in the signed log; no stream was cut, as of the export at {0}",
    ),
    "p_signed": ("điểm kiểm tra {0} sự kiện ({1}), ký bởi khóa {2}", "checkpoint over {0} events ({1}), signed by {2}"),
    "p_held": ("khớp điểm kiểm tra đang giữ ({0} sự kiện)", "agrees with the checkpoint held ({0} events)"),
    "u_key": (
        "khóa {0} chỉ do chính bản xuất nêu: hãy dùng --key hoặc --checkpoint với thứ nhận được bằng đường khác",
        "key {0} is named by the export itself alone: use --key or --checkpoint with what you got by another way",
    ),
    "u_ed25519": (
        "chữ ký chưa kiểm tra: máy này không có lệnh openssl và gói cryptography",
        "signatures not checked: this machine has neither the command openssl nor the package cryptography",
    ),
    "u_held": (
        "bản xuất không có chứng cứ nối tới điểm kiểm tra {0}: hãy xin bản xuất toàn bộ",
        "the export has no proof that leads to checkpoint {0}: ask for a complete export",
    ),
    "no_file": ("Không đọc được tệp {0}", "The file {0} cannot be read"),
    "no_note": ("Tệp {0} không phải điểm kiểm tra", "The file {0} is no checkpoint"),
    "no_key": ("Tệp {0} không có khóa công khai nào", "The file {0} holds no public key"),
    "no_call": ("Cách gọi chưa đúng: {0}", "Not called rightly: {0}"),
    "nothing": ("CHƯA KIỂM TRA. {0}.", "NOTHING WAS CHECKED. {0}."),
    "right": ("ĐÚNG.", "TRUE."),
    "partly": ("CHƯA THẤY SAI, nhưng chưa chứng minh được hết.", "NOTHING WRONG, but not everything could be proved."),
    "wrong": ("SAI: {0} chỗ.", "FALSE: {0} places."),
    "proved": ("Đã chứng minh", "Proved"),
    "unproved": ("Chưa chứng minh được", "Could not be proved"),
    "faults": ("Không đúng", "Wrong"),
    "more": ("… và {0} chỗ nữa", "… and {0} more"),
}


class Refused(Exception):
    """The file is not read at all, or not any further."""


class NotGiven(Exception):
    """A file that the person named is not there, or not what it should be; `args`: an entry as in `Verdict`."""


@dataclass
class Verdict:
    """What was found. Each entry is a key of `WORDS` with its values; a value may be such an entry itself.

    `codes`: what people call a stream, beside its name.
    """

    proved: list[tuple[Any, ...]] = field(default_factory=list)
    unproved: list[tuple[Any, ...]] = field(default_factory=list)
    wrong: list[tuple[Any, ...]] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> int:
        """The exit code."""
        return 1 if self.wrong else 2 if self.unproved else 0


@dataclass(frozen=True)
class Note:
    """A signed checkpoint. `signatures`: by the id of their key."""

    text: str
    origin: str
    size: int
    root: bytes
    signatures: dict[str, bytes]

    @classmethod
    def read(cls, note: str) -> Note:
        """Read one; raises ValueError."""
        head, separator, tail = note.partition("\n\n")
        origin, size, root, moment = head.split("\n")
        if not (separator and re.fullmatch("[1-9][0-9]{0,17}", size) and moment.startswith("time ")):
            raise ValueError("checkpoint")
        signatures = {}
        for line in tail.splitlines():
            name, _, written = line.rpartition(" ")
            raw = base64.b64decode(written, validate=True)
            if name != f"— {origin}" or base64.b64encode(raw).decode() != written:
                raise ValueError("signature")
            signatures[raw[:4].hex()] = raw[4:]
        return cls(head + "\n", origin, int(size), base64.b64decode(root, validate=True), signatures)

    @property
    def moment(self) -> str:
        """When it was signed, as it says."""
        return self.text.splitlines()[3][5:]


@dataclass
class Found:
    """What the events of the export say.

    `leaves`: by position; `needed`: by file, the first event that names it; `keys`: with the position of their event;
    `gone`: events without what they said; `deletions`: events that say what was deleted before them, and by whom;
    `codes`: of cases, by stream.
    """

    lengths: dict[str, tuple[int, str]] = field(default_factory=dict)
    leaves: dict[int, tuple[bytes, str, int, Any]] = field(default_factory=dict)
    needed: dict[str, tuple[str, int]] = field(default_factory=dict)
    keys: list[tuple[int, str, Any]] = field(default_factory=list)
    exports: list[tuple[int, str, Any]] = field(default_factory=list)
    gone: list[tuple[str, int]] = field(default_factory=list)
    deletions: list[tuple[str, int, Any]] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)


@dataclass
class Given:
    """What the person who checks has got by another way. `key`: a public key, or several, a line each."""

    held: Note | None = None
    key: str | None = None


def verify(path: Path, given: Given) -> Verdict:
    """Check an export."""
    verdict = Verdict()
    try:
        with zipfile.ZipFile(path) as archive:
            names, found = listed(archive), Found(codes=verdict.codes)
            for name in names:
                if name.startswith("events/"):
                    follow(archive, name, found, verdict)
            verdict.proved.append(("p_chain", len(found.lengths), len(found.leaves)))
            check_deleted(found, verdict)
            check_files(archive, names, found, verdict)
            check_log(archive, found, verdict, given)
    except (Refused, zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        verdict.wrong.append(("bad_zip", ascii(str(error)[:SHOWN])))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, zlib.error) as error:
        verdict.wrong.append(("bad_zip", ascii(f"{type(error).__name__} {error}"[:SHOWN])))
    return verdict


def listed(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The entries, after a look at what could harm the reader."""
    names: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        if not NAMES.fullmatch(info.filename) or info.filename in names:
            raise Refused(info.filename)
        if not info.filename.startswith("events/") and info.file_size > FILE:
            raise Refused(f"{info.filename}: {info.file_size} bytes")
        if info.file_size > SMALL and info.file_size > RATIO * max(1, info.compress_size):
            raise Refused(f"{info.filename}: {info.compress_size} -> {info.file_size} bytes")
        names[info.filename] = info
    return names


def lines(archive: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    """The lines of a JSON file, one at a time."""
    with archive.open(name) as file:
        while line := file.readline(LINE):
            yield json.loads(line)


def digest(archive: zipfile.ZipFile, name: str) -> str:
    """SHA-256 of a file, read piece by piece."""
    hashed = hashlib.sha256()
    with archive.open(name) as file:
        while piece := file.read(1 << 20):
            hashed.update(piece)
    return hashed.hexdigest()


# Events ---------------------------------------------------------------------------------------------------------------


def follow(archive: zipfile.ZipFile, name: str, found: Found, verdict: Verdict) -> None:
    """Follow one chain: every hash, link, payload and position."""
    stream, seq, previous = name[len("events/") : -len(".jsonl")], 0, GENESIS
    try:
        for line in lines(archive, name):
            data = line["envelope"].encode()
            envelope, hash_ = json.loads(data), hashlib.sha256(data).hexdigest()
            faults = list(event_faults(stream, seq, previous, envelope, line, found, hash_))
            seq, previous = envelope["seq"], hash_
            verdict.wrong += [("chain", stream, seq, fault) for fault in faults]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        verdict.wrong.append(("chain", stream, seq + 1, ("unreadable",)))
        return
    found.lengths[stream] = (seq, previous)


def event_faults(
    stream: str, seq: int, previous: str, envelope: Any, line: Any, found: Found, hash_: str
) -> Iterator[tuple[str]]:
    """What is wrong with one event; what it names is noted."""
    number, position = envelope["seq"], line["position"]
    if number != seq + 1:
        yield ("gap",)
    if envelope["previous_hash"] != previous:
        yield ("link",)
    if f"{envelope['stream']['kind']}-{envelope['stream']['id']}" != stream:
        yield ("stream",)
    if set(line) - {"inclusion"} != LEAF:
        yield ("unreadable",)
    if type(position) is not int or position < 0 or position in found.leaves:
        yield ("position",)
    else:
        leaf = hashlib.sha256(b"\0" + bytes.fromhex(hash_)).digest()
        found.leaves[position] = (leaf, stream, number, line.get("inclusion"))
    for name in files_of(envelope, {}):
        found.needed.setdefault(name, (stream, number))
    if line["payload"] is None:
        found.gone.append((stream, number))
        return
    payload = line["payload"].encode()
    if hashlib.sha256(bytes.fromhex(line["salt"]) + payload).hexdigest() != envelope["payload_digest"]:
        yield ("payload",)
        return
    note_said(stream, number, position, envelope, json.loads(payload), found)


def note_said(stream: str, number: int, position: int, envelope: Any, said: Any, found: Found) -> None:
    """Keep what the checks further on need."""
    if envelope["type"] == "HistoryExported" and stream.startswith("audit-export-"):
        found.exports.append((position, envelope["recorded_at"], said))
    if envelope["type"] == "ContentDeleted":
        found.deletions.append((stream, number, said))
    if stream == "audit-keys":
        found.keys.append((position, envelope["type"], said))
    if envelope["type"] == "CaseStarted" and CODE.fullmatch(code := str(said.get("facts", {}).get("code"))):
        found.codes[stream] = code
    for name in files_of(envelope, said):
        found.needed.setdefault(name, (stream, number))


def check_deleted(found: Found, verdict: Verdict) -> None:
    """What is gone was deleted by a decision that a later event of the same stream tells; else it is a fault."""
    lawful: dict[tuple[str, int], tuple[str, str]] = {}
    for stream, number, said in found.deletions:
        decision, day = ("".join(c for c in str(said[key]) if c.isprintable())[:SHOWN] for key in DECISION)
        for first, last in said["erased"]:
            lawful |= {(stream, seq): (decision, day) for seq in range(max(1, first), min(last, number - 1) + 1)}
    counted: dict[tuple[str, str, str], int] = {}
    for stream, seq in found.gone:
        if (by := lawful.get((stream, seq))) is None:
            verdict.wrong.append(("chain", stream, seq, ("payload_gone",)))
        else:
            counted[stream, *by] = counted.get((stream, *by), 0) + 1
    verdict.proved += [("p_deleted", stream, n, what, day) for (stream, what, day), n in counted.items()]


def files_of(envelope: Any, said: Any) -> Iterator[str]:
    """The files that an event needs. Only cases keep files; elsewhere a digest may be of what was read once."""
    if version := envelope["origin"]["version_hash"]:
        yield f"versions/{version}"
    if envelope["type"] == "VersionPublished" and "hash" in said:
        yield f"versions/{said['hash']}"
    if envelope["stream"]["kind"] == "case":
        yield from (f"content/{sha256}" for sha256 in files_named(said))


def files_named(value: Any) -> Iterator[str]:
    """Digests of files: each value under a key that ends in `sha256`."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key.endswith("sha256") and isinstance(item, str) and SHA256.fullmatch(item):
                yield item
            yield from files_named(item)
    elif isinstance(value, list):
        for item in value:
            yield from files_named(item)


# Files ----------------------------------------------------------------------------------------------------------------


def check_files(archive: zipfile.ZipFile, names: dict[str, Any], found: Found, verdict: Verdict) -> None:
    """Every file is what its name says, some event needs it, and none that is needed is missing."""
    there = {name for name in names if name.startswith(("content/", "versions/"))}
    for name in sorted(there):
        if digest(archive, name) != name.rpartition("/")[2]:
            verdict.wrong.append(("file", name))
        elif name.startswith("versions/"):
            manifest = json.loads(archive.read(name))
            parts = [f"content/{one}" for one in manifest["files"].values()]
            parts += [f"versions/{one}" for one in manifest["shared"].values()]
            for part in parts:
                found.needed.setdefault(part, found.needed.get(name, (name, 0)))
    verdict.wrong += [("extra", name) for name in sorted(there - set(found.needed))]
    for name in sorted(set(found.needed) - there):
        verdict.wrong.append(("chain", *found.needed[name], ("missing_file", name)))
    for name in ("README.txt", "verify.py"):
        if digest(archive, name) not in [said["program"][name] for _, _, said in found.exports]:
            verdict.wrong.append(("file", name))
    verdict.proved.append(("p_files", len(there)))


# The log --------------------------------------------------------------------------------------------------------------


def check_log(archive: zipfile.ZipFile, found: Found, verdict: Verdict, given: Given) -> None:
    """That all events are in the tree that the checkpoint states, and who signed it."""
    note, kept = Note.read(archive.read("log/checkpoint.txt").decode()), []
    for line in lines(archive, "log/checkpoints.jsonl"):
        one = Note.read(line["note"])
        kept.append(one)
        if one.origin != note.origin:
            verdict.wrong.append(("origin", one.size))
        if not consistent(one.size, note.size, hashes(line["consistency"]), one.root, note.root):
            verdict.wrong.append(("root", one.size))
    complete = check_events_in(note, kept, found, verdict, given)
    agrees = check_held(note, kept, complete, verdict, given)
    check_signatures(note, kept, found, verdict, given, given.held.size if given.held and agrees else 0)


def check_events_in(note: Note, kept: list[Note], found: Found, verdict: Verdict, given: Given) -> bool:
    """The events are in the tree: all of it, or some streams with a path for each event. Returns whether it is all."""
    if not found.exports:
        verdict.wrong.append(("no_export",))
        return False
    _, moment, said = max(found.exports, key=lambda one: one[0])
    here = set(found.leaves)
    if said["complete"] or here == set(range(note.size)):
        if wrong := here ^ set(range(note.size)):
            verdict.wrong.append(("count", note.size, len(here), ", ".join(map(str, sorted(wrong)[:10]))))
        else:
            check_whole_tree(found, [*kept, note, *([given.held] if given.held else [])], note.size, verdict)
        verdict.proved.append(("p_complete",))
        return True
    for position, (leaf, stream, number, path) in found.leaves.items():
        if root_over(position, note.size, leaf, hashes(path or ())) != note.root:
            verdict.wrong.append(("chain", stream, number, ("inclusion",)))
    expected = {stream: (length, last) for stream, length, last in said["streams"]}
    got = {stream: end for stream, end in found.lengths.items() if not stream.startswith("audit-export-")}
    for stream in sorted(set(expected) | set(got)):
        if expected.get(stream) != got.get(stream):
            verdict.wrong.append(("cut", stream, expected.get(stream, (0,))[0], got.get(stream, (0,))[0]))
    verdict.proved.append(("p_partial", moment))
    return False


def check_whole_tree(found: Found, notes: list[Note], size: int, verdict: Verdict) -> None:
    """Build the tree anew and compare its root wherever a checkpoint states one."""
    due: dict[int, set[bytes]] = {}
    for one in notes:
        due.setdefault(one.size, set()).add(one.root)
    edge: list[tuple[int, bytes]] = []
    for count in range(1, size + 1):
        level, current = 0, found.leaves[count - 1][0]
        while edge and edge[-1][0] == level:
            level, current = level + 1, node(edge.pop()[1], current)
        edge.append((level, current))
        if count in due and due[count] != {folded(edge)}:
            verdict.wrong.append(("root", count))


def folded(edge: list[tuple[int, bytes]]) -> bytes:
    """The root over full subtrees, from left to right."""
    current = edge[-1][1]
    for _, left in reversed(edge[:-1]):
        current = node(left, current)
    return current


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def hashes(path: Any) -> list[bytes]:
    """A path as it is written."""
    return [bytes.fromhex(one) for one in path]


def root_over(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    """The root that an inclusion path leads to (RFC 9162, 2.1.3.2)."""
    position, last, current = index, size - 1, leaf
    if index >= size:
        return None
    for one in path:
        if last == 0:
            return None
        if position % 2 or position == last:
            current = node(one, current)
            while not position % 2 and position:
                position, last = position // 2, last // 2
        else:
            current = node(current, one)
        position, last = position // 2, last // 2
    return current if last == 0 else None


def consistent(old: int, new: int, path: list[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether the later tree only adds to the earlier one (RFC 9162, 2.1.4.2)."""
    if not 0 < old < new:
        return old == new and not path and old_root == new_root
    path = [old_root, *path] if old & (old - 1) == 0 else path
    position, last = old - 1, new - 1
    while position % 2:
        position, last = position // 2, last // 2
    if not path:
        return False
    first = second = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if position % 2 or position == last:
            first, second = node(one, first), node(one, second)
            while not position % 2 and position:
                position, last = position // 2, last // 2
        else:
            second = node(second, one)
        position, last = position // 2, last // 2
    return last == 0 and (first, second) == (old_root, new_root)


# Who signed -----------------------------------------------------------------------------------------------------------


def check_held(note: Note, kept: list[Note], complete: bool, verdict: Verdict, given: Given) -> bool:
    """The checkpoint that somebody kept lies in the export's own past. Returns whether that was proved."""
    held, before = given.held, len(verdict.wrong)
    if held is None:
        return False
    same = [one for one in (*kept, note) if one.size == held.size]
    if held.origin != note.origin:
        verdict.wrong.append(("origin", held.size))
    elif held.size > note.size:
        verdict.wrong.append(("older", note.size, held.size))
    elif any(one.root != held.root for one in same) and not complete:
        verdict.wrong.append(("root", held.size))
    elif not complete and not same:
        verdict.unproved.append(("u_held", held.size))
        return False
    if len(verdict.wrong) > before or ("root", held.size) in verdict.wrong:
        return False
    verdict.proved.append(("p_held", held.size))
    return True


def check_signatures(
    note: Note, kept: list[Note], found: Found, verdict: Verdict, given: Given, held_size: int
) -> None:
    """Each checkpoint is signed by a key on record, the newest by one that is trusted or was vouched for."""
    created = {said["key"]: position for position, type_, said in found.keys if type_ == "LogKeyCreated"}
    revoked = {said["key_id"]: position for position, type_, said in found.keys if type_ == "LogKeyRevoked"}
    given_keys = {line.strip() for line in (given.key or "").splitlines()}
    trusted = {key for key, position in created.items() if position < held_size} | given_keys
    signer: str | None = None
    for one in sorted((*kept, note), key=lambda one: one.size):
        signers = [key for key in created if key_id(key) in one.signatures and fits(key, one)]
        answers = [signed(key, one) for key in signers]
        if None in answers:
            verdict.unproved.append(("u_ed25519",))
            return
        if not answers or not all(answers) or len(answers) != len(one.signatures):
            verdict.wrong.append(("signature", one.size))
            return
        signer = signers[0]
        if signer in trusted and one.size <= revoked.get(key_id(signer), one.size):
            trusted |= {key for key, position in created.items() if position < one.size}
    assert signer is not None
    if revoked.get(key_id(signer), note.size) < note.size:
        verdict.wrong.append(("revoked", key_id(signer)))
    elif signer in trusted:
        verdict.proved.append(("p_signed", note.size, note.moment, key_id(signer)))
    elif given.key is not None:
        verdict.wrong.append(("key",))
    else:
        verdict.unproved.append(("u_key", key_id(signer)))


def key_id(key: str) -> str:
    """The id in a public key's line."""
    return key.split("+", 2)[1]


def fits(key: str, note: Note) -> bool:
    """Whether the line is a key of this log, under its true id."""
    name, id_, material = key.split("+", 2)
    raw = base64.b64decode(material)
    return name == note.origin and hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] == id_


def signed(key: str, note: Note) -> bool | None:
    """Whether that key signed; None where this machine cannot tell."""
    public, signature = base64.b64decode(key.split("+", 2)[2])[1:], note.signatures[key_id(key)]
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return signed_by_openssl(public, note.text, signature)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, note.text.encode())
    except InvalidSignature:
        return False
    return True


def signed_by_openssl(public: bytes, text: str, signature: bytes) -> bool | None:
    """The same by the command `openssl`."""
    der = bytes.fromhex("302a300506032b6570032100") + public  # RFC 8410
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {"key.der": der, "text": text.encode(), "signature": signature}.items():
            (Path(folder) / name).write_bytes(content)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key.der", "-rawin"]
        command += ["-in", "text", "-sigfile", "signature"]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        except FileNotFoundError:
            return None
    said = done.stdout + done.stderr
    if b"Verified Successfully" in said:
        return True
    return False if b"Verification Failure" in said else None


# Telling --------------------------------------------------------------------------------------------------------------


def told(entry: tuple[Any, ...], language: int, codes: dict[str, str] | None = None) -> str:
    """One finding as a sentence; a stream stands with the code of its case."""
    called = {stream: f"{code} ({stream})" for stream, code in (codes or {}).items()}
    values = [told(one, language) if isinstance(one, tuple) else called.get(str(one), one) for one in entry[1:]]
    return WORDS[entry[0]][language].format(*values)


def report(verdict: Verdict, language: int) -> Iterator[str]:
    """All findings, the verdict first. Where something is wrong, nothing else is said to be proved."""
    head = {0: ("right",), 1: ("wrong", len(verdict.wrong)), 2: ("partly",)}[verdict.code]
    yield told(head, language)
    proved = [] if verdict.wrong else verdict.proved
    for title, entries in (("faults", verdict.wrong), ("proved", proved), ("unproved", verdict.unproved)):
        if entries:
            yield f"{told((title,), language)}:"
            yield from (f"  - {told(entry, language, verdict.codes)}" for entry in entries[:SHOWN])
        if len(entries) > SHOWN:
            yield f"  {told(('more', len(entries) - SHOWN), language)}"


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    arguments = sys.argv[1:] if arguments is None else arguments
    language = int("--en" in arguments)
    try:
        chosen = called_with(arguments)
        given = Given(kept_checkpoint(chosen.checkpoint), public_keys(chosen.key))
        if not chosen.export.is_file():
            raise NotGiven("no_file", printable(chosen.export))
    except NotGiven as error:
        print(told(("nothing", error.args), language))
        return UNCHECKED
    verdict = verify(chosen.export, given)
    for line in report(verdict, language):
        print(line)
    return verdict.code


class Parser(argparse.ArgumentParser):
    """A wrong call must not end as if something could not be proved, which is what argparse's own code would say."""

    def error(self, message: str) -> NoReturn:
        """Say how it is called."""
        self.print_usage(sys.stderr)
        raise NotGiven("no_call", message)


def called_with(arguments: list[str]) -> argparse.Namespace:
    """What was asked for. Raises `NotGiven`."""
    parser = Parser(
        prog="verify.py", description="Kiểm chứng bản xuất lịch sử xử lý · Checks an export of the processing history"
    )
    parser.add_argument("export", type=Path, help="tệp zip đã xuất · the exported zip file")
    parser.add_argument("--checkpoint", type=Path, help="điểm kiểm tra đã giữ · a checkpoint that was kept")
    parser.add_argument("--key", type=Path, help="tệp khóa công khai · file with public keys")
    parser.add_argument("--en", action="store_true", help="in English")
    return parser.parse_args(arguments)


def kept_checkpoint(path: Path | None) -> Note | None:
    """The checkpoint in a file. Raises `NotGiven`."""
    try:
        return Note.read(text_of(path)) if path else None
    except (ValueError, IndexError) as error:
        raise NotGiven("no_note", printable(path)) from error


def public_keys(path: Path | None) -> str | None:
    """The keys in a file, a line each. Raises `NotGiven`."""
    if path is None:
        return None
    found = [line.strip() for line in text_of(path).splitlines() if KEY.fullmatch(line.strip())]
    if not found:
        raise NotGiven("no_key", printable(path))
    return "\n".join(found)


def text_of(path: Path) -> str:
    """The text of a file that came by mail or was saved by an editor, which may have put a mark before it."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return ""
    except OSError as error:
        raise NotGiven("no_file", printable(path)) from error


def printable(path: Path | None) -> str:
    """A name that a terminal can be given."""
    return "".join(one if one.isprintable() else "?" for one in str(path))[:SHOWN]


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.exit(main())
