"""A Telegram Bot API on loopback: strict about messages, obliging about faults.

In a test:   async with BotApi().serving() as api: … TelegramSender(Account(TOKEN, api=api.url), …)
In a thread: with in_thread(BotApi()) as api: …
As a program that outlives the one under test:
             python tests/bot_api.py --port 8081 --journal accepted.jsonl
             one JSON object per accepted message; POST /__fault, POST /__update, GET /__journal

It never logs an address, because addresses contain the token.
"""

import argparse
import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from aiohttp import web
from bot_api_html import Rejected, checked

TOKEN = "123456789:AAcanary-token-of-the-tests-0123456789"


@dataclass(kw_only=True)
class Message:
    """A message that was accepted."""

    message_id: int
    chat_id: str
    thread: int | None
    text: str  #: as a reader sees it
    entities: list[dict]
    markup: str  #: as it was sent
    parse_mode: str | None
    silent: bool
    preview: bool
    at: float

    @property
    def bold(self) -> list[str]:
        raw = self.text.encode("utf-16-le")
        return [
            raw[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
            for e in self.entities
            if e["type"] == "bold"
        ]


@dataclass(kw_only=True)
class Fault:
    """What goes wrong with the next `times` messages (to one chat, where `chat` names it).

    kind: 429 · 429-bare · 500 · 502 · 404-html ·
    not-json · not-ok · no-result · drop-before · drop-after ·
    slow (after `seconds`) · entities · 400 (`text`) · 401 · 403 · migrate (to `to`)
    """

    kind: str
    times: int = 1
    chat: str | None = None
    retry_after: int = 1
    seconds: float = 1.0
    to: int = 0
    text: str = "Bad Request: chat not found"


@dataclass
class BotApi:
    """The server's state; `messages` is everything that it accepted, in order."""

    token: str = TOKEN
    chats: set[str] | None = None  #: those that exist; None: every one
    topics: set[int] | None = None
    flood: bool = False  #: 1/s per chat, 20/min per group or channel
    clock: Callable[[], float] = time.monotonic
    journal: Path | None = None
    messages: list[Message] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    updates: list[dict] = field(default_factory=list)
    requests: list[tuple[str, dict]] = field(default_factory=list)  #: also those that failed
    url: str = ""
    _sent: dict[str, deque[float]] = field(default_factory=dict)
    _news: asyncio.Event | None = None

    def fault(self, kind: str, **how) -> None:
        """Let something go wrong next."""
        self.faults.append(Fault(kind=kind, **how))

    def to(self, chat: int | str) -> list[str]:
        """Return the texts that a chat received, in order."""
        return [message.text for message in self.messages if message.chat_id == str(chat)]

    def update(self, **what) -> None:
        """Let the bot hear of something; `update(message={…})`."""
        self.updates.append({"update_id": 1000 + len(self.updates), **what})
        if self._news is not None:
            self._news.set()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/__fault", self._on_fault)
        app.router.add_post("/__update", self._on_update)
        app.router.add_get("/__journal", self._on_journal)
        app.router.add_route("*", "/bot{token}/{method}", self._on_call)
        return app

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator["BotApi"]:
        """Serve on loopback; `url` is what MONITOR_TELEGRAM_API wants."""
        self._news = asyncio.Event()
        runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _on_fault(self, request: web.Request) -> web.Response:
        self.faults.append(Fault(**await request.json()))
        return web.json_response({"faults": len(self.faults)})

    async def _on_update(self, request: web.Request) -> web.Response:
        self.update(**await request.json())
        return web.json_response({"updates": len(self.updates)})

    async def _on_journal(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(message) for message in self.messages])

    async def _on_call(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return _error(401, "Unauthorized")
        method = request.match_info["method"].lower()
        known = {
            "getme": self._get_me,
            "getchat": self._get_chat,
            "sendmessage": self._send_message,
            "editmessagetext": self._edit_message,
            "deletemessage": self._delete_message,
            "getupdates": self._get_updates,
        }
        if method not in known:
            return _error(404, "Not Found")
        try:
            given = {key: str(value) for key, value in (await request.post()).items()}
        except UnicodeDecodeError:
            return _error(400, "Bad Request: strings must be encoded in UTF-8")
        if request.content_type == "application/json":
            given = {key: str(value) for key, value in (await request.json()).items()}
        self.requests.append((method, given))
        return await known[method](request, given)

    async def _get_me(self, _: web.Request, __: dict) -> web.Response:
        me = {"id": int(self.token.split(":")[0]), "is_bot": True, "first_name": "Stand-in"}
        return _ok({**me, "username": "stand_in_bot"})

    async def _get_chat(self, _: web.Request, given: dict) -> web.Response:
        chat = given.get("chat_id", "")
        if self.chats is not None and chat not in self.chats:
            return _error(400, "Bad Request: chat not found")
        return _ok({**_chat(chat), "accent_color_id": 0, "max_reaction_count": 0})

    async def _send_message(self, request: web.Request, given: dict) -> web.StreamResponse:
        chat = given.get("chat_id", "")
        fault = self._next_fault(chat)
        if fault is not None and fault.kind not in {"drop-after", "slow", "not-json", "no-result"}:
            return _failed(request, fault)
        refusal = self._refusal(chat, given)
        if refusal is not None:
            return refusal
        try:
            text, entities = checked(given.get("text", ""), given.get("parse_mode"))
        except Rejected as error:
            return _error(400, f"Bad Request: {error}")
        answer = self._accept(chat, given, text, entities)
        if fault is None:
            return answer
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            return answer
        return _failed(request, fault)

    def _next_fault(self, chat: str) -> Fault | None:
        for fault in self.faults:
            if fault.chat in {None, chat}:
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    def _refusal(self, chat: str, given: dict) -> web.Response | None:
        if self.chats is not None and chat not in self.chats:
            return _error(400, "Bad Request: chat not found")
        topic = given.get("message_thread_id")
        if topic is not None and self.topics is not None and int(topic) not in self.topics:
            return _error(400, "Bad Request: message thread not found")
        wait = self._flooded(chat) if self.flood else 0
        if wait:
            return _too_many(wait)
        return None

    def _flooded(self, chat: str) -> int:
        """Return how many seconds the chat must pause; 0 where it may go on."""
        now, sent = self.clock(), self._sent.setdefault(chat, deque(maxlen=20))
        if sent and now - sent[-1] < 1:
            return 1
        if chat.startswith(("-", "@")) and len(sent) == 20 and now - sent[0] < 60:
            return max(1, round(60 - (now - sent[0])))
        sent.append(now)
        return 0

    def _accept(self, chat: str, given: dict, text: str, entities: list[dict]) -> web.Response:
        thread = given.get("message_thread_id")
        options = json.loads(given.get("link_preview_options", "{}"))
        message = Message(
            message_id=len(self.messages) + 1,
            chat_id=chat,
            thread=None if thread is None else int(thread),
            text=text,
            entities=entities,
            markup=given.get("text", ""),
            parse_mode=given.get("parse_mode"),
            silent=given.get("disable_notification", "false").lower() == "true",
            preview=not options.get("is_disabled", False),
            at=time.time(),
        )
        self.messages.append(message)
        if self.journal is not None:
            with self.journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(message), ensure_ascii=False) + "\n")
        return _ok({**_sent(message.message_id, chat, text), "entities": entities})

    async def _edit_message(self, _: web.Request, given: dict) -> web.Response:
        for message in self.messages:
            if message.message_id == int(given["message_id"]):
                try:
                    text, entities = checked(given.get("text", ""), given.get("parse_mode"))
                except Rejected as error:
                    return _error(400, f"Bad Request: {error}")
                message.text, message.entities = text, entities
                return _ok(_sent(message.message_id, message.chat_id, text))
        return _error(400, "Bad Request: message to edit not found")

    async def _delete_message(self, _: web.Request, given: dict) -> web.Response:
        kept = [m for m in self.messages if m.message_id != int(given["message_id"])]
        found, self.messages = len(kept) < len(self.messages), kept
        return _ok(True) if found else _error(400, "Bad Request: message to delete not found")

    async def _get_updates(self, _: web.Request, given: dict) -> web.Response:
        offset, patience = int(given.get("offset", 0)), float(given.get("timeout", 0))
        deadline = asyncio.get_running_loop().time() + patience
        while True:
            fresh = [update for update in self.updates if update["update_id"] >= offset]
            left = deadline - asyncio.get_running_loop().time()
            if fresh or left <= 0:
                return _ok(fresh)
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), left)
            except TimeoutError:
                continue


