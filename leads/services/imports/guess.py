"""What the columns of a file probably mean: by their headers, as people and other systems write them, and by content.

A proposal only; a person sees it with the first rows before anything is created.
"""

import re
from collections.abc import Callable, Sequence

from salesflow.lib.tabular.header import plain
from salesflow.lib.text.codes import uscc_key
from salesflow.lib.text.companies import is_institution
from salesflow.lib.text.emails import is_email

#: Target -> headers, the most telling first: of several columns that would do, the one named earlier here is taken.
#: English and Chinese, with the exports of Outlook, Google, Salesforce, HubSpot, Zoho, Pipedrive, Dynamics, Odoo,
#: LinkedIn, Meta lead ads and the Chinese company registers.
HEADERS: dict[str, tuple[str, ...]] = {
    "external_id": ("external id", "lead id", "lead number", "record id", "contact id", "id", "线索编号", "外部编号",
                    "客户编号", "编号"),
    "company_name": ("company name", "company", "account name", "account", "organization name", "organization",
                     "organisation", "organization 1 name", "associated company", "company account", "employer",
                     "business name", "business", "公司名称", "公司名", "公司", "企业名称", "企业", "单位名称",
                     "单位", "客户名称", "客户公司", "所属公司"),
    "contact_name": ("contact name", "full name", "contact person", "contact", "person name", "lead name",
                     "customer name", "name", "person", "联系人姓名", "联系人", "客户姓名", "姓名", "名字",
                     "联系人名称"),
    "first_name": ("first name", "given name", "forename", "first", "名"),
    "last_name": ("last name", "family name", "surname", "last", "姓", "姓氏"),
    "title": ("job title", "organization 1 title", "organization title", "position", "role", "title", "职位", "职务",
              "岗位", "职称"),
    "email": ("email address", "e mail address", "email", "e mail", "work email", "business email", "primary email",
              "e mail 1 value", "person email work", "person email", "mail", "电子邮箱", "邮箱地址", "邮箱",
              "电子邮件", "邮件"),
    "phone": ("business phone", "work phone", "office phone", "phone number", "telephone number", "telephone",
              "phone", "phone 1 value", "person phone work", "person phone", "primary phone", "company main phone",
              "tel", "联系电话", "公司电话", "电话号码", "固定电话", "固话", "座机", "电话"),
    "mobile": ("mobile phone", "mobile number", "mobile", "cell phone", "cellphone", "cell", "person phone mobile",
               "手机号码", "手机号", "移动电话", "手机", "联系手机"),
    "website": ("website url", "website", "web page", "web site", "homepage", "company website", "website 1 value",
                "company domain name", "web", "url", "公司网址", "网址", "官网", "网站", "公司主页"),
    "credit_code": ("unified social credit code", "credit code", "uscc", "统一社会信用代码", "社会信用代码", "信用代码",
                    "纳税人识别号", "税号"),
    "country": ("country", "country region", "business country region", "business country", "address 1 country region",
                "nation", "国家", "国家地区", "国别"),
    "region": ("state province", "state region", "province", "state", "business state", "address 1 state province",
               "region", "省份", "省", "所属省份", "所在省份", "州", "省市", "地区"),
    "city": ("city", "town", "business city", "address 1 city", "suburb", "所属城市", "所在城市", "城市", "市"),
    "industry": ("industry", "sector", "specialization", "specialisation", "所属行业", "行业", "行业类型"),
    "source_detail": ("source detail", "lead source", "original source", "source", "platform", "线索来源", "客户来源",
                      "来源渠道", "来源"),
    "page_url": ("page url", "landing page", "referrer url", "落地页", "来源页面"),
    "budget": ("budget", "budget amount", "预算金额", "预算", "采购预算"),
    "currency": ("currency", "currency code", "币种", "货币"),
    "decision_timeframe_days": ("decision timeframe days", "decision cycle days", "decision cycle", "timeframe",
                                "决策周期 天", "决策周期", "采购周期"),
    "need": ("need", "needs", "requirement", "requirements", "description", "notes", "note", "comment", "comments",
             "message", "需求描述", "需求", "备注", "客户需求", "留言"),
    "need_fit": ("need fit", "fit", "需求匹配度", "匹配度"),
    "tags": ("tags", "tag", "categories", "labels", "group membership", "标签", "客户标签"),
    "outcome": ("outcome", "converted", "won", "是否成交", "成交", "结果"),
    "behaviour.visits": ("visits", "totalvisits", "total visits", "number of sessions", "访问次数"),
    "behaviour.site_seconds": ("total time spent on website", "time on site", "site seconds", "停留时长"),
    "behaviour.pages_per_visit": ("page views per visit", "pages per visit", "每次访问页数"),
}  # fmt: skip
_RANKED = {
    header: (target, rank) for target, headers in HEADERS.items() for rank, header in enumerate(headers)
}
_CN_MOBILE = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}")
_URL = re.compile(r"(?:https?://|www\.)[^\s/]+\.[a-z]{2,}\S*", re.IGNORECASE)
_FIRM = re.compile(
    r"公司$|集团$|\b(?:ltd|limited|gmbh|inc|corp|llc|plc|ag|s\.?a\.?|b\.?v\.?)\.?$", re.IGNORECASE
)
#: What a column without a telling header holds, if four of five of its values look so.
CONTENTS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("email", is_email),
    ("credit_code", uscc_key),
    ("mobile", _CN_MOBILE.fullmatch),
    ("website", _URL.fullmatch),
    ("company_name", lambda text: _FIRM.search(text) or is_institution(text)),
)


def targets_guessed(header: Sequence[str], sample: Sequence[Sequence[str]] = ()) -> dict[str, str]:
    """A target for the headers that tell one, or whose values in `sample` do; each target once."""
    best: dict[str, tuple[int, int]] = {}
    for place, name in enumerate(header):
        target, rank = _RANKED.get(plain(name), ("", 0))
        if target and (target not in best or rank < best[target][0]):
            best[target] = (rank, place)
    if "contact_name" in best:
        for part in ("first_name", "last_name"):
            best.pop(part, None)
    guessed = {header[place]: target for target, (_rank, place) in best.items()}
    for place, name in enumerate(header):
        if plain(name) not in _RANKED and (target := _by_content(sample, place, set(guessed.values()))):
            guessed[name] = target
    return guessed


def _by_content(sample: Sequence[Sequence[str]], place: int, taken: set[str]) -> str | None:
    values = [row[place].strip() for row in sample if place < len(row) and row[place].strip()]
    if not values:
        return None
    for target, looks_so in CONTENTS:
        if target not in taken and sum(bool(looks_so(text)) for text in values) >= 0.8 * len(values):
            return target
    return None
