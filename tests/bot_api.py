"""A Telegram Bot API on loopback: strict about messages, obliging about faults.

In a test:   async with BotApi().serving() as api: … TelegramSender(Account(TOKEN, api=api.url), …)
In a thread: with in_thread(BotApi()) as api: …
As a program that outlives the one under test:
             python tests/bot_api.py --port 8081 --journal accepted.jsonl
             one JSON object per accepted message; POST /__fault, POST /__update, GET /__journal

People:      api.say("/start", chat=7) · api.press(message, "data", user=9) · api.members,
             api.admins · what the bot answered to a press: api.answers
Webhook:     what setWebhook was told: api.hook; await api.bring(url, message={…}) knocks there.

It never logs an address, because addresses contain the token.
"""

import argparse
import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import aiohttp
import bot_api_checks as checks
from aiohttp import web
from bot_api_answers import Fault, chat_of, error, failed, member, ok, person, too_many
from bot_api_html import Rejected
from bot_api_messages import Chats, Message

__all__ = ["TOKEN", "BotApi", "Fault", "Message", "in_thread"]

TOKEN = "123456789:AAcanary-token-of-the-tests-0123456789"
SHOWS = {"sendmessage", "sendphoto", "editmessagetext", "editmessagecaption"}
#: Buttons alone count as an edit, too.
COUNTED = SHOWS | {"editmessagereplymarkup"}
LARGEST = 20 * 1024 * 1024

Server = TypeVar("Server")


