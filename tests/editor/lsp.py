#!/usr/bin/env python3
"""Editor support: what rust-analyzer answers inside an `#[orchestrator]`, beside a plain `async fn`.

lsp.py DURABLE_CHECKOUT SCRATCH_DIR     (RUST_ANALYZER: the server, by default the one on PATH)

Needs the rustup components rust-analyzer and rust-src; put them into a toolchain of their own, because
rust-src changes what rustc prints. `‸` is the cursor. The two files differ in attributes only, line by line.
"""
import json, os, pathlib, queue, re, subprocess, sys, threading

ATTRIBUTED = """//! A user's crate.
use durable::prelude::*;
use crate::activities::{count_all, say_hello};

#[durable::helper]
async fn polished(ctx: &OrchestrationContext, greeting: String) -> String { format!("{greeting} ({})", ctx.name()) }

#[orchestrator]
async fn hello_cities(ctx: &OrchestrationContext, cities: Vec<String>) -> Result<Vec<String>> {
    let mut greetings = Vec::new();
    for city in &cities {
        let greeting = ctx.call(say_hello(city)).await?;
        greetings.push(polished(ctx, greeting).await);
    }
    let total = ctx.call(count_all(greetings.clone())).await?;
    greetings.push(format!("{total} in all"));
    //here
    Ok(greetings)
}
"""
PLAIN = ATTRIBUTED.replace("#[durable::helper]", "//").replace("#[orchestrator]", "//")
ACTIVITIES = """use durable::prelude::*;

/// Greets a city.
#[activity]
pub async fn say_hello(city: &str) -> Result<String> { Ok(format!("Hello {city}!")) }

#[activity]
pub async fn count_all(greetings: Vec<String>) -> Result<u32> { Ok(greetings.len() as u32) }

pub async fn test_and_register() { let _ = (say_hello::run("Oslo").await, say_hello::definition()); }
"""
TEXTS = {"src/attributed.rs": ATTRIBUTED, "src/plain.rs": PLAIN, "src/activities.rs": ACTIVITIES}
CONTEXT = {"call", "timer", "event", "now", "side_effect", "saga", "continue_as_new"}
# What stands for `//here`, and what must be among the answers.
COMPLETIONS = [
    ("    ctx.‸", CONTEXT), ("    ctx.‸\n    let after = 1;", CONTEXT), ("    let x = ctx.‸\n    let y = 1;", CONTEXT),
    ("    ctx.ti‸", CONTEXT), ("    if ctx.‸", CONTEXT), ("    let x = ctx.call(ctx.‸", CONTEXT),
    ("    let x = ctx.‸.await?;", CONTEXT), ("    let x = ctx.ti‸.await;", CONTEXT), ("    let f = async { ctx.‸ };", CONTEXT),
    ("    let f = || ctx.‸", CONTEXT), ("    let s = format!(\"{}\", ctx.‸);", CONTEXT),
    ("    ctx.call(sa‸", {"say_hello", "polished"}), ("    let x = ctx.call(say_hello(\"x\")).aw‸", {"await"}),
    ("    ctx.call(say_hello(\"x\")).await?.‸", {"push_str"}), ("    gree‸", {"greetings", "total"}),
]
# Signatures that are not legal (yet): the body still completes.
SIGNATURES = [(" -> Result<Vec<String>> {", " {"), ("async fn hello", "fn hello"), ("cities: Vec<String>)", "(a, b): (u8, u8))")]
DEFINITIONS = {
    "ctx.call(say_h‸ello(city)": "activities.rs:5", "polished(c‸tx, greeting).await": ":9", "pol‸ished(ctx, greeting)": ":6",
    "ctx.ca‸ll(say_hello": "orchestration.rs", "{to‸tal} in all": ":15", "cities: Vec<String>) -> Res‸ult": "failure.rs",
}
HOVERS = {"let gre‸eting =": "let greeting: String", "let mut gree‸tings": "Vec<String>", "for ci‸ty in": "&String",
          "let to‸tal": "u32", "call(say_hel‸lo(city)": "Invocation<say_hello>", "cities: Vec<String>) -> Res‸ult": "type Result"}
