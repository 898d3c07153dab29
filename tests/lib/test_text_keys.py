"""Two spellings of the same thing give the same key; two different things do not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesflow.lib.text import (
    company_key,
    domain_key,
    email_key,
    fold,
    person_key,
    phone_key,
    phone_parse,
    uscc_key,
)
from tests.support.shared import SHARED_DATA, needs_shared_data

NAUGHTY = SHARED_DATA / "naughty_strings" / "blns.json"


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("Li.Ming@Huawei.COM ", "li.ming@huawei.com"),
        ("Li Ming <li@huawei.com>", "li@huawei.com"),
        ("mailto:a@b.de", "a@b.de"),
        ("ａ@ｂ.cn", "a@b.cn"),
        ("x@例子.中国", "x@xn--fsqu00a.xn--fiqs8s"),
        ("a.b+crm@googlemail.com", "ab@gmail.com"),
        ("a.b+crm@b.de", "a.b+crm@b.de"),
        ("a@b", None),
        ("a b@c.de", None),
        ("a..b@c.de", None),
        ("a@b.de;c@d.de", None),
        ("a@1.2.3.4", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_has_one_canonical_form(raw: str | None, key: str | None) -> None:
    assert email_key(raw) == key


@pytest.mark.parametrize(
    "raw",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+86 138 0013 8000",
        "(+86)13800138000",
        "0086 138-0013-8000",
        "８６１３８００１３８０００",
        "手机:13800138000",
    ],
)
def test_a_mobile_is_the_same_in_any_notation(raw: str) -> None:
    assert phone_key(raw) == "+8613800138000"


@pytest.mark.parametrize(
    ("raw", "region", "key"),
    [
        ("021-6888 1234", "CN", "+862168881234"),
        ("021-68881234转801", "CN", "+862168881234x801"),
        ("021-68881234 ext. 801", "CN", "+862168881234x801"),
        ("(202) 555-0143", "US", "+12025550143"),
        ("+1 202 555 0143", "CN", "+12025550143"),
        ("030 123456", "DE", "+4930123456"),
        ("6888 1234", "CN", None),
        ("12345678901", "CN", None),
        ("13800138000/13900139000", "CN", None),
        ("call me", "CN", None),
        ("9" * 5000, "CN", None),
        (None, "CN", None),
    ],
)
def test_a_number_is_read_in_its_region(raw: str | None, region: str, key: str | None) -> None:
    assert phone_key(raw, region) == key


def test_a_possible_foreign_number_is_kept_but_not_called_valid() -> None:
    phone = phone_parse("+1 555 555 0100")
    assert phone is not None and phone.key == "+15555550100" and not phone.valid


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("https://www.huawei.com/cn/?a=1", "huawei.com"),
        ("li@mail.huawei.com", "huawei.com"),
        ("HTTP://Shop.Example.com.cn:8080/x", "example.com.cn"),
        ("www.bbc.co.uk", "bbc.co.uk"),
        ("li@qq.com", None),
        ("li@vip.163.com", None),
        ("someone@yahoo.co.jp", None),
        ("mingyuan.taobao.com", None),
        ("192.168.1.1", None),
        ("localhost", None),
        ("com.cn", None),
        ("无网站", None),
    ],
)
def test_a_domain_is_the_companys_own_or_nothing(raw: str, key: str | None) -> None:
    assert domain_key(raw) == key


@pytest.mark.parametrize(
    "spellings",
    [
        [
            "北京明远科技有限公司",
            "明远科技(北京)有限公司",
            "明远科技",
            "明遠科技股份有限公司",
            "北京市海淀区明远科技集团",
        ],
        ["华为技术有限公司", "華為技術有限公司", "深圳市华为技术有限公司", "华为技术 Co., Ltd."],
        ["Müller GmbH & Co. KG", "MULLER GmbH", "Müller", "Ｍüller"],
        ["ACME, Inc.", "The Acme Company", "acme", "A.C.M.E. Corp."],
        ["Dupont S. A.", "Dupont S.A.", "DUPONT SA"],
        ["トヨタ株式会社", "株式会社トヨタ", "(株)トヨタ"],
        ["㈱日立製作所", "日立制作所"],
        ["Siemens (China) Ltd.", "Siemens AG"],
        ["Johnson & Johnson", "Johnson and Johnson"],
        ["Kowalski Sp. z o.o.", "Kowalski"],
        ["삼성전자 주식회사", "삼성전자"],
    ],
)
def test_a_company_keeps_its_core_name(spellings: list[str]) -> None:
    assert len({company_key(name) for name in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("北京大学", "天津大学"),
        ("北京大学", "北京交通大学"),
        ("北京交通大学", "上海交通大学"),
        ("北京银行股份有限公司", "上海银行股份有限公司"),
        ("上海汽车集团", "北京汽车集团"),
        ("青岛啤酒股份有限公司", "重庆啤酒股份有限公司"),
        ("北京贸易有限公司", "上海贸易有限公司"),
        ("中国移动", "中国电信"),
        ("明远科技有限公司", "明远科技有限公司上海分公司"),
        ("Arbor Ltd", "Harbor Ltd"),
    ],
)
def test_different_companies_stay_different(one: str, other: str) -> None:
    assert company_key(one) != company_key(other)


def test_a_name_without_letters_is_not_compared() -> None:
    assert company_key("12345") is None
    assert company_key(" -- ") is None
    assert person_key("660737") is None
    assert company_key("3M") == "3m"


@given(st.text(max_size=40))
def test_a_company_key_is_never_empty_when_there_is_a_letter(name: str) -> None:
    key = company_key(name)
    assert (key is None) == (not any(c.isalpha() for c in fold(name)))
    assert key != ""


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("张 三", "张三"),
        ("張三先生", "张三"),
        ("Zhang San 张三", "张三"),
        ("欧阳修教授", "欧阳修"),
        ("买买提·艾力", "买买提艾力"),
        ("Smith, John", "john smith"),
        ("Dr. John  SMITH", "john smith"),
        ("José García", "garcia jose"),
        ("张总", None),
        ("J", None),
    ],
)
def test_a_person_is_named_without_title_accent_or_order(raw: str, key: str | None) -> None:
    assert person_key(raw) == key


def test_a_credit_code_needs_its_check_digit() -> None:
    assert uscc_key("9111 0000-600037341l") == "91110000600037341L"
    assert uscc_key("911100006000373411") is None
    assert uscc_key("") is None


KEYS = [email_key, phone_key, domain_key, company_key, person_key, uscc_key]


@pytest.mark.parametrize("key", KEYS)
@given(st.text(max_size=60))
def test_a_key_never_fails_and_is_the_key_of_itself_or_none(key, text: str) -> None:  # type: ignore[no-untyped-def]
    found = key(text)
    assert found is None or (isinstance(found, str) and found and "\x00" not in found)


@needs_shared_data
@pytest.mark.parametrize("key", KEYS)
def test_naughty_strings_break_no_key(key) -> None:  # type: ignore[no-untyped-def]
    for text in json.loads(NAUGHTY.read_text("utf-8")):
        assert key(text) != ""
