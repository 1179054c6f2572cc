"""Stories of the operator: scenarios as tests, a first administrator, people from files, passwords."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy import func, select

from engine.procedures.bundle import read_folder
from engine.procedures.versions import folders
from engine.tables import Base, Case
from tests.support.web import Browser
from tests.support.world import World, run_command
from web import scenario_runs
from web.app import assemble
from web.auth.tables import WebSession
from web.bootstrap import ensure_ready
from web.wiring import PROCEDURES, Container, build
from workflows import demo
from workflows.agencies.tables import Account, OfficerDuty

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
PASSWORD = "mot-mat-khau-dai"
SHORT = ("03-kenh-mat", "14-van-phong-tu-phat-hien")


@pytest.fixture(scope="module")
def real_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a new real store, to be copied."""
    folder = tmp_path_factory.mktemp("real")
    container = build({"DATA_DIR": str(folder), "STORE": "real"})
    ensure_ready(container)
    container.engine.database.dispose()
    return folder


@pytest.fixture
def real(real_template: Path, tmp_path: Path) -> Iterator[Container]:
    """A new real store of one's own."""
    container = build({"DATA_DIR": str(shutil.copytree(real_template, tmp_path / "real")), "STORE": "real"})
    yield container
    container.engine.database.dispose()


@pytest.fixture
def world(sqlite_world: World) -> World:
    """The command line does not know which database it works on: the smaller one will do."""
    return sqlite_world