RENAMES = {"let gre‸eting =": 2, "for ci‸ty in": 2, "let mut gree‸tings": 5, "{to‸tal} in all": 2,
           "hello_cities(c‸tx": 4, "async fn poli‸shed": 2, "poli‸shed(ctx, greeting)": 2}


class Server:
    def __init__(self, root):
        self.root, self.id, self.answers, self.ready, self.version = root, 0, {}, threading.Event(), {}
        self.process = subprocess.Popen([os.environ.get("RUST_ANALYZER", "rust-analyzer")], cwd=root,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        threading.Thread(target=self.read, daemon=True).start()
        text = {"hover": {"contentFormat": ["plaintext"]}, "diagnostic": {}}
        capabilities = {"textDocument": text, "workspace": {"workspaceEdit": {"documentChanges": True}},
                        "experimental": {"serverStatusNotification": True}}
        options = {"checkOnSave": False, "cachePriming": {"enable": False}, "files": {"watcher": "server"}}
        self.ask("initialize", {"processId": os.getpid(), "rootUri": root.as_uri(), "capabilities": capabilities,
                                "initializationOptions": options})
        self.send({"method": "initialized", "params": {}})

    def read(self):
        while header := self.process.stdout.readline():
            while self.process.stdout.readline().strip():
                pass
            message = json.loads(self.process.stdout.read(int(header.split(b":")[1])))
            if "method" not in message:
                self.answers[message["id"]].put(message)
            elif "id" in message:
                self.send({"id": message["id"], "result": None})
            elif message["method"] == "experimental/serverStatus" and message["params"]["quiescent"]:
                self.status = message["params"]
                self.ready.set()

    def send(self, message):
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self.process.stdin.flush()

    def ask(self, method, params):
        while True:
            self.id += 1
            answer = self.answers[self.id] = queue.Queue()
            self.send({"id": self.id, "method": method, "params": params})
            message = answer.get(timeout=300)  # the content may have changed: again
            if message.get("error", {}).get("code") not in (-32801, -32802):
                return message.get("result") or message.get("error")

    def show(self, file, text):
        self.version[file] = self.version.get(file, 0) + 1
        document = {"uri": (self.root / file).as_uri(), "version": self.version[file]}
        params = {"textDocument": {**document, "languageId": "rust", "text": text}, "contentChanges": [{"text": text}]}
        method = "didOpen" if document["version"] == 1 else "didChange"
        self.send({"method": "textDocument/" + method, "params": params})

    def at(self, method, file, text, mark, **more):
        """Asks at the cursor in `mark`, which stands in the text once."""
        assert text.count(mark.replace("‸", "")) == 1, mark
        before = text[: text.index(mark.replace("‸", "")) + mark.index("‸")]
        position = {"line": before.count("\n"), "character": len(before.rsplit("\n", 1)[-1])}
        params = {"textDocument": {"uri": (self.root / file).as_uri()}, "position": position, **more}
        return self.ask("textDocument/" + method, params)

    def complete(self, file, text):
        """Names at the cursor in the text."""
        self.show(file, text.replace("‸", ""))
        answer = self.at("completion", file, text.replace("‸", ""), text) or {}
        return sorted({re.split(r"[(\s…]", item["label"])[0] for item in answer.get("items", [])})

    def edits(self, file, text, mark):
        answer = self.at("rename", file, text, mark, newName="renamed") or {}
        return sorted((d["textDocument"]["uri"].rsplit("/", 1)[-1], e["range"]["start"]["line"] + 1,
                       e["range"]["start"]["character"] + 1) for d in answer.get("documentChanges", []) for e in d["edits"])

    def diagnostics(self, file, text):
        self.show(file, text)
        answer = self.ask("textDocument/diagnostic", {"textDocument": {"uri": (self.root / file).as_uri()}})
        return [(d["range"]["start"]["line"] + 1, d["message"]) for d in answer["items"]]


def questions(server, file):
    """(question, answer, whether the answer is right)"""
    text = TEXTS[file]
    for typed, expected in COMPLETIONS:
        names = server.complete(file, text.replace("    //here", typed))
        yield "completion " + typed.strip(), names, expected <= set(names)
    for written, unfinished in SIGNATURES:
        names = server.complete(file, text.replace(written, unfinished).replace("    //here", "    ctx.‸"))
        yield "completion below " + unfinished, names, CONTEXT <= set(names)
    server.show(file, text)
    for mark, expected in DEFINITIONS.items():
        places = [f"{a['uri'].rsplit('/', 1)[-1]}:{a['range']['start']['line'] + 1}"
                  for a in server.at("definition", file, text, mark) or []]
        yield "definition " + mark, places, len(places) == 1 and expected in places[0]
    for mark, expected in HOVERS.items():
        hover = (server.at("hover", file, text, mark) or {}).get("contents", {}).get("value", "")
        yield "hover " + mark, hover.split("\n"), expected in hover and hover.count("\n") < 20
    for mark, expected in RENAMES.items():
        yield "rename " + mark, (edits := server.edits(file, text, mark)), len(edits) == expected
    labels = [s["label"] for s in server.at("signatureHelp", file, text, "call(say_hello(‸city")["signatures"]]
    yield "signature help", labels, labels and labels[0].startswith("fn say_hello(")
    found = server.diagnostics(file, text.replace("    //here", "    let n: u32 = greetings.clone();"))
    yield "diagnostics of a wrong type", found, [line for line, _ in found] == [17]
    found = server.diagnostics(file, text)
    yield "diagnostics of the clean file", found, found == []


def main():
    durable, scratch = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    (scratch / "src").mkdir(parents=True, exist_ok=True)
    (scratch / "Cargo.toml").write_text(
        '[package]\nname = "user"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n[dependencies]\n'
        f'durable = {{ path = "{durable}", default-features = false, features = ["macros", "inventory"] }}\n')
    (scratch / "Cargo.lock").write_text((durable / "Cargo.lock").read_text())
    (scratch / "src/lib.rs").write_text("#![allow(dead_code)]\nmod activities;\nmod attributed;\nmod plain;\n")
    for file, text in TEXTS.items():
        (scratch / file).write_text(text)
    server = Server(scratch)
    assert server.ready.wait(600) and server.status["health"] == "ok", "the server is not ready"
    for file, text in TEXTS.items():
        server.show(file, text)
    failures = 0
    asked = [questions(server, "src/attributed.rs"), questions(server, "src/plain.rs")]
    for (question, ours, is_right), (_, plain, _) in zip(*asked):
        # The names of the files differ, and `Self` is in scope: the body stands in an `impl`.
        plain = json.loads(json.dumps(plain).replace("plain", "attributed"))
        ours = [name for name in json.loads(json.dumps(ours)) if name != "Self"]
        is_ok = is_right and ours == plain
        failures += not is_ok
        print("ok  " if is_ok else "FAIL", question, "" if is_ok else f"\n  ours:  {ours}\n  plain: {plain}")
    edits = server.edits("src/activities.rs", ACTIVITIES, "async fn say_he‸llo")
    failures += len(edits) != 7  # itself, both imports, both calls, `::run`, `::definition`
    print("ok  " if len(edits) == 7 else "FAIL", "rename at an activity", edits)
    # An activity is a function and a type of one name; rust-analyzer takes an import for that of the type.
    edits = server.edits("src/attributed.rs", ATTRIBUTED, "call(say_hel‸lo(city)")
    print("ok  " if len(edits) == 7 else "KNOWN GAP: 7 edits are needed:", "rename at a call of an activity", edits)
    server.process.kill()
    sys.exit(failures and f"{failures} failures")


main()
