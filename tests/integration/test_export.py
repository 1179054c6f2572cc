"""Stories of the export: it proves itself elsewhere, and whatever somebody changes in it is found.

TAMPERINGS in the environment says how many random changes are tried.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import update

from engine.actors import SYSTEM
from engine.proof import notary as notaries
from engine.proof.exported import verify as verifier
from engine.proof.exported.verify import Given, Note, Verdict
from engine.proof.keys import verifier_key
from engine.proof.notes import Statement, VerifierKey, sign
from engine.proof.tables import LogKey
from engine.tables import Case, Event, EventPayload
from tests.integration.test_notary import open_the_tables
from tests.support.world import PROCEDURE, World, run_command

TAMPERINGS = int(os.environ.get("TAMPERINGS", "60"))
Files = dict[str, bytes]


@dataclass
class Office:
    """A store with some history, and what a second body has got of it: a checkpoint and the key."""

    world: World
    case: str
    key: str
    folder: Path

    def export(self, *args: str, name: str = "export.zip") -> Path:
        """`audit export`; returns the file."""
        path = self.folder / name
        result = run_command(self.world.container, "audit", "export", *args, "-o", str(path))
        assert result.exit_code == 0, result.output
        assert result.stderr == ""
        return path

    def newest(self) -> Note:
        """The newest checkpoint, as the second body holds it."""
        return Note.read(self.world.ask(notaries.latest).note)


@pytest.fixture
def office(world: World, tmp_path: Path) -> Office:
    world.container.notary.rotate(SYSTEM)
    case_id = world.stating()
    world.container.notary.up_to_date()
    [case] = world.rows(Case, id=case_id)
    [active] = world.rows(LogKey, status="active")
    return Office(world, case.code, world.ask(lambda session: str(verifier_key(session, active))), tmp_path)


def check(path: Path, held: Note | None = None, key: str | None = None) -> Verdict:
    return verifier.verify(path, Given(held, key))


def words(verdict: Verdict) -> str:
    return "\n".join(verifier.report(verdict, 0))


def unpacked(path: Path) -> Files:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Files, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


# Untouched ------------------------------------------------------------------------------------------------------------


def test_an_untouched_export_proves_itself_to_who_holds_a_checkpoint_or_the_key(office: Office) -> None:
    held = office.newest()
    for scope in (["--all"], [office.case]):
        office.world.start()
        path = office.export(*scope)
        for given in ((held, office.key), (held, None), (None, office.key), (office.newest(), None)):
            verdict = check(path, *given)
            assert verdict.code == 0, words(verdict)
        verdict = check(path)
        assert verdict.code == 2 and "hãy dùng --key hoặc --checkpoint" in words(verdict)


def test_an_export_holds_the_documents_and_the_procedure_of_its_case_and_no_other_case(office: Office) -> None:
    other = office.world.start()
    files = unpacked(office.export(office.case))
    assert not any(other.case_id in name for name in files)
    kinds = [content[:4] for name, content in files.items() if name.startswith("content/")]
    assert b"%PDF" in kinds
    manifests = [json.loads(content) for name, content in files.items() if name.startswith("versions/")]
    assert {PROCEDURE} < {manifest["procedure_id"] for manifest in manifests}  # and the shared ones it calls
    for sha256 in [sha256 for manifest in manifests for sha256 in manifest["files"].values()]:
        assert hashlib.sha256(files[f"content/{sha256}"]).hexdigest() == sha256


def test_whoever_trusts_the_old_key_can_follow_to_the_new_one(office: Office) -> None:
    office.world.container.notary.rotate(SYSTEM)
    verdict = check(office.export("--all"), None, office.key)
    assert verdict.code == 0, words(verdict)


def test_the_verifier_runs_alone_with_the_standard_library_and_openssl(office: Office) -> None:
    path = office.export(office.case)
    alone = office.folder / "alone"
    alone.mkdir()
    (alone / "verify.py").write_bytes(unpacked(path)["verify.py"])
    (alone / "key.txt").write_text(office.key + "\n")
    (alone / "cryptography.py").write_text("raise ImportError\n")  # as on a machine that does not have the package
    command = [sys.executable, "-s", "verify.py", str(path), "--key", "key.txt"]
    done = subprocess.run(command, cwd=alone, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.startswith("ĐÚNG.")
    blind = subprocess.run([*command, "--en"], cwd=alone, capture_output=True, text=True, check=False, env={"PATH": ""})
    assert blind.returncode == 2 and "neither the command openssl nor" in blind.stdout


# Tampered with --------------------------------------------------------------------------------------------------------


def test_whatever_is_changed_in_an_export_is_found(office: Office) -> None:
    old = {scope: unpacked(office.export(scope)) for scope in ("--all", office.case)}
    office.world.start()
    office.world.detecting()
    whole = {scope: unpacked(office.export(scope)) for scope in ("--all", office.case)}
    held = office.newest()
    missed, tried = [], set()
    for number in range(TAMPERINGS):
        chance, kind = random.Random(number), KINDS[number % len(KINDS)]
        scope = chance.choice(sorted(whole))
        files = dict(whole[scope])
        kind(files, chance, old[scope])
        if files == whole[scope]:
            continue
        tried.add(kind.__name__)
        verdict = check(packed(files, office.folder / "tampered.zip"), held if scope == "--all" else None, office.key)
        if kind is replay:
            verdict = check(office.folder / "tampered.zip", held, office.key)
        if verdict.code != 1:
            missed.append(f"{number}: {kind.__name__} of {scope}: {words(verdict)}")
    assert missed == []
    assert tried == {kind.__name__ for kind in KINDS}


def streams(files: Files) -> list[str]:
    return sorted(name for name in files if name.startswith("events/"))


def some_lines(files: Files, chance: random.Random) -> tuple[str, list[dict[str, object]]]:
    name = chance.choice(streams(files))
    return name, [json.loads(line) for line in files[name].splitlines()]


def put(files: Files, name: str, lines: list[dict[str, object]]) -> None:
    files[name] = "".join(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n" for line in lines).encode()


def mend(lines: list[dict[str, object]]) -> None:
    """Number and chain the events anew, as somebody does who knows the format."""
    previous = "0" * 64
    for seq, line in enumerate(lines, start=1):
        envelope = json.loads(str(line["envelope"]))
        envelope |= {"seq": seq, "previous_hash": previous}
        line["envelope"] = json.dumps(envelope, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        previous = hashlib.sha256(str(line["envelope"]).encode()).hexdigest()


def edit_payload(files: Files, chance: random.Random, old: Files) -> None:
    name, lines = some_lines(files, chance)
    chance.choice(lines)["payload"] = '{"secret": "no"}'
    put(files, name, lines)


def edit_envelope(files: Files, chance: random.Random, old: Files) -> None:
    name, lines = some_lines(files, chance)
    line = chance.choice(lines)
    line["envelope"] = str(line["envelope"]).replace('"occurred_at":"2', '"occurred_at":"1')
    put(files, name, lines)


def edit_and_mend(files: Files, chance: random.Random, old: Files) -> None:
    name, lines = some_lines(files, chance)
    line = chance.choice(lines)
    line["payload"] = '{"secret":"no"}'
    digest = hashlib.sha256(bytes.fromhex(str(line["salt"])) + b'{"secret":"no"}').hexdigest()
    line["envelope"] = json.dumps(json.loads(str(line["envelope"])) | {"payload_digest": digest})
    mend(lines)
    put(files, name, lines)


def insert_and_mend(files: Files, chance: random.Random, old: Files) -> None:
    name, lines = some_lines(files, chance)
    added = dict(chance.choice(lines)) | {"position": sum(files[n].count(b"\n") for n in streams(files))}
    lines.insert(chance.randrange(len(lines) + 1), added)
    mend(lines)
    put(files, name, lines)


def delete(files: Files, chance: random.Random, old: Files) -> None:
    name, lines = some_lines(files, chance)
    del lines[chance.randrange(len(lines))]
    put(files, name, lines)


def reorder(files: Files, chance: random.Random, old: Files) -> None:
    name, lines = some_lines(files, chance)
    chance.shuffle(lines)
    put(files, name, lines)


def swap_positions(files: Files, chance: random.Random, old: Files) -> None:
    name = chance.choice([name for name in streams(files) if files[name].count(b"\n") > 1])
    lines = [json.loads(line) for line in files[name].splitlines()]
    one, two = chance.sample(lines, 2)
    one["position"], two["position"] = two["position"], one["position"]
    put(files, name, lines)


def truncate(files: Files, chance: random.Random, old: Files) -> None:
    name, lines = some_lines(files, chance)
    put(files, name, lines[: chance.randrange(len(lines))])


def drop_stream(files: Files, chance: random.Random, old: Files) -> None:
    del files[chance.choice(streams(files))]


def swap_files(files: Files, chance: random.Random, old: Files) -> None:
    one, two = chance.sample(sorted(name for name in files if name.startswith("content/")), 2)
    files[one], files[two] = files[two], files[one]


def swap_version(files: Files, chance: random.Random, old: Files) -> None:
    name = chance.choice(sorted(name for name in files if name.startswith("versions/")))
    manifest = json.loads(files[name])
    manifest["files"]["process.bpmn"] = chance.choice(list(manifest["files"].values()))
    files[name] = json.dumps(manifest).encode()


def other_version_and_mend(files: Files, chance: random.Random, old: Files) -> None:
    name = chance.choice([name for name in streams(files) if name.startswith("events/case-")])
    lines = [json.loads(line) for line in files[name].splitlines()]
    line = chance.choice(lines)
    envelope = json.loads(str(line["envelope"]))
    envelope["origin"]["version_hash"] = hashlib.sha256(files["README.txt"]).hexdigest()
    line["envelope"] = json.dumps(envelope)
    mend(lines)
    put(files, name, lines)
    files[f"versions/{hashlib.sha256(files['README.txt']).hexdigest()}"] = files["README.txt"]


def drop_file(files: Files, chance: random.Random, old: Files) -> None:
    del files[chance.choice(sorted(name for name in files if not name.startswith("events/")))]


def add_file(files: Files, chance: random.Random, old: Files) -> None:
    content = chance.randbytes(20)
    files[f"content/{hashlib.sha256(content).hexdigest()}"] = content


def edit_file(files: Files, chance: random.Random, old: Files) -> None:
    name = chance.choice(sorted(name for name in files if not name.startswith(("events/", "log/"))))
    place = chance.randrange(len(files[name]))
    changed = bytes([files[name][place] ^ 1 << chance.randrange(8)])
    files[name] = files[name][:place] + changed + files[name][place + 1 :]


def edit_checkpoint(files: Files, chance: random.Random, old: Files) -> None:
    said = Statement.read(files["log/checkpoint.txt"].decode())
    forged = Statement(said.origin, said.size - 1, chance.randbytes(32), said.signed_at)
    files["log/checkpoint.txt"] = (
        forged.text() + "\n" + files["log/checkpoint.txt"].decode().partition("\n\n")[2]
    ).encode()


def edit_earlier_checkpoint(files: Files, chance: random.Random, old: Files) -> None:
    lines = [json.loads(line) for line in files["log/checkpoints.jsonl"].splitlines()]
    line = chance.choice(lines)
    head, _, tail = line["note"].partition("\n\n")
    origin, size, root, moment = head.split("\n")
    root = chance.choice([root, base64.b64encode(chance.randbytes(32)).decode()])
    moment = moment.replace("time 2", "time 1")
    line["note"] = "\n".join((origin, size, root, moment)) + "\n\n" + tail
    put(files, "log/checkpoints.jsonl", lines)


def sign_with_own_key(files: Files, chance: random.Random, old: Files) -> None:
    """The whole history is left as it is but for the key: its event names another one, which signs all checkpoints."""
    own = Ed25519PrivateKey.generate()
    said = Statement.read(files["log/checkpoint.txt"].decode())
    files["log/checkpoint.txt"] = sign(said, [own]).encode()
    lines = [json.loads(line) for line in files["events/audit-keys.jsonl"].splitlines()]
    payload = json.dumps({"key": str(VerifierKey.of(said.origin, own))})
    digest = hashlib.sha256(bytes.fromhex(str(lines[-1]["salt"])) + payload.encode()).hexdigest()
    envelope = json.loads(lines[-1]["envelope"]) | {"payload_digest": digest, "type": "LogKeyCreated"}
    lines[-1] |= {"payload": payload, "envelope": json.dumps(envelope)}
    mend(lines)
    put(files, "events/audit-keys.jsonl", lines)


def replay(files: Files, chance: random.Random, old: Files) -> None:
    files.clear()
    files.update(old)


def mix_with_older(files: Files, chance: random.Random, old: Files) -> None:
    for name in chance.sample(sorted(set(old) & set(files)), 3):
        files[name] = old[name]
    files["log/checkpoint.txt"] = old["log/checkpoint.txt"]


Tampering = Callable[[Files, random.Random, Files], None]
KINDS: list[Tampering] = [
    edit_payload,
    edit_envelope,
    edit_and_mend,
    insert_and_mend,
    delete,
    reorder,
    swap_positions,
    truncate,
    drop_stream,
    swap_files,
    swap_version,
    other_version_and_mend,
    drop_file,
    add_file,
    edit_file,
    edit_checkpoint,
    edit_earlier_checkpoint,
    sign_with_own_key,
    replay,
    mix_with_older,
]


def test_the_event_that_is_wrong_is_named(office: Office) -> None:
    files = unpacked(office.export(office.case))
    [name] = [name for name in streams(files) if name.startswith("events/case-")]
    lines = [json.loads(line) for line in files[name].splitlines()]
    lines[3]["payload"] = "{}"
    put(files, name, lines)
    verdict = check(packed(files, office.folder / "tampered.zip"), None, office.key)
    assert ("chain", name[7:-6], 4, ("payload",)) in verdict.wrong
    assert f"{office.case} ({name[7:-6]}), sự kiện 4: nội dung đã bị sửa" in words(verdict)


def test_what_was_altered_in_the_database_is_found_in_the_export(office: Office) -> None:
    open_the_tables(office.world)
    [event] = office.world.rows(Event, stream_id="keys", seq=1)
    with office.world.engine.transaction() as session:
        changed = update(EventPayload).where(EventPayload.event_hash == event.hash).values(payload=b"\xff")
        session.execute(changed)
    verdict = check(office.export("--all"), office.newest(), office.key)
    assert ("chain", "audit-keys", 1, ("payload",)) in verdict.wrong


def test_a_file_that_the_store_has_lost_is_told_by_the_command_and_the_verifier(office: Office) -> None:
    for pdf in office.world.container.blobs.folder.rglob("?" * 64):
        pdf.unlink()
    path = office.folder / "export.zip"
    result = run_command(office.world.container, "audit", "export", office.case, "-o", str(path))
    assert result.exit_code == 0 and "Thiếu tệp content/" in result.stderr
    assert "không có trong bản xuất" in words(check(path, None, office.key))


# At the command line --------------------------------------------------------------------------------------------------


def test_the_command_says_what_is_missing(office: Office) -> None:
    target = str(office.folder / "x.zip")
    assert run_command(office.world.container, "audit", "export", "-o", target).exit_code == 2
    assert run_command(office.world.container, "audit", "export", "--all", office.case, "-o", target).exit_code == 2
    unknown = run_command(office.world.container, "audit", "export", "XX-1", "-o", target)
    assert unknown.exit_code == 1 and "[case.not_found]" in unknown.stderr
    nowhere = run_command(office.world.container, "audit", "export", "--all", "-o", str(office.folder / "no" / "x.zip"))
    assert nowhere.exit_code == 2 and "Không có thư mục" in nowhere.stderr
    assert not list(office.folder.glob("*.zip"))


def test_what_cannot_be_read_is_no_verdict(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a wrong call or a file that is none, then nothing is said of the export."""
    export, folder = str(office.export(office.case)), office.folder
    (folder / "text.txt").write_text("Kính gửi", encoding="utf-8")
    missing, text = str(folder / "không có.zip"), str(folder / "text.txt")
    for call, said in (
        ([], "Cách gọi chưa đúng"),
        ([export, "--hold", "x"], "Cách gọi chưa đúng"),
        ([missing], f"Không đọc được tệp {missing}"),
        ([export, "--key", missing], f"Không đọc được tệp {missing}"),
        ([export, "--key", text], "không có khóa công khai nào"),
        ([export, "--checkpoint", text], "không phải điểm kiểm tra"),
        ([export, "--checkpoint", export], "không phải điểm kiểm tra"),
        ([export, "--checkpoint", text, "--en"], "is no checkpoint"),
    ):
        assert verifier.main(call) == 3
        told = capsys.readouterr().out
        assert told.startswith(("CHƯA KIỂM TRA.", "NOTHING WAS CHECKED.")) and said in told


