"""The outbox that the sheet and the browser's watch share: plain modules, no component."""

import reflex as rx

rx.asset("outbox_store.js", shared=True)
rx.asset("outbox_net.js", shared=True)
rx.asset("outbox.js", shared=True)
