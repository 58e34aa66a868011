"""Real connections that end in each layer, with both download handlers on the loop our nights run on."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scrapy import Request

from catalog.layers import LAYERS
from catalog.records import Attempt, Check
from crawler import runner
from crawler.causes import failure_kind
from crawler.guard import Guard
from crawler.handlers import Guarded
from crawler.spiders.challenge import ChallengeSpider, _unanswered
from tests.test_guard_table import HANDLERS, play
from tests.test_layers import states
from tests.test_live import V1

HOST = "seller.example.com"
NOW = datetime.now(UTC)
ANSWER = b"HTTP/1.1 402 Payment Required\r\nContent-Length: %d\r\n\r\n%b" % (len(V1), V1)


@dataclass(frozen=True, slots=True)
class Certificates:
    """A test authority and what it signed for :data:`HOST`: PEM files of certificate and key."""

    authority: Path
    good: Path
    expired: Path
    stranger: Path


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("certificates")
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

    def write(name: str, host: str, issuer: str, ends: datetime, *, authority: bool = False) -> Path:
        def named(text: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        built = (
            x509.CertificateBuilder()
            .subject_name(named(host)).issuer_name(named(issuer)).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(NOW - timedelta(days=90)).not_valid_after(ends)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )  # fmt: skip
        path = folder / name
        path.write_bytes(built.public_bytes(serialization.Encoding.PEM) + pem)
        return path

    later = NOW + timedelta(days=30)
    return Certificates(
        write("authority.pem", "Test authority", "Test authority", later, authority=True),
        write("good.pem", HOST, "Test authority", later),
        write("expired.pem", HOST, "Test authority", NOW - timedelta(days=1)),
        write("stranger.pem", "other.example.com", "Test authority", later),
    )


Talk = Callable[[socket.socket], None]


@contextmanager
def server(talk: Talk, certificate: Path | None = None) -> Iterator[int]:
    """A server that talks as told on each connection, after TLS where it has a certificate; yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    def serve(raw: socket.socket) -> None:
        with suppress(OSError), raw:
            if context is None:
                talk(raw)
            else:
                with context.wrap_socket(raw, server_side=True) as secured:
                    talk(secured)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def answering(connection: socket.socket) -> None:
    while connection.recv(65_536):
        connection.sendall(ANSWER)


def silent(connection: socket.socket) -> None:
    while connection.recv(65_536):
        pass


def closing_at_once(connection: socket.socket) -> None:
    connection.recv(65_536)