def test_what_was_kept_is_read_whatever_an_editor_put_before_it(office: Office) -> None:
    """Given a key and a checkpoint saved on Windows, with its mark at the beginning and its line ends."""
    note = office.world.ask(notaries.latest).note
    export = office.export(office.case)
    for name, content in (("key.txt", office.key + "\n"), ("note.txt", note)):
        (office.folder / name).write_bytes(content.replace("\n", "\r\n").encode("utf-8-sig"))
    held, key = (str(office.folder / name) for name in ("note.txt", "key.txt"))
    assert verifier.main([str(export), "--checkpoint", held, "--key", key]) == 0


# Files that want to harm the reader -----------------------------------------------------------------------------------


def hostile() -> dict[str, bytes]:
    """Files that are no export, by what they are."""
    deep = ("[" * 200_000).encode()
    return {
        "nothing": b"",
        "no zip": b"PK\x03\x04" + bytes(100),
        "path out of the folder": zipped({"../../etc/passwd": b"x"}),
        "absolute path": zipped({"/etc/passwd": b"x"}),
        "escape sequences": zipped({"\x1b[2J": b"x"}),
        "bomb": zipped({"content/" + "0" * 64: bytes(64 << 20)}),
        "bomb of events": zipped({"events/case-1.jsonl": bytes(64 << 20)}),
        "empty archive": zipped({}),
        "deep": zipped({"events/case-1.jsonl": b'{"envelope":' + deep}),
        "foreign types": zipped({"events/case-1.jsonl": b"[1]\n", "log/checkpoint.txt": b"\xff"}),
    }


def zipped(files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("name", sorted(hostile()))
def test_a_hostile_file_is_refused_in_words(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "hostile.zip"
    path.write_bytes(hostile()[name])
    assert verifier.main([str(path)]) == 1
    said = capsys.readouterr().out
    assert said.startswith("SAI") and "\x1b" not in said
    if "bomb" in name or "path" in name:
        assert "không phải bản xuất hợp lệ" in said
    assert [one.name for one in tmp_path.iterdir()] == ["hostile.zip"]
