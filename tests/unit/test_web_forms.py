"""What a browser sends becomes what the core is handed, and back, with nothing lost and nothing judged on the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from engine.forms import Form
from engine.forms.definition import Choice, Field
from web.auth import resume
from web.config import BadSetting, Settings, secret_key
from web.tasks.typed import Typed, submitted, typed_from, without_empty_rows
from web.tasks.uploads import MAX_NAME, clean_name

LABEL = {"vi": "Nhãn"}
TABLE = Field("rows", "table", LABEL, columns=(Field("what", "text", LABEL), Field("when_on", "date", LABEL)))
FORM = Form(
    "form",
    LABEL,
    (
        Field("subject", "text", LABEL),
        Field("answer", "boolean", LABEL),
        Field("kinds", "choices", LABEL, choices=(Choice("a", LABEL), Choice("b", LABEL))),
        Field("on", "date", LABEL),
        Field("at", "datetime", LABEL),
        TABLE,
        Field("files", "attachments", LABEL),
        Field("about", "note", LABEL),
    ),
)


def typed(**fields: str | list[str]) -> Typed:
    found: Typed = MultiDict()
    for name, values in fields.items():
        found.setlist(name.replace("__", "."), [values] if isinstance(values, str) else values)
    return found


def test_values_go_on_as_they_were_typed() -> None:
    handed = submitted(FORM, typed(subject=" Tin ", on="31/02/2026", kinds=["a", "b"], answer="yes"))
    assert handed == {"subject": " Tin ", "on": "31/02/2026", "kinds": ["a", "b"], "answer": "yes", "rows": []}


def test_names_that_the_form_does_not_know_go_on_to_be_refused_but_for_the_pages_own() -> None:
    handed = submitted(FORM, typed(csrf_token="x", _key="y", _version="3", approved="yes"))
    assert handed["approved"] == "yes"
    assert not {"csrf_token", "_key", "_version"} & set(handed)


def test_filled_rows_are_counted_from_zero_as_the_core_counts_them() -> None:
    sent = typed(rows__0__what="", rows__0__when_on=" ", rows__3__what="Họp", rows__3__when_on="", subject="Giữ")
    kept = without_empty_rows(FORM, sent)
    assert kept["rows.0.what"] == "Họp" and "rows.3.what" not in kept and kept["subject"] == "Giữ"
    assert submitted(FORM, kept)["rows"] == [{"what": "Họp", "when_on": ""}]


def test_prefilled_values_stand_in_the_boxes_the_vietnamese_way() -> None:
    rows = [{"what": "Họp", "when_on": None}]
    boxes = typed_from(FORM.fields, {"on": "2026-09-02", "at": "2026-09-01T17:30:00Z", "answer": False, "rows": rows})
    assert (boxes["on"], boxes["at"], boxes["answer"]) == ("02/09/2026", "02/09/2026 00:30", "no")
    assert boxes["rows.0.what"] == "Họp" and "rows.0.when_on" not in boxes


@given(st.text(max_size=300))
def test_no_file_name_leads_out_of_its_folder_or_breaks_a_header(name: str) -> None:
    clean = clean_name(name)
    assert clean and len(clean) <= MAX_NAME
    assert not set(clean) & set('/\\"\r\n\0') and clean not in (".", "..")


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\ảnh\\chụp.png", "chụp.png"),
        ("", "tep"),
        ("a" * 300 + ".pdf", "a" * 146 + ".pdf"),
    ],
)
def test_file_names_keep_what_is_harmless(given_name: str, kept: str) -> None:
    assert clean_name(given_name) == kept


@pytest.mark.parametrize("text", ["", "không", "{}", '"x"', "[1, 2]", '[["a"]]', '[["a", 1]]', '[["csrf_token", "x"]]'])
def test_carried_fields_that_were_tampered_with_count_as_nothing_typed(text: str) -> None:
    assert len(resume.unpack(text)) == 0


@given(st.lists(st.tuples(st.text("abc", min_size=1), st.text("tiếng Việt\n"))))
def test_carried_fields_arrive_in_order(pairs: list[tuple[str, str]]) -> None:
    assert list(resume.unpack(json.dumps(pairs)).items(multi=True)) == list(MultiDict(pairs).items(multi=True))


def test_settings_come_from_the_mapping_alone_and_have_defaults(tmp_path: Path) -> None:
    settings = Settings.load({"DATA_DIR": str(tmp_path), "PORT": "8080"})
    assert (settings.port, settings.store, settings.broker_url) == (8080, "demo", None)
    assert settings.database_url == f"sqlite:///{tmp_path / 'phoihop.sqlite3'}"
    with pytest.raises(BadSetting, match="STORE"):
        Settings.load({"STORE": "khác"})


def test_a_mail_server_is_read_from_its_address_and_what_nobody_can_mean_is_refused() -> None:
    assert Settings.load({}).mail_server is None
    given = {"SMTP_URL": "smtp://van-thu:m%40t@mail.example.vn", "MAIL_FROM": "van-thu@example.vn"}
    server = Settings.load(given).mail_server
    assert server is not None and (server.host, server.port, server.security) == ("mail.example.vn", 587, "starttls")
    assert (server.user, server.password) == ("van-thu", "m@t") and "m@t" not in repr(server)
    beyond_ascii = "smtp://a:m%E1%BA%ADt@host"
    for bad in ("http://mail.example.vn", "smtp://", "smtps://host:99999", "smtp+plain://a:matkhau@host", beyond_ascii):
        with pytest.raises(BadSetting, match="SMTP_URL"):
            Settings.load(given | {"SMTP_URL": bad})
    for sender in ("", "van-thu", "Văn thư <van-thu@example.vn>"):
        with pytest.raises(BadSetting, match="MAIL_FROM"):
            Settings.load(given | {"MAIL_FROM": sender})


def test_the_exchange_network_is_a_folder_or_an_endpoint_that_nobody_can_listen_to() -> None:
    assert Settings.load({}).edxml_folder is None and Settings.load({}).edxml_url is None
    assert Settings.load({"EDXML_FOLDER": "mang"}).edxml_folder == Path("mang").resolve()
    for good in ("https://truc.example.vn/edxml", "http://127.0.0.1:8080/edxml"):
        assert Settings.load({"EDXML_URL": good}).edxml_url == good
    for bad in ("http://truc.example.vn", "ftp://truc.example.vn", "https://", "https://a:b@truc.example.vn"):
        with pytest.raises(BadSetting, match="EDXML_URL"):
            Settings.load({"EDXML_URL": bad})


def test_the_key_of_the_cookies_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = secret_key(tmp_path / "data")
    assert len(first) == 32 and secret_key(tmp_path / "data") == first
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o077 == 0
