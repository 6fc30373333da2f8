"""An authority of a day and a server certificate for these names, by openssl."""

import ipaddress

from directories.running import program, run

CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def make(folder, names):
    """`ca.pem`, `server.pem` and `server.key` in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    openssl = program("openssl")
    authority = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    run(openssl, "req", "-x509", *CURVE, "-keyout", folder / "ca.key", "-out", folder / "ca.pem", "-days", "2",
        "-subj", "/CN=Rolegate test authority", *authority)
    run(openssl, "req", *CURVE, "-keyout", folder / "server.key", "-out", folder / "server.csr", "-subj", f"/CN={names[0]}")
    (folder / "server.ext").write_text(
        f"subjectAltName={','.join(kind(name) for name in names)}\nextendedKeyUsage=serverAuth\n")
    run(openssl, "x509", "-req", "-in", folder / "server.csr", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key",
        "-CAcreateserial", "-out", folder / "server.pem", "-days", "2", "-extfile", folder / "server.ext")
    for key in ("ca.key", "server.key"):
        (folder / key).chmod(0o600)


def kind(name):
    """A subjectAltName."""
    try:
        return f"IP:{ipaddress.ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"