def resetting(connection: socket.socket) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def babbling(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(b"220 mail.example.com ESMTP\r\n\r\n")


@contextmanager
def full() -> Iterator[int]:
    """A port whose queue is full: the kernel drops further connections without a word."""
    with ExitStack() as opened:
        listener = opened.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            waiting = opened.enter_context(socket.socket())
            waiting.setblocking(False)
            with suppress(BlockingIOError):
                waiting.connect(listener.getsockname())
        yield listener.getsockname()[1]


@contextmanager
def closed() -> Iterator[int]:
    """A port nobody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    yield port


class Names(AbstractResolver):
    """Resolves everything to loopback, with the exceptions its names tell."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        del family
        if host.startswith("unknown"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if host.startswith("slow"):
            await asyncio.sleep(30)
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        pass


def checks(handler: str, urls: list[str], folder: Path, timeout: float = 1.5) -> list[Check]:
    """Check the URLs one after another, as the challenge spider does."""
    made: list[Check] = []

    async def scene(serving: Guarded, request: Callable[[str, str], Request]) -> None:
        for url in urls:
            sent = request("GET", url)
            sent.meta["download_timeout"] = timeout
            spider = sent.callback.__self__  # type: ignore[union-attr]
            made.append(await one(serving, spider, sent))
        await asyncio.sleep(0.3)  # TLS connections that were given up take leave of their servers

    play(handler, Guard(allow_private=True), folder, scene, runner.run)
    return made


async def one(serving: Guarded, spider: ChallengeSpider, sent: Request) -> Check:
    target = sent.cb_kwargs["target"]
    try:
        response = await serving.download_request(sent)
    except Exception as error:
        return _unanswered(sent, target, (), failure_kind(error), str(error))
    response.request = sent
    return spider._check(response, target, (Attempt("GET", sent.url, response.status, None, 1),))


CASES: dict[str, tuple[str, Any, str | None, str, str, str]] = {
    # name: (URL, server, certificate, outcome, layers, message)
    "answered": ("https://{host}:{port}/", answering, "good", "payable", "oooooo-", "valid x402 terms"),
    "plain http": ("http://{host}:{port}/", answering, None, "payable", "oo-ooo-", "valid x402 terms"),
    "an address": ("http://127.0.0.1:{port}/", answering, None, "payable", "-o-ooo-", "valid x402 terms"),
    "unknown name": ("https://unknown.example.com:{port}/", closed, None, "dns_error", "fnnnnnn", "could not be resolved"),
    "slow name": ("https://slow.example.com:{port}/", closed, None, "timeout", "fnnnnnn", "host name was not resolved in time"),
    "refused": ("https://{host}:{port}/", closed, None, "connect_error", "ofnnnnn", "refused"),
    "black hole": ("https://{host}:{port}/", full, None, "timeout", "ofnnnnn", "did not take the connection"),
    "expired": ("https://{host}:{port}/", answering, "expired", "tls_error", "oofnnnn", "certificate has expired"),
    "another name": ("https://{host}:{port}/", answering, "stranger", "tls_error", "oofnnnn", "ostname mismatch"),
    "silent in TLS": ("https://{host}:{port}/", silent, None, "timeout", "oofnnnn", "handshake did not end in time"),
    "reset in TLS": ("https://{host}:{port}/", resetting, None, "connect_error", "oofnnnn", "during the TLS handshake"),
    "silent": ("https://{host}:{port}/", silent, "good", "timeout", "ooofnnn", "no complete answer in time"),
    "closed": ("http://{host}:{port}/", closing_at_once, None, "connect_error", "oo-fnnn", "before a complete answer"),
    "no HTTP": ("http://{host}:{port}/", babbling, None, "protocol_error", "oo-fnnn", "not valid HTTP"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, certificates: Certificates) -> None:
    """Names that resolve to loopback, and trust in the test authority."""
    monkeypatch.setattr("crawler.connect.PooledResolver", Names)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("handler", HANDLERS)
def test_a_check_tells_where_it_ended(handler: str, case: str, certificates: Certificates, tmp_path: Path) -> None:
    url, talk, certificate, outcome, layers, message = CASES[case]
    place = talk() if talk in (closed, full) else server(talk, certificate and getattr(certificates, certificate))
    with place as port:
        (check,) = checks(handler, [url.format(host=HOST, port=port)], tmp_path)
    assert (check.outcome, states(check.layers)) == (outcome, layers), (check.message, check.attempts)
    assert message in check.message
    assert [layer.name for layer in check.layers] == list(LAYERS)
    assert all(layer.ms is None or (layer.state == "ok" and layer.ms >= 0) for layer in check.layers)


@pytest.mark.parametrize("handler", HANDLERS)
def test_latency_is_told_for_what_was_gone_through(handler: str, certificates: Certificates, tmp_path: Path) -> None:
    with server(answering, certificates.good) as port:
        first, second = checks(handler, [f"https://{HOST}:{port}/", f"https://{HOST}:{port}/two"], tmp_path)
    assert all(layer.ms is not None for layer in first.layers[:4])
    assert [layer.ms is None for layer in second.layers[:4]] == [True, True, True, False], "the connection was kept"
    assert states(second.layers) == "oooooo-"
    for check in (first, second):
        assert check.certificate_expires == (NOW + timedelta(days=30)).replace(microsecond=0)


def test_a_certificate_is_none_without_tls(tmp_path: Path) -> None:
    with server(answering) as port:
        (check,) = checks("aiohttp", [f"http://{HOST}:{port}/"], tmp_path)
    assert check.certificate_expires is None
