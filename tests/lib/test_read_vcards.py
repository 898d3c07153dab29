"""Business cards as programs write them: read right whatever they are written in, or refused by name."""

import base64
import quopri
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from salesflow.lib.tabular import open_table
from salesflow.lib.vcards import COLUMNS, Card, card_of
from salesflow.lib.vcards.cards import MOST_BYTES, MOST_PROPERTIES
from tests.support.shared import SHARED_DATA, needs_shared_data

WANG = {"name": "王小明", "company": "上海明远科技有限公司", "title": "采购经理", "mobile": "13800138000"}


def read(content: bytes | str) -> Card:
    card, _number = card_of(content.encode() if isinstance(content, str) else content)
    assert card is not None
    return card


def values(*lines: str | bytes, version: str = "3.0") -> dict[str, str]:
    card = read(vcard(*lines, version=version))
    assert card.fault is None, card.fault
    return card.values


def vcard(*lines: str | bytes, version: str = "3.0") -> bytes:
    whole = ["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD"]
    return b"\r\n".join(line.encode() if isinstance(line, str) else line for line in whole) + b"\r\n"


def fault(content: bytes) -> str:
    card = read(content)
    assert card.fault is not None and card.fault.message and not card.values
    return card.fault.code


@pytest.mark.parametrize("charset", ["GB2312", "GBK", "gb18030", "UTF-8", "Big5"])
def test_a_phone_of_2_1_writes_chinese_in_quoted_printable_with_soft_breaks(charset: str) -> None:
    def quoted(text: str) -> bytes:
        return b"".join(b"=%02X" % byte for byte in text.encode(charset))

    name, company = "王小明", "上海明遠科技" if charset == "Big5" else WANG["company"]
    org = quoted(company)
    found = values(
        f"N;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:".encode()
        + quoted("王")
        + b";"
        + quoted("小明")
        + b";;;",
        f"ORG;ENCODING=QUOTED-PRINTABLE;CHARSET={charset}:".encode() + org[:21] + b"=\r\n" + org[21:],
        "TEL;CELL:13800138000",
        version="2.1",
    )
    assert found == {"name": name, "company": company, "mobile": "13800138000"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
def test_a_file_without_a_character_set_is_read_in_the_one_it_is_in(encoding: str) -> None:
    lines = [
        "N:王;小明;;;", "FN:小明 王", "ORG:上海明远科技有限公司", "TITLE:采购经理", "TEL;TYPE=CELL:13800138000"
    ]  # fmt: skip
    assert read(vcard(*lines).decode().encode(encoding)).values == WANG


@pytest.mark.parametrize(
    ("entries", "name"),
    [
        (["N:王;小明;;;"], "王小明"),
        (["FN:小明 王", "N:王;小明;;;"], "王小明"),
        (["FN:王小明", "N:小明;王;;;"], "王小明"),
        (["FN:王小明", "N:Wang;Xiaoming;;;"], "王小明"),
        (["N:欧阳;娜娜;;;", "FN:欧阳娜娜"], "欧阳娜娜"),
        (["N:Doe;John;Q.;Dr.;Jr."], "Dr. John Q. Doe Jr."),
        (["FN:Frank Dawson", "N:Dawson;Frank"], "Frank Dawson"),
        (["N:王小明;;;;"], "王小明"),
    ],
)
def test_names_stand_as_people_say_them(entries: list[str], name: str) -> None:
    assert values(*entries)["name"] == name


def test_what_a_card_of_4_0_says_is_taken_the_preferred_and_working_first() -> None:
    card = read(vcard(
        "FN:Simon Perreault", 'TEL;VALUE=uri;TYPE="home,voice":tel:+1-514-555-0100',
        'TEL;VALUE=uri;TYPE="work,voice";PREF=1:tel:+1-418-656-9254;ext=102', "TEL;TYPE=fax:+1-418-000-0000",
        'item1.TEL;TYPE="cell":+1-418-262-6501', "EMAIL;TYPE=home:s@home.test", "EMAIL;TYPE=work:s@work.test",
        "ORG:Viagenie;Research;Lab", "ADR;TYPE=work:;Suite D2-630;2875 Laurier;", " Quebec;QC;G1V 2M2;Canada",
        r"URL:http\://viagenie.test", r"NOTE:One\nTwo\, three\; four", "X-SKYPE:simon",
        "PHOTO:data:image/png;base64," + base64.b64encode(b"picture").decode(), "BDAY:19800101",
        version="4.0",
    ))  # fmt: skip
    assert card.values == {
        "name": "Simon Perreault", "company": "Viagenie", "department": "Research, Lab", "mobile": "+1-418-262-6501",
        "phone": "+1-418-656-9254 x102", "email": "s@work.test", "website": "http://viagenie.test",
        "country": "Canada", "region": "QC", "city": "Quebec", "address": "2875 Laurier, Suite D2-630, G1V 2M2",
        "note": "One\nTwo, three; four",
    }  # fmt: skip
    assert card.photo == b"picture"
    assert set(card.ignored) == {"TEL (FAX)", "TEL", "EMAIL", "X-SKYPE", "BDAY"}


def test_a_picture_elsewhere_is_not_asked_for_and_a_broken_one_is_named() -> None:
    for line in ("PHOTO;VALUE=uri:http://127.0.0.1/me.png", "PHOTO;ENCODING=b:@@@@"):
        card = read(vcard("FN:Ann Li", line))
        assert card.photo is None and card.ignored == ["PHOTO"] and card.values == {"name": "Ann Li"}


def test_base64_that_a_phone_forgot_to_fold_is_one_picture() -> None:
    whole = base64.b64encode(bytes(range(90)))
    card = read(vcard("FN:Ann", b"PHOTO;ENCODING=BASE64;JPEG:" + whole[:40], whole[40:80], whole[80:], "", "TEL:1",
                      version="2.1"))  # fmt: skip
    assert card.photo == bytes(range(90)) and card.values["phone"] == "1"


def test_the_card_of_an_assistant_within_a_card_is_read_over() -> None:
    inner = vcard("FN:Assistant", version="2.1").decode().rstrip()
    found = values("FN:Boss", "AGENT:", *inner.splitlines(), "TEL:021-5555 0100", version="2.1")
    assert found == {"name": "Boss", "phone": "021-5555 0100"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("MECARD:N:Owen,Sean;TEL:+12125551212;EMAIL:sean@owen.test;;",
         {"name": "Sean Owen", "phone": "+12125551212", "email": "sean@owen.test"}),
        (r"mecard:N:王,小明;TEL:13800138000;ORG:明远\;科技;URL:https\://m.test;",
         {"name": "王小明", "mobile": "13800138000", "company": "明远;科技", "website": "https://m.test"}),
        ("MECARD:N:王小明", {"name": "王小明"}),
        ("MECARD:N:A\\", {"name": "A"}),
    ],
)  # fmt: skip
def test_a_mecard_is_a_card(text: str, found: dict[str, str]) -> None:
    assert read(text).values == found


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"BEGIN:VCARD\nFN:Ann\n", "card_not_closed"),
        (b"BEGIN:VCARD\n" * 2000 + b"END:VCARD\n", "card_not_closed"),
        (vcard(b"NOTE:" + b"x" * (MOST_BYTES + 1)), "card_too_large"),
        (vcard(b"FN:Ann", *[b"X-A:1"] * (MOST_PROPERTIES + 1)), "card_too_many_properties"),
        (vcard(b"FN;CHARSET=UTF-8:\xcd\xf5\xd0\xa1"), "card_undecodable"),
        (vcard(b"FN;CHARSET=KLINGON:\xcd\xf5"), "card_unknown_charset"),
        (vcard(b"FN;ENCODING=B:@@@"), "card_bad_encoding"),
        (b"MECARD:N:A;" + b"x" * MOST_BYTES, "card_too_large"),
    ],
)
def test_what_cannot_be_read_right_is_a_named_fault(content: bytes, code: str) -> None:
    assert fault(content) == code


