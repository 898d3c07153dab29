"""From the columns of a file to the fields of a lead: guessed, remembered per source, checked."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.models import Lead, LeadSource
from leads.services.clean import CUSTOM_KEY
from salesflow.lib.text.fold import fold
from salesflow.lib.text.pinyin import syllables
from salesflow.work.models import CustomField

#: header -> list of targets; an empty list leaves the column out.
Columns = dict[str, list[str]]

LEAD_TARGETS = (
    "external_id company_name contact_name title email phone mobile website credit_code country region city "
    "industry source_detail page_url budget currency decision_timeframe_days need need_fit tags outcome"
).split()
BEHAVIOUR_TARGETS = (
    "behaviour.visits",
    "behaviour.site_seconds",
    "behaviour.pages_per_visit",
    "behaviour.last_activity",
)
#: What targets are called where the model's own name does not say enough.
LABELS: dict[str, str | Promise] = {
    "page_url": gettext_lazy("Page they came from"),
    "outcome": gettext_lazy("Known outcome (1 or 0)"),
    "behaviour.visits": gettext_lazy("Visits"),
    "behaviour.site_seconds": gettext_lazy("Seconds on the website"),
    "behaviour.pages_per_visit": gettext_lazy("Pages per visit"),
    "behaviour.last_activity": gettext_lazy("Last activity"),
}
#: What people call the columns, folded (lower case, half width), in English and Chinese.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "external_id": ("external id", "id", "lead id", "lead number", "record id", "编号", "线索编号", "外部编号"),
    "company_name": ("company", "company name", "account", "account name", "organisation", "organization",
                     "employer", "business", "公司", "公司名称", "企业", "企业名称", "单位", "单位名称", "客户名称"),
    "contact_name": ("contact", "contact name", "name", "full name", "person", "lead name", "customer name",
                     "姓名", "联系人", "联系人姓名", "名字"),
    "title": ("title", "job title", "position", "role", "职位", "职务", "岗位"),
    "email": ("email", "e-mail", "mail", "email address", "e-mail address", "邮箱", "电子邮箱", "邮件", "电子邮件"),
    "phone": ("phone", "telephone", "tel", "phone number", "business phone", "office phone", "work phone",
              "电话", "固话", "座机", "联系电话", "电话号码"),
    "mobile": ("mobile", "mobile phone", "cell", "cell phone", "cellphone", "手机", "手机号", "手机号码", "移动电话"),
    "website": ("website", "web", "url", "homepage", "web page", "网址", "网站", "官网"),
    "credit_code": ("credit code", "uscc", "unified social credit code", "统一社会信用代码", "信用代码", "税号"),
    "country": ("country", "nation", "business country", "国家", "国家地区"),
    "region": ("region", "state", "province", "state/province", "省", "省份", "州", "地区"),
    "city": ("city", "town", "business city", "suburb", "城市", "市"),
    "industry": ("industry", "sector", "specialization", "specialisation", "行业", "所属行业"),
    "source_detail": ("source", "lead source", "source detail", "来源", "线索来源", "来源渠道"),
    "budget": ("budget", "预算", "预算金额"),
    "currency": ("currency", "币种", "货币"),
    "decision_timeframe_days": ("decision timeframe days", "decision cycle", "decision cycle (days)",
                                "timeframe", "决策周期", "决策周期(天)"),
    "need": ("need", "needs", "requirement", "notes", "comment", "description", "需求", "需求描述", "备注"),
    "need_fit": ("need fit", "fit", "需求匹配度", "匹配度"),
    "tags": ("tags", "标签"),
    "outcome": ("outcome", "converted", "won", "是否成交", "结果"),
    "behaviour.visits": ("visits", "totalvisits", "total visits", "访问次数"),
    "behaviour.site_seconds": ("total time spent on website", "time on site", "site seconds", "停留时长"),
    "behaviour.pages_per_visit": ("page views per visit", "pages per visit", "每次访问页数"),
}  # fmt: skip
_BY_NAME = {name: target for target, names in SYNONYMS.items() for name in names}


def targets_named(columns: Columns) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every target a column may go to with the words for it, in groups: with the custom fields there are, and those
    that `columns` would make."""
    own = CustomField.objects.filter(resource="leads", archived_at=None).order_by("position", "label")
    custom = {f"custom.{key}": label for key, label in own.values_list("key", "label")}
    for target in (target for listed in columns.values() for target in listed):
        if target.startswith("custom."):
            custom.setdefault(target, target.removeprefix("custom."))
    groups = [
        (_("Lead"), [(target, _label(target)) for target in LEAD_TARGETS]),
        (_("Behaviour"), [(target, _label(target)) for target in BEHAVIOUR_TARGETS]),
        (_("Custom fields"), list(custom.items())),
    ]
    return [group for group in groups if group[1]]


