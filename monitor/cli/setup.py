"""Commands of the first five minutes: the small configuration, the bot, the chat."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from monitor.app.receivers import NoToken, Senders
from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, err, out, secrets
from monitor.config.load import load
from monitor.config.schema import Config
from monitor.errors import DeliveryError, MonitorError, ReceiverMoved
from monitor.model import Delivery, Notice, Severity, State
from monitor.notify.message import Part
from monitor.notify.sender import Sender
from monitor.notify.telegram import Account, FoundChat, find_chats

receivers = typer.Typer(help="Who hears alerts.", no_args_is_help=True)


def init(
    file: Annotated[Path, typer.Argument(metavar="[FILE]")] = DEFAULT_CONFIG,
) -> None:
    """Write the small configuration, commented; what is there already stays."""
    try:
        with file.open("x", encoding="utf-8") as written:
            written.write(_starter())
    except FileExistsError:
        raise MonitorError(f"{file} is there already and stays as it is") from None
    except OSError as error:
        raise MonitorError(f"cannot write {file}: {error.strerror}") from error
    out.print(f"{file} is written. Next: `monitor check`, then `monitor run`.", soft_wrap=True)
    out.print("For a Telegram channel: `monitor receivers connect`.", soft_wrap=True)


@receivers.command("connect")
def connect(
    wait: Annotated[int, typer.Option("--wait", min=1, help="seconds to wait for a chat")] = 300,
) -> None:
    """Find your chat: add the bot to it, or write to the bot, and take the YAML printed here."""
    found = asyncio.run(_connect(timedelta(seconds=wait)))
    if found is None:
        err.print(f"nobody added the bot or wrote to it within {wait} s", style="red")
        raise typer.Exit(1)
    out.print(f"\nfound the {found.kind} “{found.title}”. Put this into config.yaml:\n")
    out.print(_yaml(found), soft_wrap=True, markup=False)
    out.print("\nthen: `monitor receivers test desk`")


@receivers.command("test")
def try_out(
    names: Annotated[list[str], typer.Argument(metavar="NAME…")],
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Send a test message to receivers; say for each whether it was accepted."""
    loaded = load(config)
    known = {receiver.name for receiver in loaded.config.receivers}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise MonitorError(
            f"{config} has no receiver {', '.join(unknown)}; it has: {', '.join(sorted(known))}"
        )
    if not asyncio.run(_test(loaded.config, names)):
        raise typer.Exit(1)


def _starter() -> str:
    """Return the small configuration; its first line leads editors to the schema."""
    config = resources.files("monitor.config")
    _, _, rest = (config / "builtin" / "starter.yaml").read_text("utf-8").partition("\n")
    return f"# yaml-language-server: $schema={config / 'config.schema.json'}\n{rest}"


async def _connect(wait: timedelta) -> FoundChat | None:
    account = _account()
    try:
        name = await account.name()
        out.print(f"the bot is {name}.", soft_wrap=True)
        out.print(
            "Now add it to your channel or group (in a channel: as an administrator who may post"
            " messages), or write anything to it yourself. Waiting …",
            soft_wrap=True,
        )
        async with asyncio.timeout(wait.total_seconds()):
            async for chat in find_chats(account):
                return chat
    except TimeoutError:
        return None
    finally:
        await account.close()
    return None


async def _test(config: Config, names: Sequence[str]) -> bool:
    only = config.model_copy(
        update={"receivers": tuple(r for r in config.receivers if r.name in names)}
    )
    senders = Senders(secrets(), out, clock=lambda: datetime.now(UTC))
    try:
        made = senders.of(only, moved={})
        results = [await _try(name, made[name]) for name in names]
    finally:
        await senders.close()
    return all(results)


async def _try(name: str, sender: Sender) -> bool:
    try:
        for part in sender.parts(_greeting(name)):
            await _send(name, sender, part)
    except DeliveryError as error:
        err.print(f"{name}: not accepted: {error}", style="red", soft_wrap=True)
        return False
    out.print(f"{name}: accepted")
    return True


async def _send(name: str, sender: Sender, part: Part) -> None:
    try:
        await sender.send(part)
    except ReceiverMoved as moved:
        out.print(f"{name}: the chat has another id now, write chat_id: {moved.chat_id}")
        await sender.send(part)


def _greeting(name: str) -> Delivery:
    notice = Notice(
        id=0,
        ref="test",
        subject="This is a test",
        text=f"Receiver {name} works.",
        severity=Severity.MEDIUM,
        raised_at=datetime.now(UTC),
    )
    return Delivery(id=0, receiver=name, about=notice, state=State.SENDING)


def _account() -> Account:
    known = secrets()
    if not known.telegram_token:
        raise NoToken(
            "no bot token is set. Write to @BotFather on Telegram, say /newbot, and put the token"
            " into MONITOR_TELEGRAM_TOKEN (or its file's path into MONITOR_TELEGRAM_TOKEN_FILE)"
        )
    return Account(known.telegram_token, api=known.telegram_api)


def _yaml(chat: FoundChat) -> str:
    topic = "" if chat.topic is None else f", message_thread_id: {chat.topic}"
    return (
        "receivers:\n"
        f"  - {{name: desk, telegram: {{chat_id: {chat.id}{topic}}}}}"
        f"  # {' '.join(chat.title.split())}\n"
        "route: {receiver: desk}"
    )
