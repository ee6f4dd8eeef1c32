"""A browser's User-Agent header in the words people have for it."""

_BROWSERS = (  # in this order: most browsers name others, too
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chromium", "Chromium"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)
_MAX_OTHER = 40


def browser_words(agent: str) -> str:
    """Such as "Firefox on Linux"; for programs, the name they give themselves."""
    browser = next((words for mark, words in _BROWSERS if mark in agent), "")
    system = next((words for mark, words in _SYSTEMS if mark in agent), "")
    if browser and system:
        return f"{browser} on {system}"
    if browser or system:
        return browser or system
    first = (agent.split() or [""])[0].split("/")[0]
    shown = "".join(character for character in first if character.isprintable())[:_MAX_OTHER]
    return shown or "Unknown program"