def test_what_is_no_card_is_none() -> None:
    for content in (b"", b"\x00" * 100, b"Hello", b"begin vcard", bytes(range(256))):
        assert card_of(content) == (None, 0)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    card_of(content)
    card_of(vcard(content))
    card_of(b"MECARD:" + content)


_LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp", "Zs"))
_TEXTS = st.text(_LETTERS, min_size=1, max_size=60)


@given(_TEXTS, st.integers(1, 70), st.booleans())
def test_any_text_comes_back_folded_or_quoted(text: str, width: int, quoted: bool) -> None:
    raw = text.encode()
    if quoted:
        line = b"NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:" + quopri.encodestring(
            raw.replace(b"\\", b"\\\\")
        )
        assert values(line, version="2.1") == {"note": text}
    else:
        escaped = b"NOTE:" + raw.translate(None).replace(b"\\", b"\\\\").replace(b";", b"\\;").replace(
            b",", b"\\,"
        )
        folded = b"\r\n ".join(escaped[at : at + width] for at in range(0, len(escaped), width))
        if width > 4:  # the name of an entry is not folded
            assert values(folded) == {"note": text}


def test_a_file_of_cards_is_a_table(tmp_path: Path) -> None:
    file = tmp_path / "cards.vcf"
    file.write_bytes(
        vcard("FN:Ann Li", "EMAIL:ann@li.test") + b"junk\n" + b"BEGIN:VCARD\nFN:Lost\n" + vcard("FN:Bob", "X-A:1")
        + vcard(b"FN:NU\x00L")
    )  # fmt: skip
    table = open_table(file)
    assert (table.kind, table.encoding, table.header_row_number) == ("vcf", "utf-8", 1)
    assert table.header == [*(name.capitalize() for name in COLUMNS), "Not read"]
    rows = list(table.rows())
    assert [(row.number, row.cells[:1], row.error and row.error.code) for row in rows] == [
        (2, ["Ann Li"], None), (3, [], "card_not_closed"), (4, ["Bob"], None), (5, ["NU\\x00L"], "nul"),
    ]  # fmt: skip
    assert "FN:Lost" in rows[1].raw and rows[2].cells[-1] == "X-A"
    assert [row.number for row in table.rows(start_after=3)] == [4, 5]
    assert all(row.error is None or row.error.message for row in rows)


