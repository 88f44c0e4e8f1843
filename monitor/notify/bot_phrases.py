"""What the bot says, in the languages it speaks. One table, so that none is forgotten."""

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("en", "uk", "ru")

#: What stands between braces is filled in; what people wrote never is a pattern.
PHRASES: Final[Mapping[str, Mapping[str, str]]] = {
    "hello": {
        "en": "I read the news of many sources and tell you when one of my rules finds something.",
        "uk": "Я читаю новини з багатьох джерел і повідомляю, коли одне з моїх правил щось"
        " знаходить.",
        "ru": "Я читаю новости из многих источников и сообщаю, когда одно из моих правил"
        " что-то находит.",
    },
    "stranger": {
        "en": "Hello! I only work for those who know me. Please ask the person who runs this bot.",
        "uk": "Вітаю! Я працюю лише для своїх. Зверніться, будь ласка, до власника цього бота.",
        "ru": "Здравствуйте! Я работаю только для своих. Обратитесь, пожалуйста, к владельцу бота.",
    },
    "this_chat": {
        "en": "This chat has the number ",
        "uk": "Номер цього чату: ",
        "ru": "Номер этого чата: ",
    },
    "topic": {
        "en": ", this topic ",
        "uk": ", номер теми: ",
        "ru": ", номер темы: ",
    },
    "hears": {
        "en": "Here I tell of: ",
        "uk": "Тут я повідомляю про: ",
        "ru": "Здесь я сообщаю о: ",
    },
    "every_rule": {
        "en": "every rule",
        "uk": "усі правила",
        "ru": "все правила",
    },
    "commands": {
        "en": "Commands",
        "uk": "Команди",
        "ru": "Команды",
    },
    "help_more": {
        "en": "A query is written like a rule: strike AND (bridge OR ferry). Time: 30m, 2h, 1d.",
        "uk": "Запит пишуть як правило: удар AND (міст OR пором). Час: 30m, 2h, 1d.",
        "ru": "Запрос пишут как правило: удар AND (мост OR паром). Время: 30m, 2h, 1d.",
    },
    "off": {
        "en": "Nobody can subscribe in this chat: the configuration does not allow it.",
        "uk": "У цьому чаті підписатися не можна: налаштування цього не дозволяють.",
        "ru": "В этом чате подписаться нельзя: настройки этого не разрешают.",
    },
    "not_you": {
        "en": "Only administrators of this group can do that.",
        "uk": "Це можуть робити лише адміністратори групи.",
        "ru": "Это могут делать только администраторы группы.",
    },
    "nameless": {
        "en": "You write as the group, so I cannot tell who you are. Write under your own name,"
        " please, or use the buttons.",
        "uk": "Ви пишете від імені групи, і я не бачу, хто ви. Напишіть, будь ласка, від свого"
        " імені або скористайтеся кнопками.",
        "ru": "Вы пишете от имени группы, и я не вижу, кто вы. Напишите, пожалуйста, от своего"
        " имени или воспользуйтесь кнопками.",
    },
    "admins": {
        "en": "Only the administrators of this bot can do that.",
        "uk": "Це можуть робити лише адміністратори бота.",
        "ru": "Это могут делать только администраторы бота.",
    },
    "stale": {
        "en": "I was away when you wrote this. If you still want it, please write it again.",
        "uk": "Коли ви це писали, мене не було. Якщо це ще актуально, напишіть, будь ласка,"
        " ще раз.",
        "ru": "Когда вы это писали, меня не было. Если это ещё актуально, напишите, пожалуйста,"
        " ещё раз.",
    },
    "stale_press": {
        "en": "I was away. Please press again.",
        "uk": "Мене не було. Натисніть, будь ласка, ще раз.",
        "ru": "Меня не было. Нажмите, пожалуйста, ещё раз.",
    },
    "trouble": {
        "en": "Something went wrong on my side; it has been written down.",
        "uk": "Щось пішло не так на моєму боці; це записано в журнал.",
        "ru": "Что-то пошло не так на моей стороне; это записано в журнал.",
    },
    "which_rule": {
        "en": "Which rule? /rules shows them.",
        "uk": "Яке правило? Список: /rules.",
        "ru": "Какое правило? Список: /rules.",
    },
    "no_rule": {
        "en": "There is no rule ",
        "uk": "Немає такого правила: ",
        "ru": "Нет такого правила: ",
    },
    "see_rules": {
        "en": "; /rules shows them.",
        "uk": "; список: /rules.",
        "ru": "; список: /rules.",
    },
    "no_rules": {
        "en": "There are no rules yet.",
        "uk": "Правил ще немає.",
        "ru": "Правил пока нет.",
    },
    "rules": {
        "en": "Rules",
        "uk": "Правила",
        "ru": "Правила",
    },
    "rules_legend": {
        "en": "✓ you hear it here",
        "uk": "✓ надходить сюди",
        "ru": "✓ приходит сюда",
    },
    "silent_until": {
        "en": "silent until {when}",
        "uk": "тиша до {when}",
        "ru": "тишина до {when}",
    },
    "subscribed": {
        "en": "From now on I tell you here of ",
        "uk": "Відтепер я повідомлятиму тут про ",
        "ru": "Теперь я буду сообщать здесь о ",
    },
    "already_subscribed": {
        "en": "You hear it here already: ",
        "uk": "Ви вже підписані: ",
        "ru": "Вы уже подписаны: ",
    },
    "too_many": {
        "en": "That would be too many rules for one chat. /unsubscribe ends one, /subscribe * hears"
        " all of them.",
        "uk": "Це забагато правил для одного чату. /unsubscribe скасовує підписку, /subscribe *"
        " підписує на всі.",
        "ru": "Это слишком много правил для одного чата. /unsubscribe отменяет подписку,"
        " /subscribe * подписывает на все.",
    },
    "full": {
        "en": "I have as many subscribers as I can serve. I am sorry.",
        "uk": "На жаль, у мене вже стільки підписників, скільки я можу обслужити.",
        "ru": "К сожалению, у меня уже столько подписчиков, сколько я могу обслужить.",
    },
    "configured": {
        "en": "The configuration already sends alerts to this chat; which ones is decided there.",
        "uk": "Сповіщення для цього чату вже задано в налаштуваннях; там і вирішують, які саме.",
        "ru": "Уведомления для этого чата уже заданы в настройках; там и решают, какие именно.",
    },
    "unsubscribed": {
        "en": "I no longer tell you here of ",
        "uk": "Я більше не повідомлятиму тут про ",
        "ru": "Я больше не буду сообщать здесь о ",
    },
    "not_subscribed": {
        "en": "There is no such subscription in this chat.",
        "uk": "У цьому чаті такої підписки немає.",
        "ru": "В этом чате такой подписки нет.",
    },
    "latest": {
        "en": "Latest alerts",
        "uk": "Останні сповіщення",
        "ru": "Последние уведомления",
    },
    "no_alerts": {
        "en": "There were no alerts yet.",
        "uk": "Сповіщень ще не було.",
        "ru": "Уведомлений ещё не было.",
    },
    "what_search": {
        "en": "What shall I look for? For example: /search strike AND bridge",
        "uk": "Що шукати? Наприклад: /search удар AND міст",
        "ru": "Что искать? Например: /search удар AND мост",
    },
    "long_query": {
        "en": "That query is too long for a chat: {most} characters are the most.",
        "uk": "Запит задовгий для чату: щонайбільше {most} символів.",
        "ru": "Запрос слишком длинный для чата: не более {most} символов.",
    },
    "mistake": {
        "en": "I cannot read that query:",
        "uk": "Не можу прочитати цей запит:",
        "ru": "Не могу прочитать этот запрос:",
    },
    "busy": {
        "en": "I am looking for somebody else just now. Please try again in a moment.",
        "uk": "Зараз я шукаю для когось іншого. Спробуйте, будь ласка, за мить.",
        "ru": "Сейчас я ищу для кого-то другого. Попробуйте, пожалуйста, чуть позже.",
    },
    "found": {
        "en": "Found in the last {days} days",
        "uk": "Знайдено за останні {days} днів",
        "ru": "Найдено за последние {days} дней",
    },
    "found_nothing": {
        "en": "Nothing was found in the last {days} days.",
        "uk": "За останні {days} днів нічого не знайдено.",
        "ru": "За последние {days} дней ничего не найдено.",
    },
    "not_whole": {
        "en": "These are the newest; there may be more.",
        "uk": "Це найновіші; можуть бути й інші.",
        "ru": "Это самые новые; могут быть и другие.",
    },
    "no_time": {
        "en": "There was no time to read everything; a narrower query helps.",
        "uk": "На все не вистачило часу; допоможе точніший запит.",
        "ru": "На всё не хватило времени; поможет более точный запрос.",
    },
    "which_document": {
        "en": "Which report? Write its ID, as under an alert, or its link: /why k3f9q2a",
        "uk": "Яке повідомлення? Напишіть його ID, як під сповіщенням, або посилання: /why k3f9q2a",
        "ru": "Какое сообщение? Напишите его ID, как под уведомлением, или ссылку: /why k3f9q2a",
    },
    "unknown_document": {
        "en": "The archive has no report with this ID or link.",
        "uk": "В архіві немає повідомлення з таким ID чи посиланням.",
        "ru": "В архиве нет сообщения с таким ID или ссылкой.",
    },
    "seen_at": {
        "en": "seen {when}",
        "uk": "побачено {when}",
        "ru": "увидено {when}",
    },
    "found_by": {
        "en": "Found by ",
        "uk": "Знайшло правило ",
        "ru": "Нашло правило ",
    },
    "no_match": {
        "en": "No rule found it, so nobody was told.",
        "uk": "Жодне правило його не знайшло, тому сповіщень не було.",
        "ru": "Ни одно правило его не нашло, поэтому уведомлений не было.",
    },
    "nobody_heard": {
        "en": "Nothing was sent here.",
        "uk": "Сюди нічого не надсилали.",
        "ru": "Сюда ничего не отправляли.",
    },
    "sees_all": {
        "en": "All {total} sources are seen.",
        "uk": "Видно всі джерела: {total}.",
        "ru": "Видны все источники: {total}.",
    },
    "sees_some": {
        "en": "{seen} of {total} sources are seen.",
        "uk": "Видно {seen} з {total} джерел.",
        "ru": "Видно {seen} из {total} источников.",
    },
    "blind": {
        "en": "Not seen now:",
        "uk": "Зараз не видно:",
        "ru": "Сейчас не видны:",
    },
    "since": {
        "en": "since {when}",
        "uk": "з {when}",
        "ru": "с {when}",
    },
    "and_more": {
        "en": "and {more} more",
        "uk": "і ще {more}",
        "ru": "и ещё {more}",
    },
    "newest": {
        "en": "The last report came {when}.",
        "uk": "Останнє повідомлення: {when}.",
        "ru": "Последнее сообщение: {when}.",
    },
    "nothing_yet": {
        "en": "Nothing has been read yet.",
        "uk": "Ще нічого не прочитано.",
        "ru": "Ещё ничего не прочитано.",
    },
    "rules_in_force": {
        "en": "Rules in force: {number}.",
        "uk": "Діє правил: {number}.",
        "ru": "Действует правил: {number}.",
    },
    "waiting": {
        "en": "Messages that wait: {number}.",
        "uk": "Повідомлень у черзі: {number}.",
        "ru": "Сообщений в очереди: {number}.",
    },
    "silences": {
        "en": "Silent here:",
        "uk": "Тиша тут:",
        "ru": "Тишина здесь:",
    },
    "how_long": {
        "en": "For how long? For example: /mute {rule} 2h. From 1 minute to 30 days.",
        "uk": "На який час? Наприклад: /mute {rule} 2h. Від 1 хвилини до 30 днів.",
        "ru": "На какое время? Например: /mute {rule} 2h. От 1 минуты до 30 дней.",
    },
    "muted": {
        "en": "Silent here until {when}: ",
        "uk": "Тиша тут до {when}: ",
        "ru": "Тишина здесь до {when}: ",
    },
    "muted_everywhere": {
        "en": "Silent everywhere until {when}: ",
        "uk": "Тиша всюди до {when}: ",
        "ru": "Тишина везде до {when}: ",
    },
    "muted_story": {
        "en": "This story is silent here until {when}.",
        "uk": "Про цю історію тут мовчатиму до {when}.",
        "ru": "Об этой истории здесь молчу до {when}.",
    },
    "nothing_to_mute": {
        "en": "Nothing is sent to this chat, so there is nothing to silence.",
        "uk": "Сюди нічого не надходить, тож і заглушати нічого.",
        "ru": "Сюда ничего не приходит, так что и заглушать нечего.",
    },
    "too_silent": {
        "en": "There are too many silences here already; /unmute ends some.",
        "uk": "Тут уже забагато заглушень; /unmute скасовує їх.",
        "ru": "Здесь уже слишком много заглушений; /unmute отменяет их.",
    },
    "unmuted": {
        "en": "You hear it here again: ",
        "uk": "Знову надходить сюди: ",
        "ru": "Снова приходит сюда: ",
    },
    "not_muted": {
        "en": "It was not silent here: ",
        "uk": "Тут воно й не було заглушене: ",
        "ru": "Здесь оно и не было заглушено: ",
    },
    "not_here": {
        "en": "I cannot find what this button belongs to.",
        "uk": "Не можу знайти, чого стосується ця кнопка.",
        "ru": "Не могу найти, к чему относится эта кнопка.",
    },
    "noted": {
        "en": "Thank you, noted: not relevant.",
        "uk": "Дякую, записано: не стосується справи.",
        "ru": "Спасибо, записано: не относится к делу.",
    },
    "noted_already": {
        "en": "You have said so already.",
        "uk": "Ви це вже позначили.",
        "ru": "Вы это уже отметили.",
    },
    "by": {
        "en": " · by {who}",
        "uk": " · {who}",
        "ru": " · {who}",
    },
    "which_language": {
        "en": "Write /language en, /language uk or /language ru.",
        "uk": "Напишіть /language en, /language uk або /language ru.",
        "ru": "Напишите /language en, /language uk или /language ru.",
    },
    "language_set": {
        "en": "I speak English here now.",
        "uk": "Тепер я говорю тут українською.",
        "ru": "Теперь я говорю здесь по-русски.",
    },
    "language_fixed": {
        "en": "The language of this chat is set in the configuration; a subscribed chat chooses its"
        " own.",
        "uk": "Мову цього чату задано в налаштуваннях; чат із підпискою обирає мову сам.",
        "ru": "Язык этого чата задан в настройках; чат с подпиской выбирает язык сам.",
    },
}


def phrase(language: str, name: str, **filled: object) -> str:
    """Return what is said in that language."""
    return PHRASES[name][language].format(**filled)


def spoken(code: str | None) -> str:
    """Return the nearest language that the bot speaks to the one of somebody's program."""
    language = (code or "").lower().partition("-")[0]
    return language if language in LANGUAGES else "en"
