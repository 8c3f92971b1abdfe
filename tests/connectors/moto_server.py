"""moto's server, which checks signatures: started on a free port, ended by its process."""
import datetime
import hashlib
import hmac
import json
import os
import re
import signal
import subprocess
import threading
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Moto:
    """moto's server with signatures checked; its fourth call on needs them."""

    def __init__(self):
        python = os.environ.get("NARU_MOTO_PYTHON", "")
        if not python:
            done = subprocess.run([ROOT / "scripts/clients", "moto"], capture_output=True, text=True)
            if done.returncode == 77:
                self.reason = "moto cannot be installed: " + done.stderr.strip()[-200:]
                return
            assert done.returncode == 0, done.stderr
            python = ROOT / ".cache/clients/moto/bin/python"
        self.reason = ""
        env = dict(os.environ, INITIAL_NO_AUTH_ACTION_COUNT="3")
        self.process = subprocess.Popen([python, "-u", "-c", "from moto.server import main; main()", "-H", "127.0.0.1",
                                         "-p", "0"], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True)
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found[1])
                # What it says of each request is read on, or it would wait for somebody to read it.
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return
        raise AssertionError("moto did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.reason:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def iam(self, **fields):
        """One of the three calls that need no key."""
        body = urllib.parse.urlencode({**fields, "Version": "2010-05-08"}).encode()
        scope = "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0"
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/", body, {"Authorization": scope})
        return urllib.request.urlopen(request, timeout=60).read().decode()

    def make_user(self):
        """One who may do everything with objects: its key and secret."""
        self.iam(Action="CreateUser", UserName="naru")
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        self.iam(Action="PutUserPolicy", UserName="naru", PolicyName="all", PolicyDocument=json.dumps(policy))
        key = self.iam(Action="CreateAccessKey", UserName="naru")
        return tuple(re.search(f"<{name}>(.*?)</{name}>", key)[1] for name in ("AccessKeyId", "SecretAccessKey"))

    def signed(self, method, path, access, secret, body=b""):
        """A request with a signature of the tests' own; `path` as it is sent."""
        stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest()
        scope = f"{stamp[:8]}/us-east-1/s3/aws4_request"
        headers = f"host:127.0.0.1:{self.port}\nx-amz-content-sha256:{digest}\nx-amz-date:{stamp}\n"
        names = "host;x-amz-content-sha256;x-amz-date"
        whole = f"{method}\n{path}\n\n{headers}\n{names}\n{digest}"
        to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(whole.encode()).hexdigest()}"
        signing = ("AWS4" + secret).encode()
        for part in (stamp[:8], "us-east-1", "s3", "aws4_request"):
            signing = hmac.new(signing, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(signing, to_sign.encode(), hashlib.sha256).hexdigest()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", body or None, method=method,
            headers={"x-amz-content-sha256": digest, "x-amz-date": stamp,
                     "Content-Type": "application/octet-stream",  # of a form moto takes the body for its own
                     "Authorization": f"AWS4-HMAC-SHA256 Credential={access}/{scope}, SignedHeaders={names}, "
                                      f"Signature={signature}"})
        return urllib.request.urlopen(request, timeout=60).read()