def test_a_file_of_cards_is_read_in_the_encoding_that_is_chosen(tmp_path: Path) -> None:
    file = tmp_path / "cards.vcf"
    file.write_bytes(vcard(b"FN;CHARSET=UTF-8:" + "王小明".encode("gb18030")))
    assert next(open_table(file).rows()).error
    assert next(open_table(file, encoding="gbk").rows()).cells[0] == "王小明"
    with pytest.raises(ValidationError):
        open_table(file, encoding="klingon")


def test_a_file_of_a_hundred_broken_cards_costs_a_row_each(tmp_path: Path) -> None:
    file = tmp_path / "bomb.vcf"
    file.write_bytes(
        vcard("FN:First") + b"BEGIN:VCARD\n" * 100 + b"x" * 10_000_000 + b"\n" + vcard("FN:Last")
    )
    rows = list(open_table(file).rows())
    assert (len(rows), rows[0].cells[0], rows[-1].cells[0]) == (102, "First", "Last")


@needs_shared_data
def test_every_card_of_the_shared_collection_is_read() -> None:
    read_of = {}
    for path in sorted((SHARED_DATA / "vcards").glob("*.vcf")):
        table = open_table(path)
        rows = list(table.rows())
        assert [row.error for row in rows if row.error] == [], path.name
        read_of[path.stem] = [dict(zip(COLUMNS, row.cells, strict=False)) for row in rows]
    said = {name: [(card["name"], card["company"]) for card in cards] for name, cards in read_of.items()}
    assert said["rfc2426-example"] == [
        ("Frank Dawson", "Lotus Development Corporation"), ("Tim Howes", "Netscape Communications Corp.")
    ]  # fmt: skip
    assert said["gmail-list"] == [("Arnold Smith", ""), ("Chris Beatle", ""), ("Doug White", "")]
    assert said["outlook-2003"] == [("John Doe III", "Company, The")]
    assert said["John_Doe_MS_OUTLOOK"] == [("Mr. John Richter James Doe Sr.", "IBM")]
    assert said["John_Doe_LOTUS_NOTES"] == [("Mr. Doe John I Johny", "IBM")]
    simon = read_of["rfc6350-example"][0]
    assert (simon["phone"], simon["mobile"]) == ("+1-418-656-9254 x102", "+1-418-262-6501")
    assert (simon["city"], simon["region"], simon["country"]) == ("Quebec", "QC", "Canada")
    assert simon["title"] == "" and simon["email"] == "simon.perreault@viagenie.ca"
    android = read_of["John_Doe_ANDROID"]
    assert len(android) == 6 and android[0]["email"] == "john.doe@company.com"
    assert android[3]["name"] == "Ñ Ñ Ñ Ñ Ñ Ñ Ñ Ñ Ñ Ñ Ñ" and android[3]["mobile"] == "123456"
    assert read_of["gmail-single"][0]["website"] == "http://TheProfile.com"
