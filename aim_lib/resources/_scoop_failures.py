"""What Scoop says when it fails. Its own lines are English; those of .NET and PowerShell are in the system's language.

So what decides is what Scoop writes itself, and the codes in what others write: `(404)`, not "Not Found".
"""

from __future__ import annotations

from . import Diagnosis
from ._explain import Failure, explain

AGAIN = "then run the same command again"
TABLE = (
    Failure(
        "disk",
        r"not enough (disk )?space|There is not enough space on the disk|0x80070070|No space left on device",
        "the disk is full while installing the package",
        f"free some space (scoop cleanup and scoop cache rm help), {AGAIN}",
    ),
    Failure(
        "hash",
        r"[Hh]ash check failed|Checksum validation failed",
        "the package is not the file that its manifest names: its hash differs",
        f"scoop update, {AGAIN}; if it stays so, do not install it",
    ),
    Failure(
        "version",
        r"does not have autoupdate capability|Could not install (?P<name>\S+@\S+)",
        "the package: Scoop can make no manifest for that version",
        "choose the version of the bucket, or a package of the versions bucket",
    ),
    Failure(
        "bucket",
        r"[Cc]ouldn't find manifest for '(?P<name>[^']+)' from '(?P<bucket>[^']+)'",
        "the bucket {bucket} has nothing called {name}, or is not here",
        "check the name; scoop bucket list, scoop bucket add {bucket}",
    ),
    Failure(
        "name",
        r"[Cc]ould(n't| not) find manifest for '(?P<name>[^']+)'",
        "no bucket that is here has {name}",
        "scoop search {name} names the bucket, scoop bucket add adds it",
    ),
    Failure(
        "platform",
        r"doesn't support (current architecture|(?P<arch>\S+) architecture)",
        "the package is not made for this machine's processor",
        "limit it in aim.toml: platforms = [...]",
    ),
    Failure(
        "admin",
        r"need admin rights|[Yy]ou need admin|requires admin",
        "the package is installed for all users, which needs an administrator",
        "run this in a terminal opened as administrator, or install it for yourself alone",
    ),
    Failure(
        "running",
        r"(is|are) still running|Application \S+ is running|may be in use|"
        r"because it is being used by another process|0x80070020|ERROR_SHARING_VIOLATION",
        "the package is running, and its files cannot be replaced",
        f"close it, {AGAIN}",
    ),
    Failure(
        "tls",
        r"certificate is invalid|SSL connection could not be established|secure channel|CERT_|SEC_E_UNTRUSTED_ROOT|"
        r"AuthenticationException",
        "the package: the certificate of the server is not trusted",
        "put your CA into the certificates that Windows trusts",
    ),
    Failure(
        "policy",
        r"PSSecurityException|UnauthorizedAccess,Microsoft\.PowerShell\.Commands|about_Execution_Policies",
        "PowerShell may not run Scoop's scripts",
        "Set-ExecutionPolicy RemoteSigned -Scope CurrentUser",
    ),
    Failure(
        "permission",
        r"UnauthorizedAccessException|PermissionDenied|Access (to the path .{0,300} )?is denied|Access denied:|"
        r"0x80070005",
        "Scoop may not write while installing the package",
        "check who owns Scoop's folder, and whether a virus scanner holds it",
    ),
    Failure(
        "download",
        r"\((401|403|404|410)\)",
        "the package: its file is no longer where the bucket has it",
        f"scoop update, {AGAIN}",
    ),
    Failure(
        "network",
        r"URL \S+ is not valid|Download failed!|download (via aria2 )?failed|Name resolution failed|WebException|"
        r"Could not resolve host|Failed to connect|\((429|5\d\d)\)|unable to access 'https?:",
        "the package: the server of its file cannot be reached",
        "check the network and scoop config proxy, then run again",
    ),
    Failure(
        "build",
        r"Failed to extract|Exit code was -?\d+|Installation aborted|Running installer script.*error",
        "the package's own installer did not succeed",
        "read its output above, and the log that Scoop names",
    ),
)
UNNAMED = {"name": "the package", "bucket": "that it names", "arch": "this"}


def diagnose(output: str) -> Diagnosis:
    """What Scoop's output means."""
    return explain(TABLE, output, UNNAMED, "read Scoop's output above")
