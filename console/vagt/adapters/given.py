"""What the config gives for a backend's options, or else the manifest's defaults: read once, the same way by each."""

from __future__ import annotations

from vagt.adapters.protocol import InvalidError, Manifest
from vagt.config.settings import BackendSettings


class Given:
    """The options of one backend, by name."""

    def __init__(self, manifest: Manifest, settings: BackendSettings) -> None:
        self._specs = {option.name: option for option in manifest.options}
        self._options = settings.options

    def value(self, name: str) -> object:
        """As it stands in the config; the manifest's default where it does not."""
        given = self._options.get(name)
        return self._specs[name].default if given is None else given

    def text(self, name: str) -> str:
        """Without blanks around it. Raises InvalidError where it is none of the manifest's choices."""
        found = str(self.value(name) or "").strip()
        choices = self._specs[name].choices
        if choices and found not in choices:
            raise wrong(name, f"it is {', '.join(choices[:-1])} or {choices[-1]}")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of a list, without blanks around them and without empty ones."""
        given = self.value(name)
        return tuple(str(item).strip() for item in given if str(item).strip()) if isinstance(given, list) else ()


def wrong(name: str, words: str) -> InvalidError:
    """An option that cannot be used, and why."""
    return InvalidError(f"the option “{name}” cannot be used: {words}", ((name, "cannot be used"),))
