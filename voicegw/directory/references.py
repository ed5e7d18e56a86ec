"""Groups and managers as import files name them. Held in memory: there are thousands at most."""

from __future__ import annotations

from collections.abc import Sequence

from voicegw.errors import InvalidError
from voicegw.model.directory import Group, Manager


class References:
    """Finds the record a cell means: by external id, id, and what else names only one."""

    def __init__(self, groups: Sequence[Group], managers: Sequence[Manager]) -> None:
        """Know `groups` and `managers`; more may be added while the file is read."""
        self._groups: dict[str, Group] = {}
        self._group_names: dict[str, set[str]] = {}
        self._managers: dict[str, Manager] = {}
        self._staff_numbers: dict[str, set[str]] = {}
        for group in groups:
            self.add_group(group)
        for manager in managers:
            self.add_manager(manager)

    def add_group(self, group: Group) -> None:
        """Know `group` from now on, in place of what it was."""
        self._groups[group.id] = group
        if group.external_id is not None:
            self._groups[group.external_id] = group
        self._group_names.setdefault(group.name, set()).add(group.id)

    def add_manager(self, manager: Manager) -> None:
        """Know `manager` from now on, in place of what it was."""
        self._managers[manager.id] = manager
        if manager.external_id is not None:
            self._managers[manager.external_id] = manager
        if manager.staff_no is not None:
            self._staff_numbers.setdefault(manager.staff_no, set()).add(manager.id)

    def group(self, field: str, text: str) -> Group:
        """Return the group with this external id, id or (when only one has it) name.

        Raises InvalidError naming `field`.
        """
        found = self._groups.get(text) or self._groups.get(_only(self._group_names.get(text)))
        if found is None:
            raise InvalidError(field, "no such group, or several of this name", kind="not-found")
        return found

    def manager(self, field: str, text: str) -> Manager:
        """Return the manager with this external id, id or (when only one has it) staff number.

        Raises InvalidError naming `field`.
        """
        found = self._managers.get(text) or self._managers.get(_only(self._staff_numbers.get(text)))
        if found is None:
            raise InvalidError(field, "no such manager", kind="not-found")
        return found

    def known_group(self, external_id: str) -> Group | None:
        """Return the group with exactly this external id."""
        found = self._groups.get(external_id)
        return found if found is not None and found.external_id == external_id else None

    def known_manager(self, external_id: str) -> Manager | None:
        """Return the manager with exactly this external id."""
        found = self._managers.get(external_id)
        return found if found is not None and found.external_id == external_id else None


def _only(ids: set[str] | None) -> str:
    return next(iter(ids)) if ids is not None and len(ids) == 1 else ""
