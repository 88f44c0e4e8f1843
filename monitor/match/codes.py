"""The codes of the mistakes that can be made in a rule. They never change their meaning."""

from monitor.errors import MistakeCode


class Code(MistakeCode):
    """A kind of mistake in a rule."""

    # What a rule asks for
    TWO_SPELLINGS = "MM101", "A rule has both `match:` and `query:`."
    NOTHING = "MM102", "A rule has neither `match:` nor `query:`, or nothing stands there."
    ONLY_EXCLUDES = "MM103", "A rule, or a branch of OR, only excludes; nearly all would match."

    # How a query is put together
    AND_OR = "MM104", "AND and OR are mixed without brackets."
    NEAR_MIXED = "MM105", "NEAR is mixed with another operator without brackets."
    EXCEPT_MIXED = "MM106", "EXCEPT is mixed with another operator without brackets."
    SIDE_BY_SIDE = "MM107", "Two terms stand side by side with nothing to join them."
    INCOMPLETE = "MM108", "A bracket, a term or an operator is missing or stands in a wrong place."
    QUOTES = "MM109", "A quotation mark is never closed, or closes nothing."
    NUMBER = "MM110", "NEAR or atleast has no number, or an impossible one."
    NOT_A_TERM = "MM111", "NEAR, atleast or EXCEPT is given something that does not stand anywhere."
    OPERATOR_IN_ITEM = "MM112", "An operator of `query:` stands in an item of `match:`."
    ONLY_PREFIXES = "MM163", "Every term of the rule is a prefix."

    # How a term is spelled
    NO_WORD = "MM120", "A term has no letter and no digit."
    MIXED_ALPHABETS = "MM121", "A word mixes Latin and Cyrillic letters."
    SHORT_PREFIX = "MM122", "Fewer than four letters stand before *."
    STAR = "MM123", "* stands elsewhere than at the end of a word."
    LONE_STAR = "MM124", "* stands alone and would match everything."
    MODIFIER = "MM125", "No such word can stand before a colon."
    LIST_IN_PHRASE = "MM126", "A list stands inside a phrase."

    # What it refers to
    UNKNOWN_LIST = "MM130", "No list has this name."
    LIST_CYCLE = "MM131", "A list leads back to itself."
    BROKEN_LIST = "MM132", "The list or the forms that are referred to have a mistake."
    EMPTY_LIST = "MM133", "A list has no terms."
    LISTS_TOO_DEEP = "MM134", "Lists refer to lists that refer to lists, more than 20 deep."
    LANGUAGE = "MM140", "`where:` or a test names a language that is never told."

    # What a rule's own tests find
    NOT_CAUGHT = "MM150", "The rule does not catch a text that it should catch."
    NOT_IGNORED = "MM151", "The rule catches a text that it should ignore."
    HIT_MISSING = "MM152", "The rule catches a text, but does not find what it should find there."

    # What is understood, though perhaps not as it was meant: warnings
    SMALL_OPERATOR = "MM160", "An operator is written in small letters, or in another language."
    READ_AS = "MM161", "A word is no dictionary form, and is read as a form of another."
    COMMA = (
        "MM162",
        "A comma or another divider stands inside one term, which is read as a phrase.",
    )
    WIDE = "MM164", "A NEAR is so wide that it is hardly narrower than AND."
    IMPLIED = "MM165", "A word finds nothing that another word of the same choice does not find."
    GUESSED = "MM166", "A word is in no dictionary; its forms are guessed."
    FUNCTION_WORD = "MM167", "A word only holds sentences together; nearly every text has it."
    NEEDLESS_PREFIX = "MM168", "A prefix finds only the forms of one word."