@contextmanager
def in_thread(api: BotApi, port: int = 0) -> Iterator[BotApi]:
    """Serve from a thread of its own, for tests that have no loop or block theirs."""
    ready, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with api.serving(port):
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield api
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def _failed(request: web.Request, fault: Fault) -> web.StreamResponse:
    if fault.kind in {"drop-before", "drop-after"}:
        request.transport.abort()
    answers = {
        "429": lambda: _too_many(fault.retry_after),
        "429-bare": lambda: _error(429, "Too Many Requests"),
        "500": lambda: _error(500, "Internal Server Error"),
        "502": lambda: _page(502, request.path),
        "404-html": lambda: _page(404, request.path),
        "not-json": lambda: web.Response(text="certainly!"),
        "not-ok": lambda: web.json_response(
            {"ok": False, "error_code": 500, "description": "Internal Server Error"}
        ),
        "no-result": lambda: _ok({"strange": True}),
        "entities": lambda: _error(400, "Bad Request: can't parse entities: by order"),
        "400": lambda: _error(400, fault.text),
        "401": lambda: _error(401, "Unauthorized"),
        "403": lambda: _error(403, "Forbidden: bot was kicked from the channel chat"),
        "migrate": lambda: _error(
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


def _too_many(seconds: int) -> web.Response:
    return _error(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def _ok(result: object) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _error(code: int, description: str, **parameters: int) -> web.Response:
    body: dict = {"ok": False, "error_code": code, "description": description}
    return web.json_response(body | ({"parameters": parameters} if parameters else {}), status=code)


def _chat(chat: str) -> dict:
    if chat.startswith("@"):
        return {"id": -1009000000001, "type": "channel", "title": chat[1:], "username": chat[1:]}
    number = int(chat)
    if number > 0:
        return {"id": number, "type": "private", "first_name": "Reader"}
    return {"id": number, "type": "supergroup", "title": f"Group {number}"}


def _sent(message_id: int, chat: str, text: str) -> dict:
    return {"message_id": message_id, "date": int(time.time()), "chat": _chat(chat), "text": text}


async def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--journal", type=Path)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--chat", action="append", help="a chat that exists; without, all do")
    parser.add_argument("--flood", action="store_true", help="keep Telegram's documented limits")
    given = parser.parse_args()
    chats = set(given.chat) if given.chat else None
    api = BotApi(token=given.token, chats=chats, flood=given.flood, journal=given.journal)
    async with api.serving(given.port):
        print("ready", flush=True)  # noqa: T201  # whoever started it waits for this
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