@pytest.fixture
def procedures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped procedures with two short scenarios, to be changed by hand."""
    copy = tmp_path / "bpmn"
    shutil.copytree(PROCEDURES, copy)
    for file in copy.glob("*/scenarios/*.yaml"):
        if file.stem not in SHORT:
            file.unlink()
    monkeypatch.setattr(scenario_runs, "PROCEDURES", copy)
    return copy


def count(container: Container, table: type[Base]) -> int:
    with container.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# Scenarios ------------------------------------------------------------------------------------------------------------


def test_scenarios_are_told_with_path_and_outcome_and_leave_nothing(world: World, procedures: Path) -> None:
    result = run_command(world.container, "scenarios", "run")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("✓") == 2 and "2/2" in result.stdout
    assert "CHUYEN_KENH_MAT" in result.stdout and "    secrecy\n" in result.stdout
    assert " → " in result.stdout
    assert world.rows(Case) == []


def test_a_scenario_whose_expectation_was_changed_names_the_step(world: World, procedures: Path) -> None:
    path = procedures / "incident-rebuttal" / "scenarios" / f"{SHORT[1]}.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["steps"][1].setdefault("expect", {})["open"] = ["approve_dossier"]
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")

    result = run_command(world.container, "scenarios", "run", "incident-rebuttal")

    assert result.exit_code == 1
    assert "1/2" in result.stdout and result.stdout.count("✗") >= 2
    assert f"✗ bước 2 ({content['steps'][1]['do']}): open" in result.stdout
    assert "“approve_dossier”" in result.stdout


def test_a_changed_outcome_is_named_as_the_end(world: World, procedures: Path) -> None:
    path = procedures / "incident-rebuttal" / "scenarios" / f"{SHORT[0]}.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("CHUYEN_KENH_MAT", "KHONG_SAI"), encoding="utf-8")
    result = run_command(world.container, "scenarios", "run")
    assert result.exit_code == 1 and "kết thúc: outcome" in result.stdout


def test_all_scenarios_pass_and_run_every_element_and_flow(world: World) -> None:
    """The regulation as shipped: no step and no way between steps that no scenario has ever gone."""
    result = run_command(world.container, "scenarios", "run", "--coverage")
    assert result.exit_code == 0, result.output
    assert "✗" not in result.stdout
    assert result.stdout.count("phần tử") == len(folders(PROCEDURES))


def test_coverage_names_what_never_ran_and_what_is_excused_without_need(world: World, procedures: Path) -> None:
    excuses = [{"id": "secrecy_start", "reason": {"vi": "Thử"}}, {"id": "no_such_element", "reason": {"vi": "Thử"}}]
    path = procedures / "incident-rebuttal" / "scenarios" / "coverage.yaml"
    path.write_text(yaml.safe_dump(excuses, allow_unicode=True), encoding="utf-8")

    result = run_command(world.container, "scenarios", "run", "incident-rebuttal", "--coverage")

    assert result.exit_code == 1 and "2/2" in result.stdout
    assert "✗ chưa chạy assign (" in result.stdout
    assert "✗ miễn thừa no_such_element" in result.stdout
    assert "✓ secrecy-gate" in result.stdout  # its two ways are run by the two that are left

    path.write_text("- id: assign\n", encoding="utf-8")
    result = run_command(world.container, "scenarios", "run", "--coverage")
    assert result.exit_code == 1 and "[scenario.bad_excuses]" in result.stderr


def test_kept_scenarios_leave_their_cases_in_a_demo_store(world: World, procedures: Path) -> None:
    result = run_command(world.container, "scenarios", "run", "--keep")
    assert result.exit_code == 0, result.output
    codes = sorted(case.code for case in world.rows(Case))
    assert len(codes) == 2 and all(code in result.stdout for code in codes)
    assert world.faults() == []


def test_a_real_store_keeps_no_scenarios(real: Container) -> None:
    result = run_command(real, "scenarios", "run", "--keep")
    assert result.exit_code == 1 and "[store.demo_only]" in result.stderr
    assert count(real, Case) == 0


def test_scenarios_of_an_unknown_procedure_are_refused(world: World) -> None:
    result = run_command(world.container, "scenarios", "run", "no-such-procedure")
    assert result.exit_code == 1 and "[procedure.unknown]" in result.stderr


def test_every_shipped_procedure_brings_scenarios() -> None:
    begun = [folder for folder in folders(PROCEDURES) if read_folder(folder).description.get("start")]
    assert begun
    assert [one.name for one in begun if len(list((one / "scenarios").glob("*.yaml"))) < 2] == []


# Documents ------------------------------------------------------------------------------------------------------------


def test_a_restored_store_is_opened_register_by_register_from_the_command_line(world: World) -> None:
    world.numbered(world.drafting())
    assert run_command(world.container, "documents", "mark-restored").exit_code == 0
    waiting = run_command(world.container, "documents", "confirm-registers").stdout.split()[-1]
    register, _, last = waiting.rpartition("=")
    wrong = run_command(world.container, "documents", "confirm-registers", "no-such/2026/all=1")
    assert wrong.exit_code == 1 and "[register.unknown]" in wrong.stderr
    low = run_command(world.container, "documents", "confirm-registers", f"{register}=0")
    assert low.exit_code == 1 and "[register.last_number_too_low]" in low.stderr
    done = run_command(world.container, "documents", "confirm-registers", f"{register}={last}")
    assert done.exit_code == 0 and done.stdout.strip().endswith(" 0")


def test_a_sample_is_written_measured_and_refused_by_its_ending(world: World, tmp_path: Path) -> None:
    for name, begin in (("tb.pdf", b"%PDF"), ("tb.docx", b"PK")):
        assert run_command(world.container, "documents", "sample", "TB", "-o", str(tmp_path / name)).exit_code == 0
        assert (tmp_path / name).read_bytes().startswith(begin)
    assert run_command(world.container, "documents", "measure", "TB", str(tmp_path / "tb.pdf")).exit_code == 0
    wrong = run_command(world.container, "documents", "measure", "CV", str(tmp_path / "tb.pdf"))
    assert wrong.exit_code == 1 and "[format.missing]" in wrong.stdout
    odd = run_command(world.container, "documents", "sample", "TB", "-o", str(tmp_path / "tb.odt"))
    assert odd.exit_code == 1 and "[format.file_ending]" in odd.stderr


def test_the_search_index_is_made_anew(world: World) -> None:
    world.numbered(world.drafting())
    result = run_command(world.container, "documents", "reindex")
    assert result.exit_code == 0 and int(result.stdout.rpartition(" ")[0].split()[-1]) >= 1


# Accounts -------------------------------------------------------------------------------------------------------------


def test_a_demo_store_shows_its_accounts_and_their_password(world: World) -> None:
    result = run_command(world.container, "accounts")
    assert result.exit_code == 0 and demo.PASSWORD in result.stdout
    assert {"cv.so-ngoai-vu", "ld.ubnd-tinh", "quantri"} <= set(result.stdout.split())
    assert len(run_command(world.container, "accounts", "--all").stdout.splitlines()) > 50


def sign_in(container: Container, user_name: str, password: str = PASSWORD) -> int:
    return Browser(assemble(container).test_client()).sign_in(user_name, password).status_code


def create(container: Container, *more: str, password: str = PASSWORD) -> tuple[int, str]:
    arguments = ("admin", "create", "--user-name", "quantri1", "--name", "Quản trị viên 1", "--password", password)
    result = run_command(container, *arguments, *more)
    return result.exit_code, result.output


def test_the_first_administrator_of_a_real_store_signs_in(real: Container) -> None:
    code, told = create(real)
    assert code == 0 and "quantri1" in told and PASSWORD not in told
    assert sign_in(real, "quantri1") == 303
    assert sign_in(real, "quantri1", "mot-mat-khau-sai") != 303


def test_an_administrator_with_bad_facts_is_refused_by_sentence(real: Container) -> None:
    before = count(real, Account), count(real, OfficerDuty)
    assert create(real, password="ngắn")[0] == 1
    code, told = create(real, "--agency", "khong-co")
    assert code == 1 and "[agency.not_found]" in told
    assert (count(real, Account), count(real, OfficerDuty)) == before
    assert create(real)[0] == 0
    code, told = create(real)
    assert code == 1 and "[account.user_name_taken]" in told


def test_people_come_from_files_and_wait_for_their_passwords(real: Container) -> None:
    for kind in ("agencies", "officers", "bindings", "certificates", "signing"):
        result = run_command(real, "admin", "import", kind, str(EXAMPLES / f"{kind}.csv"))
        assert result.exit_code == 0, result.output
    with real.read() as session:
        user_name = session.scalars(select(Account.user_name).order_by(Account.user_name)).first() or ""
    assert sign_in(real, user_name) != 303
    result = run_command(real, "admin", "password", user_name, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0 and PASSWORD not in result.output
    assert sign_in(real, user_name) == 303


def test_a_new_password_signs_out_whoever_came_in_with_the_old_one(real: Container) -> None:
    create(real)
    assert sign_in(real, "quantri1") == 303
    run_command(real, "admin", "password", "quantri1", "--password", f"{PASSWORD} mới")
    with real.read() as session:
        assert session.scalars(select(WebSession)).all() == []


def test_a_password_needs_an_account_and_a_length(real: Container) -> None:
    unknown = run_command(real, "admin", "password", "khong-ai", "--password", PASSWORD)
    assert unknown.exit_code == 1 and "[account.unknown]" in unknown.stderr
    create(real)
    short = run_command(real, "admin", "password", "quantri1", "--password", "ngắn")
    assert short.exit_code == 1 and "[account.password_too_short]" in short.stderr
    assert sign_in(real, "quantri1") == 303


def test_a_file_with_defects_is_refused_whole_and_each_defect_has_its_line(real: Container, tmp_path: Path) -> None:
    lines = (EXAMPLES / "officers.csv").read_text(encoding="utf-8").splitlines()
    bad = lines[1].split(";")
    bad[lines[0].split(";").index("Từ ngày")] = "32/13/2026"
    path = tmp_path / "cán bộ.csv"
    path.write_text("\n".join([*lines, ";".join(bad)]) + "\n", encoding="utf-8")
    before = count(real, Account), count(real, OfficerDuty)

    result = run_command(real, "admin", "import", "officers", str(path))

    assert result.exit_code == 1 and result.stdout == ""
    told = result.stderr.splitlines()
    number = len(lines) + 1
    assert any(line.startswith(f"cán bộ.csv:{number} · Từ ngày: ") and "[import.bad_date]" in line for line in told)
    assert told[-1].endswith("[import.rejected]") and "cán bộ.csv" in told[-1]
    assert (count(real, Account), count(real, OfficerDuty)) == before


def test_a_file_in_another_encoding_is_refused(real: Container, tmp_path: Path) -> None:
    path = tmp_path / "officers.csv"
    path.write_bytes("tên".encode("utf-16"))
    result = run_command(real, "admin", "import", "officers", str(path))
    assert result.exit_code == 1 and "[import.not_utf8]" in result.stderr
