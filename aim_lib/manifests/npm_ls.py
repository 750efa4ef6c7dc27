"""`npm ls -g --json`: what npm has installed for all projects. It tells versions, not what was asked for."""

from __future__ import annotations

from typing import Any

from . import Entry, Malformed, Reading, Remark, as_table, joined, load_json, peek, table_of, text_at

FILES = ("npm.json", "npm-ls.json", "npm_ls.json", "npm-globals.json")
KINDS = ()
WITH_NODE = ("npm", "corepack")


def looks_like(text: str) -> bool:
    document = peek(text)
    if not isinstance(document, dict) or not isinstance(document.get("dependencies"), dict):
        return False
    return all(isinstance(each, dict) for each in document["dependencies"].values())  # a package.json has texts there


def read(text: str) -> Reading:
    document = as_table(load_json(text), "the document")
    if isinstance(document.get("error"), dict):
        raise Malformed(f"npm had failed: {text_at(document['error'], 'summary') or 'it says no more'}")
    packages = table_of(document, "dependencies")
    return joined(_read(name, as_table(package, f"dependencies.{name}")) for name, package in packages.items())


def _read(name: str, package: dict[str, Any]) -> Reading:
    why = _why_not(name, package)
    if why:
        return Reading(left_out=(Remark(what=f"npm:{name}", why=why),))
    version = text_at(package, "version")
    return Reading(tools=(Entry(kind="npm", name=name, request=version, version=version),))


def _why_not(name: str, package: dict[str, Any]) -> str:
    if name in WITH_NODE:
        return "comes with Node.js"
    if package.get("missing") or not text_at(package, "version"):
        return "npm lists it, but it is not there"
    if text_at(package, "resolved").startswith(("file:", "link:")):
        return "it is a link to a folder"
    if text_at(package, "resolved").startswith(("git", "github")):
        return "it comes from a repository, not from the registry"
    return ""
