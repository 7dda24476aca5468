"""The parameters that modules which speak HTTP share, and the request they describe."""

from __future__ import annotations

from typing import Any, Mapping

from provision.agent.http import Request
from provision.agent.spec import Param
from provision.agent.task import ModuleFailed

PARAMS = (
    Param("timeout", "For connecting and for each read, seconds.", type="int", default=30),
    Param("headers", "Request headers.", type="dict", default={}),
    Param("http_agent", "The User-Agent.", default="ansible-httpget"),
    Param("url_username", "User for the server's authentication.", aliases=("user", "username")),
    Param("url_password", "Its password.", secret=True, aliases=("password",)),
    Param(
        "force_basic_auth",
        "Send user and password at once, without being asked.",
        type="bool",
        default=False,
    ),
    Param("validate_certs", "Check the server's certificate.", type="bool", default=True),
    Param("ca_path", "A PEM file of authorities to trust.", type="path"),
    Param("client_cert", "A PEM file: the client's certificate.", type="path"),
    Param("client_key", "A PEM file: its key, if not in client_cert.", type="path"),
    Param("unix_socket", "Connect to this socket, whatever the URL's host.", type="path"),
    Param("ciphers", "The TLS ciphers, in OpenSSL's names.", type="list", elements="str"),
    Param("decompress", "Unpack an answer that comes as gzip.", type="bool", default=True),
    Param(
        "unredirected_headers",
        "Headers that do not go along when the server sends elsewhere.",
        type="list",
        elements="str",
        default=[],
    ),
    Param(
        "use_gssapi",
        "Kerberos needs a library that nodes do not have: true is refused.",
        type="bool",
        default=False,
    ),
    Param("use_proxy", "Use http_proxy and its kin.", type="bool", default=True),
    Param("use_netrc", "Take credentials from ~/.netrc.", type="bool", default=True),
)


def from_args(args: Mapping[str, Any], **more: Any) -> Request:
    """A request from ``PARAMS`` (and url) as a module has them.

    Raises:
        ModuleFailed: something is asked for that is not supported.
    """
    if args["use_gssapi"]:
        raise ModuleFailed("use_gssapi is not supported: Kerberos needs a library on the node")
    headers = {str(key): str(value) for key, value in args["headers"].items()}
    if not any(key.lower() == "user-agent" for key in headers):
        headers["User-Agent"] = args["http_agent"]
    return Request(
        url=more.pop("url", None) or args["url"],
        headers=dict(headers, **more.pop("headers", {})),
        timeout=args["timeout"],
        username=args["url_username"],
        password=args["url_password"],
        basic_at_once=args["force_basic_auth"],
        validate_certs=args["validate_certs"],
        ca_path=args["ca_path"],
        client_cert=args["client_cert"],
        client_key=args["client_key"],
        unix_socket=args["unix_socket"],
        use_proxy=args["use_proxy"],
        use_netrc=args["use_netrc"],
        ciphers=args["ciphers"],
        decompress=args["decompress"],
        unredirected=args["unredirected_headers"],
        **more,
    )
