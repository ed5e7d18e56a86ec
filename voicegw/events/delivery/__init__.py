"""The process that brings events out of the store: its outlets, its lines, its supervisor.

Receivers and brokers may be slow or away for days; that costs a process beside the node and never
a call. What it runs are *outlets* (:mod:`voicegw.events.delivery.outlet`), each of which reads the
outbox by itself and keeps its place in the store. A new outlet is an object with the methods of
:class:`~voicegw.events.delivery.outlet.Outlet`, terms in
:class:`~voicegw.events.delivery.protocol.DeliveryOrder` and a line in
:mod:`voicegw.events.delivery.outlets`.
"""
