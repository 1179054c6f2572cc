"""What it costs to export a history with its proof, and to check it elsewhere."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from engine.actors import SYSTEM
from engine.blobs import FolderBlobs
from engine.clock import ManualClock
from engine.database import writing
from engine.proof import keys
from engine.proof.export import ENCLOSED, export
from engine.proof.keys import KeyFiles
from engine.proof.notary import Notary
from engine.proof.sequencing import sequence
from engine.proof.tables import ACTIVE
from engine.tables import ProcedureVersion
from tests.load import chains, world
from tests.load.figures import Figures, timed


def measure(url: str, events: int) -> Figures:
    """Fill a store, sign a checkpoint for each thousand events, export everything, and verify it in another process."""
    engine = chains.filled(url, events)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        notary = Notary(engine.database, ManualClock(world.PUBLISHED), KeyFiles(folder / "keys"))
        notary.set_up(SYSTEM)
        with engine.transaction() as session:
            session.add(_version())
            active = keys.with_status(session, ACTIVE)
            assert active is not None
            (folder / "key.txt").write_text(str(keys.verifier_key(session, active)))
        sequencing, checkpoints = timed(lambda: _sequence(notary))
        path = folder / "export.zip"
        exporting, done = timed(lambda: export(notary, FolderBlobs(folder), path, cases=None, actor=SYSTEM))
        command = [sys.executable, str(ENCLOSED / "verify.py"), str(path), "--key", str(folder / "key.txt")]
        checking, answer = timed(lambda: subprocess.run(command, capture_output=True, text=True, check=False))
        size = path.stat().st_size
    engine.database.dispose()
    return {
        "events": done.events,
        "checkpoints": checkpoints,
        "sequencing_seconds": round(sequencing / 1000, 2),
        "export_seconds": round(exporting / 1000, 2),
        "export_bytes": size,
        "verify_seconds": round(checking / 1000, 2),
        "verify_exit": answer.returncode,
    }


def _sequence(notary: Notary) -> int:
    """One checkpoint for each batch, as the worker signs them under load. Returns how many."""
    count = 0
    while True:
        with writing(notary.database) as session:
            taken = sequence(session)
        if not taken:
            return count
        count += notary.checkpoint() is not None


def _version() -> ProcedureVersion:
    """The version that all events name."""
    return ProcedureVersion(
        hash=chains.MANIFEST.hash,
        procedure_id=chains.MANIFEST.procedure_id,
        kind="procedure",
        number=1,
        title={},
        manifest=chains.MANIFEST.canonical(),
        published_at=world.PUBLISHED,
        published_by="system",
    )
