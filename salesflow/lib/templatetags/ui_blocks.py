"""The larger pieces of `{% load ui %}`: each has a template under templates/components/."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from salesflow.lib.web import figures
from salesflow.lib.web.html import format_html

register = template.Library()


@register.inclusion_tag("components/_empty.html")
def empty(
    icon: str,
    title: Any,
    text: Any = "",
    primary_url: str = "",
    primary_label: Any = "",
    secondary_url: str = "",
    secondary_label: Any = "",
    drawer: bool = False,
    small: bool = False,
) -> dict[str, Any]:
    """Says what will stand here and how to begin; `drawer` opens the primary action beside the page."""
    return dict(locals())


@register.inclusion_tag("components/_kpi.html")
def kpi(
    label: Any,
    value: Any,
    delta: float | None = None,
    unit: str = "%",
    words: Any = "",
    good: str = "up",
    spark: Any = (),
    href: str = "",
    title: Any = "",
) -> dict[str, Any]:
    """A figure with its change. `delta` is in `unit` (%, pt or none), `words` say against what, `good` is the
    direction that is welcome (up or down); `href` opens the records behind the figure."""
    tone = ""
    if delta:
        tone = "ok" if (delta > 0) == (good == "up") else "bad"
    return {
        "label": label,
        "value": figures.DASH if value is None else value,
        "delta": delta,
        "size": ""
        if delta is None
        else figures.number(abs(delta), 1) + ("%" if unit == "%" else f" {unit}").rstrip(),
        "words": words,
        "tone": tone,
        "spark": list(spark or ()),
        "href": href,
        "title": title,
    }


@register.inclusion_tag("components/_stages.html")
def stages(items: list[tuple[str, Any]], current: str, lost: bool = False) -> dict[str, Any]:
    """The path of a record: (key, label) in order, with the present one marked."""
    found = [key for key, _label in items]
    here = found.index(current) if current in found else -1
    return {
        "steps": [
            {"label": label, "past": place < here, "here": place == here, "lost": lost and place == here}
            for place, (_key, label) in enumerate(items)
        ]
    }


@register.inclusion_tag("components/_chart.html")
def chart(kind: str, chart_id: str, data: dict[str, Any], label: Any, size: str = "") -> dict[str, Any]:
    """A chart with the same figures as a table beneath; `href` and `hrefs` open the records behind a part of it.

    kind funnel: data {"rows": [{"name", "value", "href"?}]}. kind bar, hbar (lying) or line: data {"x": [names],
    "series": [{"name", "values", "tone"?, "dashed"?}], "hrefs"?, "unit"?}, where tone names a
    colour (ok, warn). The label says what it shows, for those who cannot see it.
    """
    if kind == "funnel":
        head: list[Any] = []
        rows = [(row.get("href", ""), [row["name"], row["value"]]) for row in data["rows"]]
    else:
        head = [series["name"] for series in data["series"]]
        hrefs = data.get("hrefs") or [""] * len(data["x"])
        rows = [
            (href, [name, *(series["values"][place] for series in data["series"])])
            for place, (name, href) in enumerate(zip(data["x"], hrefs, strict=True))
        ]
    return {
        "kind": kind,
        "id": chart_id,
        "data": data,
        "label": label,
        "size": size,
        "head": head,
        "rows": rows,
    }


@register.inclusion_tag("components/_drop_zone.html")
def drop_zone(name: str, label: Any, hint: Any = "", accept: str = "", field_id: str = "") -> dict[str, Any]:
    """A file field one can drop onto; without scripts it is the plain field."""
    return {"name": name, "label": label, "hint": hint, "accept": accept, "id": field_id or f"id_{name}"}


@register.inclusion_tag("components/_pager.html")
def pager(previous_url: str | None, next_url: str | None) -> dict[str, Any]:
    """Back and on; keyset pages know no numbers."""
    return {"previous_url": previous_url, "next_url": next_url}


@register.inclusion_tag("components/_tabs.html")
def tabs(items: list[dict[str, Any]], label: Any = "") -> dict[str, Any]:
    """Views or parts of a page: dicts with label, url, active, and if wanted count and icon."""
    return {"items": items, "label": label}


@register.simple_block_tag(takes_context=True)
def card(
    context: Any, content: str, title: Any = "", icon: str = "", note: Any = "", css: str = ""
) -> SafeString:
    """A framed part of a page with a head."""
    engine = context.template.engine
    return engine.get_template("components/_card.html").render(
        context.new({"title": title, "icon": icon, "note": note, "content": content, "css": css})
    )


@register.simple_block_tag
def fact(content: str, label: Any, edit: str = "") -> SafeString:
    """One line of `<dl class="facts">`; a dash when there is nothing. `edit` names the fields edited in its place."""
    shown = SafeString(content.strip() or figures.DASH)
    if edit:
        return format_html('<dt>{}</dt><dd data-edit="{}">{}</dd>', label, edit, shown)
    return format_html("<dt>{}</dt><dd>{}</dd>", label, shown)


@register.simple_block_tag(takes_context=True)
def event(context: Any, content: str, icon: str, at: Any = None, note: Any = "", url: str = "") -> SafeString:
    """One entry of `<ol class="timeline">`: what happened, when, and the words noted, which lead to `url`."""
    engine = context.template.engine
    return engine.get_template("components/_event.html").render(
        context.new({"icon": icon, "at": at, "note": note, "url": url, "content": content})
    )


@register.simple_block_tag(takes_context=True)
def notice(context: Any, content: str, kind: str = "info", icon: str = "info-circle") -> SafeString:
    """A sentence that stands on the page: a warning over a form, an explanation."""
    engine = context.template.engine
    return engine.get_template("components/_notice.html").render(
        context.new({"icon": icon, "kind": kind, "content": content})
    )
