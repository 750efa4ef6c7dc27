"""The predecessor's exceptions."""

from __future__ import annotations


class AIMPlusError(Exception):
    """Base of all."""


class SecretsError(AIMPlusError):
    """A secret cannot be kept or had."""


class HealthCheckError(AIMPlusError):
    """The checks cannot be run."""


class InstallationError(AIMPlusError):
    """A tool cannot be installed."""


class ConfigurationError(AIMPlusError):
    """The configuration is wrong."""


class VersionControlError(AIMPlusError):
    """Versions cannot be compared or changed."""


class ScannerError(AIMPlusError):
    """A folder cannot be scanned, or cleaned."""
