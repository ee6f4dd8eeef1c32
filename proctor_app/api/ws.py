"""The WebSocket of a candidate's stream: frames in; acknowledgements, incidents and status out."""

import asyncio
import json
import time
import uuid
from contextlib import suppress

from fastapi import APIRouter, WebSocket
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocketDisconnect, WebSocketState

from proctor_app.api.dependencies import ApiContext
from proctor_app.api.origin import is_own
from proctor_app.api.ws_doorway import Doorway
from proctor_app.api.ws_messages import (
    AuthMessage,
    BadMessage,
    ClientMessage,
    EventMessage,
    FrameMessage,
    PingMessage,
    control,
    logs,
    parse,
    status,
)
from proctor_app.domain.access import Action, may
from proctor_app.domain.attempt import OPEN
from proctor_app.errors import NotAuthenticated, ProctorError, Unavailable
from proctor_app.services.broadcast import (
    AttemptNews,
    IncidentNews,
    MessageNews,
    ReplacedNews,
    Subscription,
)
from proctor_app.services.tickets import Holder
from proctor_app.vision.frame import FrameRejected

router = APIRouter()

AUTH_TIMEOUT_S = 3.0
_NOT_AUTHENTICATED, _NOT_ALLOWED, _REPLACED, _TOO_LARGE, _STOPPED = 4401, 4403, 4409, 1009, 1000
_TRY_LATER = 1013
_GONE = (WebSocketDisconnect, RuntimeError)
"""How the framework and the servers say that nobody is at the other end any more."""
_MAX_TOO_LARGE = 5
_MAX_UNANSWERED = 8
_FLOOD_PAUSE_S = 0.1
_NEWS_WAIT_S = 30.0
_SEND_S = 15.0
_CLOSE_S = 3.0
"""How long a client that reads nothing holds up a message, and its own end."""
_CHECK_S = 0.8
"""How long after its end a log-in may still hold a connection open."""


class _Close(Exception):
    """Ends the connection with a close code."""

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason


@router.websocket("/ws/{user_id}")
async def stream(socket: WebSocket, user_id: str) -> None:
    await _Connection(socket, user_id).run()