@dataclass(repr=False)
class BotApi(Chats):
    """The server's state; `messages` is everything that it accepted, in order."""

    token: str = TOKEN
    journal: Path | None = None
    faults: list[Fault] = field(default_factory=list)
    updates: list[dict] = field(default_factory=list)
    _confirmed: int = 0
    requests: list[tuple[str, dict]] = field(default_factory=list)  #: also those that failed
    members: dict[tuple[str, int], str] = field(default_factory=dict)  #: status by chat and user
    admins: dict[str, list[int]] = field(default_factory=dict)
    answers: list[dict] = field(default_factory=list)  #: what was said to those who pressed
    commands: dict[tuple[str, str], list[dict]] = field(default_factory=dict)
    hook: dict | None = None
    url: str = ""
    _pressed: set[str] = field(default_factory=set)
    _news: asyncio.Event | None = None

    def __repr__(self) -> str:
        return f"BotApi({self.url}, {len(self.messages)} messages)"  # not all that it heard

    def fault(self, kind: str, **how) -> None:
        """Let something go wrong next."""
        self.faults.append(Fault(kind=kind, **how))

    def update(self, **what) -> None:
        """Let the bot hear of something; `update(message={…})`."""
        self.updates.append({"update_id": 1000 + len(self.updates), **what})
        if self._news is not None:
            self._news.set()

    def say(self, text: str, *, chat: int | str = 7, user: int = 7, **more) -> None:
        """Let somebody say something in a chat."""
        self.update(message=self.said(text, chat=chat, user=user, **more))

    def said(self, text: str, *, chat: int | str = 7, user: int = 7, **more) -> dict:
        """Return a message of somebody's, for an update; a command is marked as one."""
        self._last_id += 1
        found = {
            "message_id": self._last_id,
            "date": int(time.time()),
            "chat": chat_of(str(chat), self.kind(str(chat))),
            "from": person(user),
            "text": text,
        }
        if text.startswith("/"):
            length = len(text.split(maxsplit=1)[0])
            found["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        return found | more

    def press(self, message: Message, data: str | None = None, *, user: int = 7) -> str:
        """Let somebody press a button of a message (its first one); return the query's id."""
        data = data if data is not None else message.buttons[0][0]["callback_data"]
        query = f"q{len(self._pressed)}"
        self._pressed.add(query)
        self.update(
            callback_query={
                "id": query,
                "from": person(user),
                "chat_instance": "1",
                "data": data,
                "message": self.described(message),
            }
        )
        return query

    async def bring(self, url: str, *, secret: str | None = None, **what) -> int:
        """Bring an update to a webhook as Telegram does; return the status of its answer."""
        known = (self.hook or {}).get("secret_token", "") if secret is None else secret
        headers = {"X-Telegram-Bot-Api-Secret-Token": known} if known else {}
        update = {"update_id": 5000 + len(self.requests), **what}
        async with (
            aiohttp.ClientSession() as client,
            client.post(url, json=update, headers=headers) as answer,
        ):
            return answer.status

    def app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST)
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
        return web.json_response([message.as_row() for message in self.messages])

    async def _on_call(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return error(401, "Unauthorized")
        method = request.match_info["method"].lower()
        if method not in METHODS:
            return error(404, "Not Found")
        try:
            given, files = await _given(request)
        except UnicodeDecodeError:
            return error(400, "Bad Request: strings must be encoded in UTF-8")
        self.requests.append((method, given))
        fault = self._next_fault(given.get("chat_id", ""), method)
        if fault is not None and not fault.takes_the_message:
            return failed(request, fault)
        answer = await self._answer(method, given, files)
        if fault is None or answer.status != web.HTTPOk.status_code:
            return answer
        await asyncio.sleep(fault.seconds if fault.kind == "slow" else 0)
        return answer if fault.kind == "slow" else failed(request, fault)

    async def _answer(self, method: str, given: dict, files: dict) -> web.Response:
        try:
            if self.flood and method in COUNTED:
                self.check_chat(given)
                if wait := self.flooded(given["chat_id"]):
                    self.floods += 1
                    return too_many(wait)
            return ok(await getattr(self, f"_{method}")(given | files))
        except Rejected as refused:
            return error(400, f"Bad Request: {refused}")
        except _Conflict as conflict:
            return error(409, f"Conflict: {conflict}")

    def _next_fault(self, chat: str, method: str) -> Fault | None:
        for fault in self.faults:
            if fault.hits(chat, method, shows=method in SHOWS):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    @property
    def _id(self) -> int:
        return int(self.token.split(":")[0])

    async def _getme(self, _: dict) -> dict:
        return {**person(self._id, is_bot=True), "username": "stand_in_bot"}

    async def _getchat(self, given: dict) -> dict:
        chat = self.check_chat(given)
        found = chat_of(chat, self.kind(chat))
        return {**found, "accent_color_id": 0, "max_reaction_count": 0}

    async def _getchatmember(self, given: dict) -> dict:
        chat, user = self.check_chat(given), int(given["user_id"])
        status = "administrator" if user in self.admins.get(chat, []) else "member"
        return member(user, self.members.get((chat, user), status), is_bot=user == self._id)

    async def _getchatadministrators(self, given: dict) -> list[dict]:
        chat = self.check_chat(given)
        if self.kind(chat) == "private":
            raise Rejected("there are no administrators in the private chat")
        return [member(user, "administrator") for user in self.admins.get(chat, [])]

    async def _sendmessage(self, given: dict) -> dict:
        return self._noted(self.send(given))

    async def _sendphoto(self, given: dict) -> dict:
        photo = given.get("photo", b"")
        if not isinstance(photo, bytes):
            photo = given.get(photo.removeprefix("attach://"), b"")
        if not isinstance(photo, bytes):
            raise Rejected("wrong remote file identifier specified")
        return self._noted(self.send(given, photo))

    async def _editmessagetext(self, given: dict) -> dict:
        return self._noted(self.edit(given, caption=False))

    async def _editmessagecaption(self, given: dict) -> dict:
        return self._noted(self.edit(given, caption=True))

    async def _editmessagereplymarkup(self, given: dict) -> dict:
        return self._noted(self.edit_buttons(given))

    def _noted(self, message: Message) -> dict:
        if self.journal is not None:
            with self.journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(message.as_row(), ensure_ascii=False) + "\n")
        return self.described(message)

    async def _pinchatmessage(self, given: dict) -> bool:
        self.pin(given, pinned=True)
        return True

    async def _unpinchatmessage(self, given: dict) -> bool:
        self.pin(given, pinned=False)
        return True

    async def _deletemessage(self, given: dict) -> bool:
        self.delete(given)
        return True

    async def _answercallbackquery(self, given: dict) -> bool:
        if given.get("callback_query_id") not in self._pressed:
            raise Rejected("query is too old and response timeout expired or query ID is invalid")
        if len(given.get("text", "")) > 200:
            raise Rejected("MESSAGE_TOO_LONG")
        self.answers.append(given)
        return True

    async def _setmycommands(self, given: dict) -> bool:
        scope = given.get("scope", '{"type": "default"}')
        key = (json.loads(scope)["type"], given.get("language_code", ""))
        self.commands[key] = checks.commands(given.get("commands", "[]"))
        return True

    async def _setwebhook(self, given: dict) -> bool:
        if not given.get("url"):
            self.hook = None
            return True
        checks.webhook(given["url"], given.get("secret_token", ""))
        self.hook = given
        return True

    async def _deletewebhook(self, _: dict) -> bool:
        self.hook = None
        return True

    async def _getwebhookinfo(self, _: dict) -> dict:
        url = (self.hook or {}).get("url", "")
        return {"url": url, "has_custom_certificate": False, "pending_update_count": 0}

    async def _getupdates(self, given: dict) -> list[dict]:
        offset, patience = int(given.get("offset", 0)), float(given.get("timeout", 0))
        self._confirmed = max(self._confirmed, offset)  # and never shown again
        wanted = set(json.loads(given.get("allowed_updates", "[]")))
        deadline = asyncio.get_running_loop().time() + patience
        while True:
            if self.hook is not None:
                raise _Conflict("can't use getUpdates method while webhook is active")
            fresh = [update for update in self.updates if update["update_id"] >= self._confirmed]
            fresh = [update for update in fresh if not wanted or wanted & set(update)]
            left = deadline - asyncio.get_running_loop().time()
            if fresh or left <= 0:
                return fresh
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), left)
            except TimeoutError:
                continue


METHODS = {
    *SHOWS, "editmessagereplymarkup", "getme", "getchat", "getchatmember",
    "getchatadministrators", "pinchatmessage", "unpinchatmessage", "deletemessage",
    "answercallbackquery", "setmycommands", "setwebhook", "deletewebhook", "getwebhookinfo",
    "getupdates",
}  # fmt: skip


class _Conflict(Exception):
    """Updates are wanted in two ways at once."""


async def _given(request: web.Request) -> tuple[dict[str, str], dict[str, bytes]]:
    """Return the parameters and the files of a request."""
    if request.content_type == "application/json":
        return {key: str(value) for key, value in (await request.json()).items()}, {}
    given, files = {}, {}
    for key, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[key] = value.file.read()
        else:
            given[key] = str(value)
    return given, files


@contextmanager
def in_thread(api: Server, port: int = 0) -> Iterator[Server]:
    """Serve a stand-in from a thread of its own, for tests that have no loop or block theirs."""
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
