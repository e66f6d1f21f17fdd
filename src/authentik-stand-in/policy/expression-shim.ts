/**
 * Python program that runs one expression as authentik does: as the body of a function, with authentik's names in scope.
 * Reads `{expression, user, context, request, run}` as JSON from stdin and writes JSON to stdout.
 */
export const expressionShim = `
import json, sys, types
from datetime import datetime, timedelta, timezone
from textwrap import indent

given = json.load(sys.stdin)

class Rows(list):
    def all(self): return self
    def exists(self): return len(self) > 0
    def count(self): return len(self)
    def first(self): return self[0] if self else None
    def filter(self, **wanted):
        return Rows(r for r in self if all(getattr(r, k.split("__")[0], None) == v for k, v in wanted.items()))

class Thing:
    def __init__(self, fields): self.__dict__.update(fields)

class User(Thing):
    is_authenticated = True
    def __init__(self, fields):
        super().__init__({"pk": None, **fields})
        self.groups = self.ak_groups = Rows(map(Thing, fields["groups"]))
        above = Rows(map(Thing, fields["all_groups"]))
        self.all_groups = lambda: above

class Logger:
    def __getattr__(self, name): return lambda *args, **kwargs: None

def login_event(login):
    created = datetime.now(timezone.utc) - timedelta(milliseconds=given["request"]["now"] - login["created"])
    return Thing({"action": "login", "user": login["user"], "context": login["context"], "created": created})

messages = []
user = User(given["user"])
http_request = None
if given["request"] is not None:
    login = given["request"]["login"]
    http_request = Thing({"user": user, "session": {} if login is None else {"login_event": login_event(login)}})
request = Thing({"user": user, "context": given["context"], "http_request": http_request, "obj": None, "debug": False})
names = {
    "request": request, "context": given["context"], "http_request": http_request, "user": user,
    "ak_is_group_member": lambda user, **wanted: user.all_groups().filter(**wanted).exists(),
    "ak_message": messages.append, "ak_logger": Logger(),
    "ak_client_ip": None, "ak_is_sso_flow": False,
}
events = types.ModuleType("authentik.events.signals")
events.get_login_event = lambda request: request.session.get("login_event") if request else None
def devices_for_user(user):
    return [Thing({"pk": pk, "_meta": Thing({"model_name": "totpdevice"})}) for pk in user.devices]

authenticator = types.ModuleType("authentik.stages.authenticator")
authenticator.devices_for_user = devices_for_user
for name in ("authentik", "authentik.events", "authentik.stages"): sys.modules[name] = types.ModuleType(name)
sys.modules["authentik.stages.authenticator"] = authenticator
sys.modules["authentik.events.signals"] = events

source = "def handler(" + ",".join(names) + "):\\n" + indent(given["expression"], "    ")
source += "\\nresult = handler(" + ",".join(names) + ")"
stdout, sys.stdout = sys.stdout, sys.stderr
answer = {}
try:
    code = compile(source, "temp-policy", "exec")
    if given["run"]:
        exec(code, names)
        answer = {"passing": bool(names["result"])}
except SyntaxError as error:
    answer = {"syntax": str(error), "raised": str(error)}
except BaseException as error:
    answer = {"raised": str(error)}
json.dump({**answer, "messages": [str(m) for m in messages]}, stdout)
`;