class _Connection:
    """One client's connection. The newest frame wins; a slow reader is never waited for."""

    def __init__(self, socket: WebSocket, user_id: str) -> None:
        context = socket.app.state.context
        assert isinstance(context, ApiContext)
        self._socket = socket
        self._user_id = user_id
        self._context = context
        self._doorway: Doorway = socket.app.state.doorway
        self._services = context.services
        self._id = str(uuid.uuid4())
        self._sending = asyncio.Lock()
        self._answers: set[asyncio.Task[None]] = set()
        self._too_large_in_a_row = 0
        self._checked_s = 0.0

    async def run(self) -> None:
        """Serve the connection until either side ends it."""
        await self._socket.accept()
        try:
            holder = await self._enter()
            with self._services.broadcast.subscribe(holder.attempt_id) as news:
                self._services.broadcast.publish(ReplacedNews(holder.attempt_id, self._id))
                await self._serve(holder, news)
        except _Close as close:
            await self._close(close)
        except Unavailable as error:
            await self._close(_Close(_TRY_LATER, error.code))
        except _GONE:
            return  # its frames' silence is recorded by monitoring
        finally:
            self._leave()

    async def _enter(self) -> Holder:
        headers = self._socket.headers
        own = is_own(
            headers.get("origin", ""), headers.get("host", ""), self._context.allowed_origins
        )
        if not own:
            raise _Close(_NOT_ALLOWED, "foreign_origin")
        ticket = self._socket.query_params.get("token") or await self._first_message()
        try:
            holder = self._services.tickets.redeem(ticket)
            await run_in_threadpool(self._services.logins.check_session, holder.actor)
        except NotAuthenticated as error:
            raise _Close(_NOT_AUTHENTICATED, error.code) from error
        is_whose = holder.user_id == self._user_id
        if not is_whose or not may(holder.actor, Action.SIT, self._user_id):
            raise _Close(_NOT_ALLOWED, "not_allowed")
        return holder

    async def _first_message(self) -> str:
        address = self._socket.client.host if self._socket.client else "unknown"
        try:
            with self._doorway.waits(address):
                async with asyncio.timeout(AUTH_TIMEOUT_S):
                    message = await self._receive()
        except TimeoutError as error:
            raise _Close(_NOT_AUTHENTICATED, "auth_timeout") from error
        if not isinstance(message, AuthMessage):
            raise _Close(_NOT_AUTHENTICATED, "auth_expected")
        return message.token

    async def _serve(self, holder: Holder, news: Subscription) -> None:
        sides = {
            asyncio.create_task(self._read(holder)),
            asyncio.create_task(self._push(holder, news)),
            asyncio.create_task(self._watch_login(holder)),
        }
        try:
            done, _ = await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for side in sides:
                side.cancel()
            await asyncio.wait(sides)
        for side in done:
            side.result()

    async def _read(self, holder: Holder) -> None:
        while True:
            message = await self._receive()
            match message:
                case FrameMessage():
                    await self._take(holder, message, message.seq)
                case EventMessage():
                    await self._take(holder, message, message.claim.seq)
                case PingMessage():
                    await self._send({"type": "pong"})
                case BadMessage():
                    await self._refuse(message)
                case AuthMessage():
                    await self._error("already_authenticated", "This connection is in use.")

    async def _take(
        self, holder: Holder, message: FrameMessage | EventMessage, seq: int | None
    ) -> None:
        self._too_large_in_a_row = 0
        if len(self._answers) >= _MAX_UNANSWERED:
            await self._error("throttled", "Too many messages at once.", seq)
            await asyncio.sleep(_FLOOD_PAUSE_S)
            return
        try:  # here and not in the task, which would let a later frame overtake this one
            await self._check_login(holder, used=True)
        except Unavailable as error:
            await self._error(error.code, error.detail, seq)
            return
        if isinstance(message, EventMessage):  # awaited, so that events stay in their order
            await self._keep(holder, message)
            return
        task = asyncio.create_task(self._answer(holder, message))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _check_login(self, holder: Holder, *, used: bool) -> None:
        try:
            await run_in_threadpool(self._services.logins.check_session, holder.actor, used=used)
        except NotAuthenticated as error:
            raise _Close(_NOT_AUTHENTICATED, error.code) from error
        self._checked_s = time.monotonic()

    async def _watch_login(self, holder: Holder) -> None:
        """Ask the database, which every worker writes to, between frames that are far apart."""
        while True:
            due_s = self._checked_s + _CHECK_S - time.monotonic()
            if due_s > 0:
                await asyncio.sleep(due_s)
                continue
            try:
                await self._check_login(holder, used=False)
            except Unavailable:  # tried again at the next turn
                self._checked_s = time.monotonic()

    async def _answer(self, holder: Holder, message: FrameMessage) -> None:
        ingest = self._services.monitoring.ingest
        with suppress(*_GONE):
            try:
                receipt = await ingest(holder.actor, holder.attempt_id, message.data)
            except (ProctorError, FrameRejected) as error:
                await self._error(error.code, error.detail, message.seq)
                return
            number = receipt.frame_number if message.seq is None else message.seq
            await self._send({"type": "ack", "seq": number, "analysed": receipt.analysed})
            await self._send(status(receipt.status, degraded=not receipt.analysed))

    async def _keep(self, holder: Holder, message: EventMessage) -> None:
        keep, claim = self._services.browser_signals.keep, message.claim
        with suppress(*_GONE):
            try:
                kept = await keep(holder.actor, holder.attempt_id, [claim], "socket")
            except ProctorError as error:
                await self._error(error.code, error.detail, claim.seq)
                await asyncio.sleep(_FLOOD_PAUSE_S)
                return
            await self._send({"type": "ack", "seq": claim.seq, "saved": kept.saved})

    async def _push(self, holder: Holder, news: Subscription) -> None:
        while True:
            for item in await news.wait(_NEWS_WAIT_S):
                match item:
                    case IncidentNews():
                        await self._send(logs(item))
                    case MessageNews():
                        await self._send(control(item))
                    case AttemptNews() if item.status not in OPEN:
                        raise _Close(_STOPPED, "stopped")
                    case ReplacedNews() if item.connection != self._id:
                        with suppress(Unavailable):
                            await self._services.sessions.note_replaced(holder.attempt_id)
                        raise _Close(_REPLACED, "replaced")
                    case _:
                        pass

    async def _refuse(self, message: BadMessage) -> None:
        self._too_large_in_a_row = self._too_large_in_a_row + 1 if message.too_large else 0
        if self._too_large_in_a_row >= _MAX_TOO_LARGE:
            raise _Close(_TOO_LARGE, message.code)
        await self._error(message.code, message.detail)
        await asyncio.sleep(_FLOOD_PAUSE_S)  # the sender waits: its bytes stay in its own buffers

    async def _receive(self) -> ClientMessage:
        raw = await self._socket.receive()
        if raw["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(raw.get("code", 1000))
        data: bytes | None = raw.get("bytes")
        return parse(data if data is not None else raw.get("text") or "")

    async def _error(self, code: str, detail: str, seq: int | None = None) -> None:
        known = {} if seq is None else {"seq": seq}
        await self._send({"type": "error", "code": code, "detail": detail, **known})

    async def _send(self, message: dict[str, object]) -> None:
        text = json.dumps(message, separators=(",", ":"))
        try:
            async with asyncio.timeout(_SEND_S), self._sending:
                await self._socket.send_text(text)
        except TimeoutError as error:  # nobody reads at the other end
            raise WebSocketDisconnect(1006) from error

    async def _close(self, close: _Close) -> None:
        """Say why it ends, unless nobody reads at the other end."""
        self._leave()
        with suppress(TimeoutError, *_GONE):
            async with asyncio.timeout(_CLOSE_S), self._sending:
                if self._socket.application_state is not WebSocketState.DISCONNECTED:
                    await self._socket.close(close.code, close.reason)

    def _leave(self) -> None:
        for task in self._answers:
            task.cancel()
