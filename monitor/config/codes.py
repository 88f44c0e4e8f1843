"""The codes of the mistakes that can be made in config.yaml. They never change their meaning."""

from monitor.errors import MistakeCode


class Code(MistakeCode):
    """A kind of mistake in the configuration."""

    # The file itself
    UNUSABLE = "MM000", "The file is in order, but cannot be used here; the text says why."
    UNREADABLE = "MM001", "The file does not exist or cannot be read."
    TOO_LARGE = "MM002", "A file may have at most 16 MiB."
    ENCODING = "MM003", "A file must be saved as UTF-8 and hold no control characters."
    YAML = "MM004", "The file is not YAML: the indentation or the punctuation is broken."
    TOO_DEEP = "MM005", "Lists and keys may be nested at most 64 deep."
    ALIAS = "MM006", "YAML's anchors (&x) and aliases (*x) are not used in these files."
    TAG = "MM007", "YAML's tags (!x) are not used in these files."
    DUPLICATE_KEY = "MM008", "A key stands twice in the same place; YAML would drop one of them."
    SHAPE = "MM009", "Something else stands here than the list, text or keys that belong here."

    # What it says
    UNKNOWN_KEY = "MM010", "No such key exists in this place."
    MISSING = "MM011", "A key that must be there is not."
    CHOICE = "MM012", "Only a few words are possible here, and this is none of them."
    FORM = (
        "MM013",
        "The value does not have the form that it needs: an id, an address …",
    )
    SIZE = "MM014", "The value is too long, too short, too large or too small."
    EMPTY = "MM015", "Nothing stands where something must."
    CONFLICT = "MM016", "Keys stand together that exclude each other, or none of them is there."
    WRONG_FILE = "MM017", "This key belongs in the main file, not in an included one."

    # What it refers to
    DUPLICATE_ID = "MM020", "Two sources, rules, receivers or lists have the same name."
    RECEIVER = "MM021", "A route names a receiver that does not exist."
    GROUP = "MM022", "The catalogue has no such group, or no such source."
    INCLUDE = "MM023", "The included file or pack does not exist."
    INCLUDE_CYCLE = "MM024", "Files include each other in a circle."
    TIMEZONE = "MM025", "There is no such time zone."
    SECRET = "MM026", "A bot token stands in the file; it belongs in the environment."
    PROXY = "MM027", "A source goes by a proxy that is not under proxies."
    AUTHORITY = "MM028", "No certificate authority comes under this name, and no file has one."

    # What YAML makes of it
    QUOTES = "MM030", "YAML took the quotes of a query or term away, or stumbled over them."
    DASH = "MM031", "A dash without a space after it does not begin a list item."
    HASH = "MM032", "A # after a space begins a comment and cuts the text off."
    COMMA = "MM033", "A comma inside [ ] or { } divides one text into two."
    COLON = "MM034", "A colon followed by a space makes a key out of a text."
    FIRST_CHARACTER = "MM035", "A text that begins with this character must stand in quotes."
    TAB = "MM036", "YAML indents with spaces; tabs are not allowed."
    UNCLOSED = "MM037", "A quote or a bracket is never closed."
    RUN_ON = "MM038", "A list item goes on in the next line: perhaps its dash is missing."

    # How messages look
    TEMPLATE = "MM040", "A receiver names a template that there is not."
    TEMPLATE_MISTAKE = (
        "MM041",
        "A template cannot be read, or what it makes of an alert is nothing that Telegram takes.",
    )

    # Warnings
    NO_FILES = "MM050", "No file fits the pattern under include."
    UNREACHED = "MM051", "No route leads to this receiver, so it will never hear anything."
    NOT_ENCRYPTED = "MM052", "The source is read over http, so anyone on the way can change it."
    NO_SUCH_SOURCE = "MM053", "A rule is limited to a source, country or kind that no source has."
    CHAT = "MM054", "A Telegram chat is named by @name or by its number."
    SWITCHED_ON = "MM055", "A group turns on sources that the catalogue keeps off for a reason."
    SPIDER = "MM056", "No spider that comes with the program has this name."
    NOT_USED = "MM057", "The spider of the source makes no use of this key."
    SAME_ADDRESS = "MM058", "A source falls back to the address that it has already."
    CADENCE = "MM059", "The source is asked more rarely than it says something new."
    STILL_OFF = "MM060", "A source is picked that the catalogue keeps off for a reason."

    # Routes
    TIME_INTERVAL = "MM070", "A route names a time interval that does not exist."
    INHIBITS_ITSELF = "MM071", "Both sides of an inhibit rule are the same: it keeps nothing back."
    UNKNOWN_LABEL = "MM072", "No alert has a label of this name."
    UNKNOWN_VALUE = "MM073", "No rule, source, country, kind, severity or label is called that."
    UNREACHABLE = "MM074", "No alert comes to this route: an earlier one takes all of them."
    IDLE = "MM075", "The key changes nothing where it stands."
    HIDDEN_LABEL = "MM076", "A label of a rule has the name of one that every alert has."
