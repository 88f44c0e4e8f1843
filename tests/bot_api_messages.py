"""The stand-in's chats: what is shown there, changed, pinned and taken away."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import bot_api_checks as checks
from bot_api_answers import chat_of
from bot_api_html import Rejected, checked

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


@dataclass(kw_only=True)
class Message:
    """A message that was accepted, as it stands now."""

    message_id: int
    chat_id: str
    thread: int | None
    text: str  #: as a reader sees it; of a photo, its caption
    entities: list[dict]
    markup: str  #: as it was sent
    parse_mode: str | None
    silent: bool
    preview: bool
    at: float
    preview_options: dict = field(default_factory=dict)
    history: list[str] = field(default_factory=list)  #: its earlier texts, oldest first
    reply_to: int | None = None  #: the message that it answers
    buttons: list[list[dict]] = field(default_factory=list)
    photo: bytes | None = None
    pinned: bool = False

    @property
    def bold(self) -> list[str]:
        raw = self.text.encode("utf-16-le")
        return [
            raw[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
            for e in self.entities
            if e["type"] == "bold"
        ]

    def as_row(self) -> dict:
        """What the journal says of it; of a picture, how many bytes."""
        row = asdict(self)
        row["photo"] = None if self.photo is None else len(self.photo)
        return row


@dataclass
class Chats:
    """Everything that was accepted, and what is not."""

    chats: set[str] | None = None  #: those that exist; None: every one
    kinds: dict[str, str] = field(default_factory=dict)  #: by chat: channel, group, private …
    topics: set[int] | None = None
    frozen: set[int] = field(default_factory=set)  #: messages that can't be edited
    may_pin: bool = True
    flood: bool = False  #: 1/s per chat, 20/min per group or channel, 30/s in all; edits count
    clock: Callable[[], float] = time.monotonic
    messages: list[Message] = field(default_factory=list)
    _last_id: int = 0
    _shown: dict[str, deque[float]] = field(default_factory=dict)
    _all: deque[float] = field(default_factory=lambda: deque(maxlen=30))

    def kind(self, chat: str) -> str:
        """Return what a chat is, as told in `kinds` or as its id looks."""
        looks = "channel" if chat.startswith("@") else "supergroup"
        return self.kinds.get(chat, looks if chat.startswith(("-", "@")) else "private")

    def to(self, chat: int | str) -> list[str]:
        """Return the texts that a chat has, in order."""
        return [message.text for message in self.messages if message.chat_id == str(chat)]

    def message(self, message_id: int | str, chat: int | str | None = None) -> Message | None:
        """Return the message as it stands now."""
        for found in self.messages:
            if str(found.message_id) == str(message_id) and chat in {None, found.chat_id}:
                return found
        return None

    def flooded(self, chat: str) -> int:
        """Return how many seconds the chat must pause; 0 where it may go on."""
        now, shown = self.clock(), self._shown.setdefault(chat, deque(maxlen=20))
        if shown and now - shown[-1] < 1:
            return 1
        if chat.startswith(("-", "@")) and len(shown) == 20 and now - shown[0] < 60:
            return max(1, round(60 - (now - shown[0])))
        if len(self._all) == 30 and now - self._all[0] < 1:
            return 1
        shown.append(now)
        self._all.append(now)
        return 0

    def check_chat(self, given: dict) -> str:
        """Return the chat that is meant; raise Rejected where there is none, or no such topic."""
        chat = given.get("chat_id", "")
        if not chat:
            raise Rejected("chat_id is empty")
        if self.chats is not None and chat not in self.chats:
            raise Rejected("chat not found")
        topic = given.get("message_thread_id")
        if topic is not None and self.topics is not None and int(topic) not in self.topics:
            raise Rejected("message thread not found")
        return chat

    def send(self, given: dict, photo: bytes | None = None) -> Message:
        """Show a message, or a photo with its caption."""
        chat = self.check_chat(given)
        markup = given.get("text" if photo is None else "caption", "")
        text, entities = checked(markup, given.get("parse_mode"), caption=photo is not None)
        if photo is not None:
            checks.picture(photo)
        reply_to, may_be_missing = checks.answered(given.get("reply_parameters"))
        if reply_to is not None and self.message(reply_to, chat) is None:
            if not may_be_missing:
                raise Rejected("message to be replied not found")
            reply_to = None
        thread = given.get("message_thread_id")
        options = checks.preview(given.get("link_preview_options"))
        buttons = checks.keyboard(given.get("reply_markup"))
        self._last_id += 1
        message = Message(
            message_id=self._last_id,
            chat_id=chat,
            thread=None if thread is None else int(thread),
            text=text,
            entities=entities,
            markup=markup,
            parse_mode=given.get("parse_mode"),
            silent=given.get("disable_notification", "false").lower() == "true",
            preview=not options.get("is_disabled", False),
            preview_options=options,
            at=time.time(),
            reply_to=reply_to,
            buttons=buttons,
            photo=photo,
        )
        self.messages.append(message)
        return message

    def edit(self, given: dict, *, caption: bool) -> Message:
        """Change a message; buttons that are not given again go."""
        message = self._existing(given, "message to edit not found")
        if message.message_id in self.frozen:
            raise Rejected("message can't be edited")
        if caption != (message.photo is not None):
            raise Rejected(f"there is no {'caption' if caption else 'text'} in the message to edit")
        markup = given.get("caption" if caption else "text", "")
        text, entities = checked(markup, given.get("parse_mode"), caption=caption)
        options = checks.preview(given.get("link_preview_options"))
        buttons = checks.keyboard(given.get("reply_markup"))
        if (text, entities, buttons) == (message.text, message.entities, message.buttons):
            raise Rejected(NOT_MODIFIED)
        message.history.append(message.text)
        message.text, message.entities, message.buttons = text, entities, buttons
        message.markup, message.parse_mode = markup, given.get("parse_mode")
        message.preview = not options.get("is_disabled", False)
        message.preview_options = options
        return message

    def edit_buttons(self, given: dict) -> Message:
        """Change only what stands under a message."""
        message = self._existing(given, "message to edit not found")
        buttons = checks.keyboard(given.get("reply_markup"))
        if buttons == message.buttons:
            raise Rejected(NOT_MODIFIED)
        message.buttons = buttons
        return message

    def pin(self, given: dict, *, pinned: bool) -> None:
        """Pin a message, or take its pin away."""
        message = self._existing(given, f"message to {'pin' if pinned else 'unpin'} not found")
        if not self.may_pin:
            raise Rejected("not enough rights to manage pinned messages in the chat")
        message.pinned = pinned

    def delete(self, given: dict) -> None:
        """Take a message away."""
        self.messages.remove(self._existing(given, "message to delete not found"))

    def described(self, message: Message) -> dict:
        """Return the message as Telegram gives it back."""
        said = {
            "message_id": message.message_id,
            "date": int(message.at),
            "chat": chat_of(message.chat_id, self.kind(message.chat_id)),
        }
        if message.photo is None:
            said |= {"text": message.text, "entities": message.entities}
        else:
            size = {"file_id": "p", "file_unique_id": "p", "width": 90, "height": 90}
            said |= {"caption": message.text, "caption_entities": message.entities, "photo": [size]}
        if message.history:
            said["edit_date"] = int(message.at)
        if message.buttons:
            said["reply_markup"] = {"inline_keyboard": message.buttons}
        return said

    def _existing(self, given: dict, otherwise: str) -> Message:
        chat = self.check_chat({"chat_id": given.get("chat_id", "")})
        found = self.message(given.get("message_id", ""), chat)
        if found is None:
            raise Rejected(otherwise)
        return found
