"""What the stand-in answers: results, errors, and the many ways in which an answer goes wrong."""

from dataclasses import dataclass

from aiohttp import web

RIGHTS = (
    "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages",
    "can_manage_video_chats", "can_restrict_members", "can_promote_members", "can_change_info",
    "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
)  # fmt: skip


@dataclass(kw_only=True)
class Fault:
    """What goes wrong with the next `times` messages (to one chat, where `chat` names it).

    kind: 429 · 429-bare · 500 · 502 · 404-html ·
    not-json · not-ok · no-result · drop-before · drop-after ·
    slow (after `seconds`) · entities · 400 (`text`) · 401 · 403 · 409 · 413 · migrate (to `to`)

    Without `method` it is whatever shows a message: sendMessage, sendPhoto, and both edits.
    """

    kind: str
    times: int = 1
    chat: str | None = None
    method: str | None = None
    retry_after: int = 1
    seconds: float = 1.0
    to: int = 0
    text: str = "Bad Request: chat not found"

    @property
    def takes_the_message(self) -> bool:
        """Whether the message is accepted all the same, and only its answer goes wrong."""
        return self.kind in {"drop-after", "slow", "not-json", "no-result"}

    def hits(self, chat: str, method: str, *, shows: bool) -> bool:
        """Whether it is meant for this request."""
        chosen = shows if self.method is None else self.method.lower() == method
        return chosen and self.chat in {None, chat}


def failed(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Answer as the fault wants it."""
    if fault.kind in {"drop-before", "drop-after"}:
        request.transport.abort()
    answers = {
        "429": lambda: too_many(fault.retry_after),
        "429-bare": lambda: error(429, "Too Many Requests"),
        "500": lambda: error(500, "Internal Server Error"),
        "502": lambda: _page(502, request.path),
        "404-html": lambda: _page(404, request.path),
        "not-json": lambda: web.Response(text="certainly!"),
        "not-ok": lambda: web.json_response(
            {"ok": False, "error_code": 500, "description": "Internal Server Error"}
        ),
        "no-result": lambda: ok({"strange": True}),
        "entities": lambda: error(400, "Bad Request: can't parse entities: by order"),
        "400": lambda: error(400, fault.text),
        "401": lambda: error(401, "Unauthorized"),
        "403": lambda: error(403, "Forbidden: bot was kicked from the channel chat"),
        "413": lambda: web.Response(status=413, text="<html>Request Entity Too Large</html>"),
        "409": lambda: error(409, "Conflict: terminated by other getUpdates request"),
        "migrate": lambda: error(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            migrate_to_chat_id=fault.to,
        ),
    }
    return answers.get(fault.kind, web.Response)()


def _page(status: int, path: str) -> web.Response:
    """Return a gateway's error page; it names the address, and so the token, as some do."""
    text = f"<html><h1>{status}</h1>{path}</html>"
    return web.Response(status=status, content_type="text/html", text=text)


def too_many(seconds: int) -> web.Response:
    return error(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def ok(result: object) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def error(code: int, description: str, **parameters: int) -> web.Response:
    body: dict = {"ok": False, "error_code": code, "description": description}
    return web.json_response(body | ({"parameters": parameters} if parameters else {}), status=code)


def chat_of(chat: str, kind: str) -> dict:
    """Return a chat as Telegram describes it in a message."""
    if chat.startswith("@"):
        return {"id": -1009000000001, "type": kind, "title": chat[1:], "username": chat[1:]}
    number = int(chat)
    if kind == "private":
        return {"id": number, "type": kind, "first_name": "Reader"}
    return {"id": number, "type": kind, "title": f"Group {number}"}


def person(number: int, *, is_bot: bool = False) -> dict:
    return {"id": number, "is_bot": is_bot, "first_name": f"User{number}"}


def member(number: int, status: str, *, is_bot: bool = False) -> dict:
    """Return somebody's place in a chat."""
    found: dict = {"user": person(number, is_bot=is_bot), "status": status}
    if status == "administrator":
        found |= dict.fromkeys(RIGHTS, False)
    if status == "creator":
        found["is_anonymous"] = False
    if status == "kicked":
        found["until_date"] = 0
    return found
