"""A Telegram chat as a page: bubbles, quotes, links, buttons, pictures; light and dark."""

import base64
import re
from collections.abc import Iterable
from html import escape

from bot_api_html import checked

from monitor.model import Delivery
from monitor.model.telling import Form
from monitor.notify.message import Look, Part, messages

TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "spoiler": "span",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "text_link": "a",
}
STYLE = """
*{box-sizing:border-box}
body{margin:0;display:flex;font:15px/1.34 "DejaVu Sans","Noto Color Emoji"}
main{width:410px;padding:12px 10px 24px;background:var(--back)}
.light{--back:#c9dcb9;--bubble:#fff;--text:#111;--link:#2a7fc4;--dim:#8a949c;--bar:#3a95d5;
 --quote:#eaf4fb;--button:#00000040;--pressed:#fff}
.dark{--back:#0e1621;--bubble:#182533;--text:#f2f4f5;--link:#6ab3f3;--dim:#708499;--bar:#5ea9e8;
 --quote:#1f3447;--button:#ffffff1f;--pressed:#fff}
.bubble{position:relative;max-width:372px;margin:7px 0 2px;padding:7px 11px 8px;
 border-radius:14px 14px 14px 5px;background:var(--bubble);color:var(--text);
 box-shadow:0 1px 1px #0002;white-space:pre-wrap;overflow-wrap:anywhere;
 display:flow-root;font-stretch:semi-condensed}
.bubble img.photo{display:block;width:calc(100% + 22px);margin:-7px -11px 7px;
 border-radius:14px 14px 0 0}
.name{color:var(--bar);font-weight:600;font-size:14px;white-space:normal}
.answer{border-left:3px solid var(--bar);background:var(--quote);border-radius:5px;
 padding:3px 8px;margin:3px 0 5px;font-size:14px;white-space:nowrap;overflow:hidden;
 text-overflow:ellipsis}
.time{float:right;margin:7px 0 -4px 10px;color:var(--dim);font-size:12px;white-space:normal}
a,.auto{color:var(--link);text-decoration:none}
blockquote{margin:2px 0;padding:4px 8px 5px;border-left:3px solid var(--bar);border-radius:5px;
 background:var(--quote);font-size:15px}
code,pre{font-family:"DejaVu Sans Mono",monospace;font-size:13.5px;margin:0}
.keys{display:flex;gap:4px;max-width:372px;margin:2px 0}
.keys span{flex:1;text-align:center;padding:8px 2px;border-radius:8px;background:var(--button);
 color:var(--pressed);font-size:14px;font-weight:600}
"""


def page(deliveries: Iterable[Delivery], look: Look) -> str:
    """Return the chat in which these have arrived, by day and by night."""
    told = list(deliveries)
    both = "".join(
        f'<main class="{scheme}">{"".join(_bubbles(told, look))}</main>'
        for scheme in ("light", "dark")
    )
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style><body>{both}</body>'


def _bubbles(told: list[Delivery], look: Look) -> Iterable[str]:
    for delivery in told:
        for number, part in enumerate(messages(delivery, look)):
            answers = delivery.form in {Form.REPLY, Form.COPIES} and not number
            yield _bubble(part, edited=delivery.form is Form.EDIT, answers=answers)


def _bubble(part: Part, *, edited: bool, answers: bool) -> str:
    time = ("🔕 " if part.silent else "") + ("edited " if edited else "") + "12:02"
    above = '<div class="name">Monitor</div>'
    if part.photo:
        source = base64.b64encode(part.photo).decode()
        above = f'<img class="photo" src="data:image/png;base64,{source}">'
    if answers:
        above += (
            '<div class="answer"><b>Monitor</b><br>Важное · Retreat called “regrouping” …</div>'
        )
    keys = "".join(
        f'<div class="keys">{"".join(f"<span>{escape(key.text)}</span>" for key in row)}</div>'
        for row in part.buttons
    )
    # A quote is a block of its own: the line end after it is not another one.
    body = re.sub(r"\n?(<blockquote>.*?</blockquote>)\n?", r"\1", shown(part.html), flags=re.DOTALL)
    return f'<div class="bubble">{above}{body}<span class="time">{time}</span></div>{keys}'


def shown(html: str) -> str:
    """Return a message as a browser shows it, from what the stand-in read of it."""
    text, entities = checked(html, "HTML")
    raw = text.encode("utf-16-le")
    edges: list[tuple[int, int, int, str]] = []
    for number, each in enumerate(sorted(entities, key=lambda e: (e["offset"], -e["length"]))):
        tag, start, end = TAGS[each["type"]], each["offset"], each["offset"] + each["length"]
        link = f' href="{escape(each["url"])}"' if tag == "a" else ""
        edges += [(start, 1, number, f"<{tag}{link}>"), (end, 0, -number, f"</{tag}>")]
    out, at = [], 0
    for place, _, _, tag in sorted(edges):
        out += [_auto(raw[2 * at : 2 * place].decode("utf-16-le")), tag]
        at = place
    return "".join([*out, _auto(raw[2 * at :].decode("utf-16-le"))])


def _auto(text: str) -> str:
    return re.sub(
        r"((?:https?://\S+)|(?:#\w+))", r'<span class="auto">\1</span>', escape(text, quote=False)
    )
