"""The encoding is guessed the same way every time, and rightly from a few names on."""

from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from salesflow.lib.tabular import detect_encoding, open_table
from salesflow.lib.tabular.encoding import canonical, sample_of
from salesflow.lib.text.fold import simplified_table

SIMPLIFIED = "公司,联系人\n北京明远科技有限公司,张伟\n上海启明软件集团,李娜\n青岛海尔股份有限公司,王芳\n"
JAPANESE = "会社,担当者\n株式会社日立製作所,田中さん\nトヨタ自動車,すずき\n"
KOREAN = "회사,담당자\n삼성전자 주식회사,김철수\n현대자동차,이영희\n"
GERMAN = "Firma,Ort\nMüller & Söhne,Köln\nBäckerei Weiß,Düsseldorf\nCafé Zoë,Århus\n"


def traditional(text: str) -> str:
    back = {new: chr(old) for old, new in simplified_table().items()}
    return "".join(back.get(char, char) for char in text)


@pytest.mark.parametrize(
    ("text", "codec", "expected"),
    [
        (SIMPLIFIED, "utf-8", "utf-8"),
        (SIMPLIFIED, "utf-8-sig", "utf-8"),
        (SIMPLIFIED, "utf-16", "utf-16-le"),
        (SIMPLIFIED, "utf-16-le", "utf-16-le"),
        (SIMPLIFIED, "utf-16-be", "utf-16-be"),
        (SIMPLIFIED, "utf-32", "utf-32"),
        (SIMPLIFIED, "gbk", "gb18030"),
        (SIMPLIFIED, "gb18030", "gb18030"),
        (SIMPLIFIED, "gb2312", "gb18030"),
        ("公司,备注\n𠮷野家,㐂\n北京明远科技,联系人\n", "gb18030", "gb18030"),
        ("東方科技有限公司,張偉,臺北\n聯絡人,電話,備註\n", "big5", "big5"),
        ("東方科技有限公司,張偉,臺北\n聯絡人,電話,備註\n", "gbk", "gb18030"),
        (JAPANESE, "shift_jis", "shift_jis"),
        (KOREAN, "euc-kr", "euc-kr"),
        (GERMAN, "cp1252", "cp1252"),
        ("a,b\n1,2\n", "ascii", "utf-8"),
    ],
)
def test_a_small_file_is_read_as_written(tmp_path: Path, text: str, codec: str, expected: str) -> None:
    path = tmp_path / "upload"
    path.write_bytes(text.encode(codec))
    assert detect_encoding(sample_of(path)) == expected
    opened = open_table(path, header=0)
    assert opened.encoding == expected
    assert [row.cells for row in opened.rows()] == [line.split(",") for line in text.splitlines()]


def test_simplified_and_traditional_bytes_are_told_apart_line_by_line() -> None:
    for line in SIMPLIFIED.splitlines():
        assert detect_encoding(line.encode("gbk")) == "gb18030", line
        assert detect_encoding(traditional(line).encode("big5")) == "big5", line


def test_the_first_chinese_name_may_stand_far_down(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"name,city\n" + b"Ann,Bonn\n" * 200_000 + SIMPLIFIED.encode("gbk"))
    assert open_table(path).encoding == "gb18030"
    path.write_bytes(b"name,city\n" + b"Ann,Bonn\n" * 200_000 + "张伟,北京\n".encode())
    assert open_table(path).encoding == "utf-8"


def test_a_character_cut_by_the_sample_s_end_does_not_mislead(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    for shift in range(4):
        path.write_bytes(b"x" * shift + b"name,city\n" + "张伟,北京\n".encode() * 40_000)
        assert detect_encoding(path.read_bytes()[: 256 * 1024]) == "utf-8"
        assert open_table(path).encoding == "utf-8"


@pytest.mark.parametrize(
    ("said", "meant"), [("GBK", "gb18030"), ("utf8", "utf-8"), ("Big5", "big5"), ("UTF-16", "utf-16-le")]
)
def test_usual_spellings_are_understood(said: str, meant: str) -> None:
    assert canonical(said) == meant


def test_the_user_s_choice_overrules_the_guess(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes("name\nMüller\n".encode("cp1252"))
    assert next(open_table(path, encoding="latin-1").rows()).cells == ["Müller"]
    with pytest.raises(ValidationError):
        open_table(path, encoding="no-such")