def _label(target: str) -> str:
    return str(LABELS.get(target) or capfirst(Lead._meta.get_field(target).verbose_name))  # type: ignore[union-attr]


def template_header() -> list[str]:
    """The headers of the template file; a file with just these needs no mapping."""
    return list(LEAD_TARGETS)


def mapping_guess(header: Sequence[str], source: LeadSource | None = None) -> Columns:
    """A proposal for each header: what this source's last import chose, else by name; each target once."""
    remembered: Mapping[str, Any] = source.import_mapping if source is not None else {}
    guess: Columns = {}
    taken: set[str] = set()
    for name in header:
        if name in remembered:
            guess[name] = list(remembered[name])
        else:
            target = _target_of(name)
            guess[name] = [target] if target and target not in taken else []
        taken.update(guess[name])
    return guess


def _target_of(header: str) -> str | None:
    name = re.sub(r"[\s_]+", " ", fold(header)).strip(" :*")
    if name in _BY_NAME:
        return _BY_NAME[name]
    underscored = name.replace(" ", "_")
    return underscored if underscored in LEAD_TARGETS else None


def mapping_checked(mapping: Any, header: Sequence[str]) -> Columns:
    """The mapping as lists of targets, or a ValidationError naming the first thing wrong with it.

    `mapping` goes header -> target, list of targets or null. Headers it does not name are left out. Something must
    become a company or a contact name.
    """
    if not isinstance(mapping, Mapping):
        raise _wrong(_("A mapping from headers to fields is needed."))
    known = set(header)
    columns: Columns = {name: [] for name in header}
    for name, wanted in mapping.items():
        if name not in known:
            raise _wrong(_("The file has no column “%(name)s”.") % {"name": str(name)[:80]})
        listed = [] if wanted in (None, "") else [wanted] if isinstance(wanted, str) else wanted
        if not isinstance(listed, list) or not all(isinstance(target, str) for target in listed):
            raise _wrong(_("A column goes to a field, a list of fields or nowhere."))
        for target in listed:
            _check_target(target)
        columns[name] = list(dict.fromkeys(listed))
    used = {target for listed in columns.values() for target in listed}
    if not used & {"company_name", "contact_name"}:
        raise _wrong(_("One column must be the company or the contact name."))
    return columns


def _check_target(target: str) -> None:
    if target in LEAD_TARGETS or target in BEHAVIOUR_TARGETS:
        return
    if target.startswith("custom.") and CUSTOM_KEY.match(target.removeprefix("custom.")):
        return
    raise _wrong(_("“%(target)s” is no field of a lead.") % {"target": target[:80]})


def _wrong(message: str) -> ValidationError:
    return ValidationError({"mapping": ValidationError(message, code="bad_mapping")})


def custom_key(header: str) -> str:
    """A key for a custom field made from a header: `Lead Origin` -> `lead_origin`, `职业` -> `zhi_ye`."""
    latin = "_".join(syllables(fold(header)))
    key = re.sub(r"[^a-z0-9]+", "_", latin.lower()).strip("_")[:60]
    return key if CUSTOM_KEY.match(key) else f"field_{key}"[:60].rstrip("_")
