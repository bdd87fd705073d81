#!/usr/bin/env python3
"""A forger: each fail of a bundle becomes a pass, and the whole is sealed anew.

  tests/netns/bundle_resign.py FROM TO

Written from bundles/bundle.h, records/record.h and signing/sign_key.h alone,
with openssl for the key: what it leaves has a good chain and a good signature
by a key of its own."""

import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile


def canonical(record):
    return json.dumps(
        record, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def openssl(*args, data=b""):
    return subprocess.run(
        ["openssl", *args], input=data, stdout=subprocess.PIPE, check=True
    ).stdout


def main():
    source, target = map(pathlib.Path, sys.argv[1:])
    shutil.copytree(source, target)
    records = [json.loads(l) for l in (source / "records.jsonl").open("rb")]
    key = openssl("genpkey", "-algorithm", "ed25519")
    public = openssl("pkey", "-pubout", data=key).decode()
    key_id = hashlib.sha256(
        openssl("pkey", "-pubout", "-outform", "DER", data=key)
    ).hexdigest()
    previous, lines = None, []
    for record in records:
        if record.get("verdict") == "fail":
            record["verdict"] = "pass"
        record["prev"] = previous
        if record["type"] == "manifest":
            record["head"] = previous
            record["signer"] = key_id
        lines.append(canonical(record))
        previous = hashlib.sha256(lines[-1]).hexdigest()
    (target / "records.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    message = b"assay 1 manifest\0" + bytes.fromhex(previous)
    with tempfile.NamedTemporaryFile() as private, \
            tempfile.NamedTemporaryFile() as text:
        pathlib.Path(private.name).write_bytes(key)
        pathlib.Path(text.name).write_bytes(message)
        signature = openssl(
            "pkeyutl", "-sign", "-rawin", "-inkey", private.name, "-in", text.name
        )
    (target / "signatures.jsonl").write_text(json.dumps({
        "key": key_id, "purpose": "manifest",
        "seq": records[-1]["seq"], "sig": signature.hex(),
    }) + "\n")
    (target / "keys.jsonl").write_text(json.dumps({
        "key": key_id, "public": public, "certificate": None,
    }) + "\n")
    for name in ("rotations.jsonl",):
        (target / name).unlink(missing_ok=True)


main()
