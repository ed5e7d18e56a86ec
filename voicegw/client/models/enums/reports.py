"""Enumerations of reports, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from voicegw.client.open_enum import OpenEnum


class ReportKind(OpenEnum):
    """What a report is about. More values may come: clients pass over those that they don't
    know."""

    ACTIVITY = "activity"
    TASKS = "tasks"
    FEEDBACK = "feedback"
    MANAGERS = "managers"
    HOTLINES = "hotlines"
    SCORES = "scores"


class SplitBy(OpenEnum):
    """What the rows of a report are split by: one span of time, and any of the others. More values
    may come: clients pass over those that they don't know."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    MANAGER = "manager"
    GROUP = "group"
    HOTLINE = "hotline"
    TYPE = "type"


class Unit(OpenEnum):
    """What a figure counts in. More values may come: clients pass over those that they don't
    know."""

    COUNT = "count"
    SHARE = "share"
    S = "s"
    POINTS = "points"
    DATE = "date"
    TEXT = "text"
